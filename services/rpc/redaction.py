"""What must not be in a log is covered there, should anybody ever write it.

Our own lines name no owner and no picture. Others' may, and so may what an unforeseen exception says: a
database's error has values, a codec's has a path. So this looks at the whole line, whoever wrote it.
"""

from __future__ import annotations

import re
from typing import Final

_PICTURES: Final = r"\.(jpe?g|heic|heif|avif|png|gif|webp|tiff?|dng|mov|mp4|m4v)"
_COVERED: Final = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer)\s+[^\s\"',]+"), r"\1 [token]"),
    (re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)"), "[credentials]"),
    (re.compile(r"(?<=/s/)[\w-]{20,}"), "[token]"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[address]"),
    (re.compile(r"-?\b\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}"), "[coordinates]"),
    (re.compile(rf"(?i)(?<=['\"])[^'\"]*{_PICTURES}(?=['\"])"), "[picture]"),
    (re.compile(rf"(?i)[^\s\"'/\\:=(\[]+{_PICTURES}\b"), "[picture]"),
)


def redacted(line: str) -> str:
    """Return a line without tokens, credentials, addresses of people, coordinates and names of pictures."""
    for pattern, cover in _COVERED:
        line = pattern.sub(cover, line)
    return line
