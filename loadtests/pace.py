"""How much faster than in life everything happens; STORYROLL_LOAD_PACE sets it."""

from __future__ import annotations

import os
from typing import Final

PACE: Final = float(os.environ.get("STORYROLL_LOAD_PACE", "1"))
"""1: a phone syncs a burst every ten seconds, which is some two hundred times as often as people do."""
