"""CRC32C (Castagnoli), in hardware where the processor has it."""

from __future__ import annotations

import google_crc32c


def crc32c(data: bytes) -> int:
    """Return the checksum of some bytes: 32 bits."""
    return int(google_crc32c.value(data))
