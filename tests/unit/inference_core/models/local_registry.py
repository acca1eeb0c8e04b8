"""A registry of one tiny model in an archive on this disk: building is tested offline and in milliseconds."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from inference_core.models.registry import Registry, parse_registry

_MEMBER = "weights/double.onnx"


@dataclass(frozen=True)
class LocalModel:
    """A model `double` that doubles its input; its weights have `padding` more numbers than it needs."""

    archive: Path

    @classmethod
    def write(cls, folder: Path, padding: int = 0) -> LocalModel:
        factor = np.full((1, 1 + padding), 2, np.float32)
        slices = [
            numpy_helper.from_array(np.array([i], np.int64), name) for i, name in enumerate(("zero", "one"))
        ]
        nodes = [
            helper.make_node("Slice", ["factor", "zero", "one", "one"], ["two"]),
            helper.make_node("Mul", ["x", "two"], ["y"]),
        ]
        sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", 1]) for name in ("x", "y")]
        weights = [numpy_helper.from_array(factor, "factor"), *slices]
        graph = helper.make_graph(nodes, "double", sides[:1], sides[1:], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        archive = folder / "double.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(_MEMBER, model.SerializeToString())
        return cls(archive)

    def registry(self, *, archive_sha256: str = "", member_sha256: str = "", path: str = _MEMBER) -> Registry:
        """The registry that pins this archive, with lies where they are given."""
        data = self.archive.read_bytes()
        if not member_sha256 and zipfile.is_zipfile(self.archive):
            with zipfile.ZipFile(self.archive) as file:
                member_sha256 = hashlib.sha256(file.read(_MEMBER)).hexdigest()
        return parse_registry(f"""
            [packages.local]
            kind = "url"
            name = "{self.archive.as_uri()}"
            sha256 = "{archive_sha256 or hashlib.sha256(data).hexdigest()}"
            licence = "CC0"
            [models.double]
            task = "doubling"
            purpose = "tests"
            licence = "CC0"
            family = "ready"
            files.weights = {{ package = "local", path = "{path}", sha256 = "{member_sha256}" }}
            inputs.x = {{ dtype = "float32", shape = ["B", 1] }}
            outputs.y = {{ dtype = "float32", shape = ["B", 1] }}
            """)
