from __future__ import annotations

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from inference_core.models.errors import UnreadableWeights
from inference_core.models.tfjs import read_weights
from inference_core.models.torch_pickle import read_state_dict

_MAGIC = 0x1950A86A20F9469CFC6C


class _Global:
    """Pickles as a bare name of another module, the way PyTorch's files hold its classes."""

    def __init__(self, module: str, name: str) -> None:
        self.line = f"c{module}\n{name}\n".encode()


def state_dict_file(
    tensors: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]], numbers: np.ndarray
) -> bytes:
    """A file of one float storage and of views (offset, shape, strides) into it, written opcode by opcode."""

    def dumps(value: object) -> bytes:
        return pickle.dumps(value, protocol=2)[2:-1]

    storage = b"(" + dumps("storage") + _Global("torch", "FloatStorage").line + dumps("0") + dumps("cpu")
    storage += dumps(len(numbers)) + dumps(None) + b"tQ"
    state = b"\x80\x02" + _Global("collections", "OrderedDict").line + b")R"
    for name, (offset, shape, strides) in tensors.items():
        arguments = (
            b"(" + storage + dumps(offset) + dumps(shape) + dumps(strides) + dumps(False) + dumps(None) + b"t"
        )
        state += dumps(name) + _Global("torch._utils", "_rebuild_tensor_v2").line + arguments + b"Rs"
    head = [pickle.dumps(value, protocol=2) for value in (_MAGIC, 1001, {"little_endian": True})]
    keys = pickle.dumps(["0"], protocol=2)
    return b"".join(
        [*head, state + b".", keys, struct.pack("<q", len(numbers)), numbers.astype("<f4").tobytes()]
    )


def test_a_state_dict_is_read_through_its_strides():
    numbers = np.arange(10, dtype=np.float32)
    views = {"plain": (0, (2, 3), (3, 1)), "turned": (4, (3, 2), (1, 3)), "scalar": (9, (), ())}
    tensors = read_state_dict(state_dict_file(views, numbers))
    np.testing.assert_array_equal(tensors["plain"], numbers[:6].reshape(2, 3))
    np.testing.assert_array_equal(tensors["turned"], numbers[4:].reshape(2, 3).T)
    assert tensors["scalar"] == 9


@pytest.mark.parametrize("view", [(8, (2, 3), (3, 1)), (0, (2,), (-1,)), (-4, (2,), (1,)), (0, (2,), (100,))])
def test_a_view_beyond_its_storage_is_refused(view):
    with pytest.raises(UnreadableWeights, match="beyond its storage"):
        read_state_dict(state_dict_file({"evil": view}, np.arange(10, dtype=np.float32)))


def test_a_pickle_that_would_run_a_command_is_refused(tmp_path: Path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    with pytest.raises(UnreadableWeights, match="system"):
        read_state_dict(pickle.dumps(Evil(), protocol=2))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kept", [0, 10, 60, 200, -3])
def test_a_truncated_state_dict_is_refused(kept):
    whole = state_dict_file({"plain": (0, (2, 3), (3, 1))}, np.arange(6, dtype=np.float32))
    with pytest.raises(UnreadableWeights):
        read_state_dict(whole[:kept])


@pytest.mark.parametrize("data", [b"PK\x03\x04zip", pickle.dumps(OrderedDict(a=1)), b"\x00" * 64])
def test_another_format_is_refused(data):
    with pytest.raises(UnreadableWeights):
        read_state_dict(data)


def test_quantized_tfjs_weights_are_expanded():
    manifest = [
        {
            "weights": [
                {"name": "half", "shape": [2], "dtype": "float32", "quantization": {"dtype": "float16"}},
                {
                    "name": "byte",
                    "shape": [1, 3],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1},
                },
            ]
        },
        {"weights": [{"name": "axis", "shape": [], "dtype": "int32"}]},
    ]
    data = np.array([0.5, -2], "<f2").tobytes() + bytes([0, 2, 255]) + struct.pack("<i", 7)
    weights = read_weights(manifest, data)
    assert weights["half"].tolist() == [0.5, -2]
    assert weights["byte"].tolist() == [[-1, 0, 126.5]]
    assert weights["axis"] == 7
    assert {array.dtype.name for array in weights.values()} == {"float32", "int32"}


@pytest.mark.parametrize("data", [b"\0" * 7, b"\0" * 9])
def test_tfjs_weights_that_do_not_fit_are_refused(data):
    with pytest.raises(UnreadableWeights, match="manifest"):
        read_weights([{"weights": [{"name": "x", "shape": [2], "dtype": "float32"}]}], data)
