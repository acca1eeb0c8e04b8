"""`storyroll up --gateway-port` shows pages to browsers, beside everything else."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from services.rpc.data_folder import DataFolder
from tests.e2e.storyroll import Storyroll

pytestmark = pytest.mark.models


def test_pages_are_served_where_they_are_asked_for(tmp_path: Path) -> None:
    storyroll, folder = Storyroll(tmp_path), DataFolder(tmp_path / "data")
    try:
        storyroll.start("--gateway-port", "0")
        end = time.monotonic() + 30
        while not (pages := folder.pages()):
            assert time.monotonic() < end, storyroll.log.read_text()
            time.sleep(0.05)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{pages}/s/nothing/", timeout=30)
        with refused.value as answer:
            assert (answer.code, answer.headers["Referrer-Policy"]) == (404, "no-referrer")
            assert b"There is no story here" in answer.read()
        assert storyroll.stop() == 0
        assert storyroll.complaints() == []
        storyroll.start()
        assert folder.pages() == ""
    finally:
        assert storyroll.stop() == 0
