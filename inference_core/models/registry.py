"""Which models there are: what each is for, where it comes from, what goes in and what comes out."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from inference_core.models.errors import ModelError, UnknownModel

Dtype = Literal["uint8", "int64", "float32"]
Kind = Literal["pypi", "npm", "url"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or an output of a graph; a string in `shape` names a dynamic dimension."""

    name: str
    dtype: Dtype
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """An archive (or, by URL, maybe a bare file) that holds weights.

    Attributes:
        id: The name that models call it by.
        kind: Who delivers it.
        name: The name in the package index, or the address.
        version: The exact version; empty for a URL.
        sha256: The digests that are accepted: one, or one for each platform's wheel.
        licence: Of the package.
    """

    id: str
    kind: Kind
    name: str
    version: str
    sha256: frozenset[str]
    licence: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a package; an empty path means the whole of what a URL delivers."""

    package: Package
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model.

    Attributes:
        name: What the rest of the code calls it.
        task: What it does, for a person.
        purpose: What Storyroll does with the answer.
        licence: Of the weights.
        family: Which graph writer builds it.
        files: The weights, by the role that the graph writer knows them by.
        beside: Files that are laid beside the graph as they are, by file name.
        inputs: Of the built graph.
        outputs: Of the built graph.
        labels: The classes of the first output that has classes, if they are few.
        optional: Built only when asked for by name.
    """

    name: str
    task: str
    purpose: str
    licence: str
    family: str
    files: Mapping[str, Member]
    beside: Mapping[str, Member]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    labels: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """All that `registry.toml` says."""

    packages: Mapping[str, Package]
    models: Mapping[str, ModelSpec]
    assets: Mapping[str, Member]

    def model(self, name: str) -> ModelSpec:
        """Returns a model by name.

        Raises:
            UnknownModel: There is none.
        """
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(sorted(self.models))
            raise UnknownModel(f"There is no model {name!r}; the registry has {known}.") from None


@cache
def registry() -> Registry:
    """Returns the registry that ships with the package."""
    text = resources.files(__package__).joinpath("registry.toml").read_text(encoding="utf-8")
    return parse_registry(text)


def load_registry(path: Path) -> Registry:
    """Reads a registry of one's own.

    Raises:
        ModelError: The file is missing or not a registry.
    """
    try:
        return parse_registry(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not a model registry: {error}.") from error


def parse_registry(text: str) -> Registry:
    """Parses the text of a registry.

    Raises:
        ValueError: It is not TOML.
        KeyError: A field is missing, or a member names an unknown package.
        TypeError: A field has the wrong type.
    """
    data = tomllib.loads(text)
    packages = {key: _package(key, entry) for key, entry in data["packages"].items()}
    models = {key: _model(key, entry, packages) for key, entry in data["models"].items()}
    assets = {key: _member(entry, packages) for key, entry in data.get("assets", {}).items()}
    return Registry(packages, models, assets)


def _package(key: str, entry: Mapping[str, Any]) -> Package:
    digests = entry["sha256"]
    return Package(
        id=key,
        kind=entry["kind"],
        name=entry["name"],
        version=entry.get("version", ""),
        sha256=frozenset([digests] if isinstance(digests, str) else digests),
        licence=entry["licence"],
    )


def _member(entry: Mapping[str, str], packages: Mapping[str, Package]) -> Member:
    return Member(packages[entry["package"]], entry.get("path", ""), entry["sha256"])


def _model(key: str, entry: Mapping[str, Any], packages: Mapping[str, Package]) -> ModelSpec:
    return ModelSpec(
        name=key,
        task=entry["task"],
        purpose=entry["purpose"],
        licence=entry["licence"],
        family=entry["family"],
        files={role: _member(member, packages) for role, member in entry["files"].items()},
        beside={file: _member(member, packages) for file, member in entry.get("beside", {}).items()},
        inputs=_tensors(entry["inputs"]),
        outputs=_tensors(entry["outputs"]),
        labels=tuple(entry.get("labels", ())),
        optional=entry.get("optional", False),
    )


def _tensors(entries: Mapping[str, Mapping[str, Any]]) -> tuple[Tensor, ...]:
    return tuple(Tensor(name, entry["dtype"], tuple(entry["shape"])) for name, entry in entries.items())
