"""The manifests as data, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "k8s"


def documents(folder: Path = FOLDER) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every document of every manifest, patches and kustomizations too."""
    for path in sorted(folder.rglob("*.yaml")):
        if not path.name.startswith("."):
            for document in yaml.safe_load_all(path.read_text()):
                yield path, document


def containers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a workload."""
    pod = document.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("initContainers", ()), *pod.get("containers", ())]


def ours() -> Iterator[dict[str, Any]]:
    """Yield the containers that run our images."""
    for _, document in documents():
        for container in containers(document):
            if str(container.get("image", "")).split(":")[0].startswith("storyroll"):
                yield container


def variables(path: Path) -> dict[str, str]:
    """Return what a file of NAME=value lines sets."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
