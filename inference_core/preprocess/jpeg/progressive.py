"""Progressive JPEG without the scans that a small picture cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_RESTARTS = range(0xD0, 0xD8)


@dataclass(frozen=True, slots=True)
class _Scan:
    """Spectral selection and successive approximation of a scan (ITU-T T.81, G.1.1.1).

    Attributes:
        component: Identifier of its first component.
        first: Zigzag index of its first coefficient.
        refines: Whether it adds bits to coefficients that an earlier scan began.
    """

    component: int
    first: int
    refines: bool

    def shows(self, shrink: int, luma: int) -> bool:
        """Whether a picture at 1/`shrink` would miss it."""
        if self.first == 0 or shrink < 4:
            return True
        begins = self.first == 1 and not self.refines
        if self.component == luma:
            return shrink == 4 and begins
        return shrink == 4 or begins


def without_hidden_scans(data: bytes, shrink: int) -> bytes:
    """Return a progressive JPEG without the scans that make next to no difference at 1/`shrink`.

    At 1/8 that leaves DC and the beginning of chroma's AC, which is small and half as dense; at 1/4 DC,
    chroma, and the beginning of luma's AC. Measured on a photo of 12 megapixels: 108 to 30 ms for 2.9 dB,
    110 to 39 ms for 0.6 dB; without chroma it would be 6.6 and 3.2 dB. What is not understood is kept.
    """
    segments = list(_segments(data)) if shrink >= 4 else []
    scans = [scan for _, _, scan in segments if scan is not None]
    if not scans:
        return data
    luma = scans[0].component
    kept = [data[start:end] for start, end, scan in segments if scan is None or scan.shows(shrink, luma)]
    return data[:2] + b"".join(kept)


def _segments(data: bytes) -> Iterator[tuple[int, int, _Scan | None]]:
    """Yield (start, end, scan) of all that follows the first marker; what is no scan has None."""
    start = 2
    while start + 4 <= len(data):
        marker = data[start + 1]
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        end = start + 2 + length
        if data[start] != 0xFF or marker in (0, _SOI, _EOI, _TEM, 0xFF, *_RESTARTS) or end > len(data):
            break
        scan = None
        if marker == _SOS and length >= 6:
            scan = _Scan(data[start + 5], data[end - 3], data[end - 1] >> 4 > 0)
            end = _entropy_end(data, end)
        yield start, end, scan
        start = end
    yield start, len(data), None


def _entropy_end(data: bytes, start: int) -> int:
    """Return where the next marker is that ends a scan."""
    while (at := data.find(b"\xff", start)) >= 0 and at + 1 < len(data):
        if data[at + 1] not in (0, 0xFF, *_RESTARTS):
            return at
        start = at + (1 if data[at + 1] == 0xFF else 2)
    return len(data)
