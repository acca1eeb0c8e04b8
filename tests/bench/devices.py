"""The graphics processors of this machine, as its driver names them."""

from __future__ import annotations

from pathlib import Path

_DRIVER = Path("/proc/driver/nvidia/gpus")


def graphics_processors(driver: Path = _DRIVER) -> list[str]:
    """Return the name of every NVIDIA GPU; none where there is no driver for them.

    Args:
        driver: Where the driver tells of each in a folder of its own.
    """
    facts = (path.read_text(encoding="utf-8") for path in sorted(driver.glob("*/information")))
    lines = (line for told in facts for line in told.splitlines())
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
