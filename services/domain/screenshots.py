"""Telling pictures of screens from pictures of life."""

from __future__ import annotations

import re

from services.domain.capture import MediaFacts
from services.domain.media_types import PNG

_NAMED = re.compile(
    r"screen[ _-]?(?:shot|capture|recording)|bildschirmfoto|capture d[’']?.?écran"
    r"|captura de (?:pantalla|tela|ecr)|schermata|schermafbeelding|skärmavbild|zrzut ekranu"
    r"|снимок экрана|スクリーンショット|截[图屏圖]|스크린샷",
    re.IGNORECASE,
)
"""What phones and computers call their screenshots, in file names, comments and software fields."""
_NARROWEST, _WIDEST = 540, 1600
"""Pixels across a phone's screen."""
_SHORTEST_RATIO, _LONGEST_RATIO = 1.7, 2.4
"""Height to width, from 16:9 to beyond 21:9."""


def is_screenshot(facts: MediaFacts, filename: str, media_type: str) -> bool:
    """Tell whether a picture shows a screen: it says so, or it is a PNG of a phone's proportions."""
    texts = (filename, facts.user_comment, facts.software)
    if any(_NAMED.search(text) for text in texts):
        return True
    photographed = facts.camera.make or facts.camera.model or facts.coordinates
    return media_type == PNG.mime and not photographed and _like_a_phone(facts.width, facts.height)


def _like_a_phone(width: int, height: int) -> bool:
    return _NARROWEST <= width <= _WIDEST and _SHORTEST_RATIO <= height / width <= _LONGEST_RATIO
