"""Built models, and photos that come in packages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference_core.models.assets import open_asset
from inference_core.models.build import open_model
from inference_core.models.errors import ModelError, ModelNotBuilt

Run = Callable[..., list[NDArray[Any]]]


@pytest.fixture(scope="session")
def run_model() -> Run:
    """Runs a built model by name; the test is skipped where it is not built."""

    @cache
    def session(name: str) -> ort.InferenceSession:
        try:
            return ort.InferenceSession(str(open_model(name)), providers=["CPUExecutionProvider"])
        except ModelNotBuilt as error:
            pytest.skip(str(error))

    return lambda name, **feeds: session(name).run(None, feeds)


@pytest.fixture(scope="session")
def photo() -> Callable[[str], Image.Image]:
    """Opens a registered photo; the test is skipped where its package cannot be had."""

    def open_photo(name: str) -> Image.Image:
        try:
            return Image.open(open_asset(name)).convert("RGB")
        except ModelError as error:
            pytest.skip(str(error))

    return open_photo


@pytest.fixture
def no_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points every package client at a port of this machine that nobody listens on."""
    nowhere = "http://127.0.0.1:9/"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", nowhere)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("npm_config_registry", nowhere)


@pytest.fixture
def model_cache(tmp_path: Path) -> Path:
    """An empty model cache."""
    return tmp_path / "cache"
