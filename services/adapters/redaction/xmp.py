"""Blanking the coordinates of XMP packets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

_PACKET_START = re.compile(rb"<(?:x:xmpmeta|rdf:RDF|x:xapmeta)\b")
_PACKET_END = re.compile(rb"</(?:x:xmpmeta|rdf:RDF|x:xapmeta)\s*>")
_LONGEST_PACKET = 16 << 20
_NAME = rb"[\w.-]+:(?:GPS\w*|Gps\w*|gps\w*|[Ll]at(?:itude)?|[Ll]ong?(?:itude)?|[Aa]bsoluteAltitude)"
_ATTRIBUTE = re.compile(rb"\s(" + _NAME + rb"\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))")
_ELEMENT = re.compile(rb"<(" + _NAME + rb")(?:\s[^<>]*)?>.{0,4096}?</\1\s*>", re.DOTALL)
"""Bounded, so that a file of opening tags alone cannot cost quadratic time."""


def xmp_patches(data: bytes | mmap, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield spaces over every property of a coordinate: the packet stays well-formed.

    Packets are UTF-8, as XMP asks of all that are embedded in files.
    """
    while (packet := _PACKET_START.search(data, start, end)) is not None:
        limit = min(end, packet.end() + _LONGEST_PACKET)
        close = _PACKET_END.search(data, packet.end(), limit)
        start = close.end() if close else limit
        for pattern, group in ((_ATTRIBUTE, 1), (_ELEMENT, 0)):
            for found in pattern.finditer(data, packet.start(), start):
                yield found.start(group), b" " * (found.end(group) - found.start(group))
