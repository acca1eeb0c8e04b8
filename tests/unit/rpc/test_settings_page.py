"""The page of settings says what the settings are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_settings", ROOT / "docs" / "write_settings.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_as_the_settings_are(writer: ModuleType) -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == writer.page()


def test_every_setting_says_what_it_does(writer: ModuleType) -> None:
    silent = [
        f"{settings.__name__}.{name}"
        for settings in writer.EVERY
        for name, field in settings.model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_every_class_of_settings_is_on_the_page(writer: ModuleType) -> None:
    found = {
        line.split()[1].split("(")[0]
        for path in (ROOT / "services").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith("class ") and "(BaseSettings)" in line
    }
    assert found == {settings.__name__ for settings in writer.EVERY}
