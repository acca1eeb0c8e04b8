"""Everything dies while photos are uploaded: the short form of `make chaos`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.s3_server import installed

pytestmark = [pytest.mark.models, pytest.mark.slow]

KILLS = 25
"""On each store."""
SEED = 20_240_503
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("where", ["folder", "s3"])
def test_nothing_that_was_acknowledged_is_lost(models: None, where: str) -> None:
    if where == "s3":
        installed()
    command = [sys.executable, "-m", "tests.chaos", f"--kills={KILLS}", f"--seed={SEED}", f"--where={where}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("goal ") == ran.stdout.count(") ok") > 0
