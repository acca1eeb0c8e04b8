"""What the tests of the JPEG decoder share."""

from __future__ import annotations

import pytest

from tests.unit.inference_core.jpeg.libjpeg import Libjpeg, build


@pytest.fixture(scope="session")
def libjpeg(tmp_path_factory: pytest.TempPathFactory) -> Libjpeg:
    """libjpeg as the reference; a test that needs it is skipped where it cannot be built."""
    return build(tmp_path_factory.mktemp("libjpeg"))
