"""Shared memory: private, unguessable, and nothing stays behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inference_core.engines.slots import SLAB
from inference_core.engines.triton.region import Region, abandoned, sweep

FOLDER = Path("/dev/shm")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="this system has no /dev/shm")


def test_a_region_is_ours_alone_and_its_name_cannot_be_guessed():
    region = Region(SLAB)
    try:
        status = (FOLDER / region.name).stat()
        assert status.st_mode & 0o777 == 0o600
        assert status.st_size == region.size == SLAB
        assert re.fullmatch(rf"storyroll-vision-{os.getpid()}-[0-9a-f]{{32}}", region.name)
    finally:
        region.hide()
    assert not (FOLDER / region.name).exists()


def test_a_region_works_on_without_a_name_until_its_last_row_is_gone():
    before = len(list(Path("/proc/self/fd").iterdir()))
    region = Region(SLAB)
    region.hide()
    row = region.slots.lease((3, 32, 32))
    row[:] = 9
    place = region.place(row)
    assert place is not None
    assert (place.region, place.offset) == (region.name, 0)
    del region
    assert (row == 9).all()
    del row
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_lies_elsewhere_has_no_place():
    region, other = Region(SLAB), Region(SLAB)
    region.hide()
    other.hide()
    assert region.place(other.slots.lease((3, 32, 32))) is None


def test_pages_are_there_before_they_are_written_to():
    region = Region(2 * SLAB)
    try:
        region.slots.lease((3, 32, 32))
        assert (FOLDER / region.name).stat().st_blocks * 512 >= SLAB
    finally:
        region.hide()


def test_the_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not():
    code = "from inference_core.engines.triton.region import Region; import os; print(Region(8 << 20).name)"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    left, mine = made.stdout.strip(), Region(SLAB)
    try:
        assert (FOLDER / left).exists()
        assert abandoned([left, mine.name, "storyroll-vision-x", "other"]) == [left]
        sweep()
        assert not (FOLDER / left).exists()
        assert (FOLDER / mine.name).exists()
    finally:
        mine.hide()
