"""Who is in a video is known from photos: from the bytes of both to one person."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageOps

from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer
from services.adapters.vision import CoreVision
from services.domain.consent import Scope
from services.domain.errors import Unavailable
from services.domain.facets import Face
from services.domain.identity import AssetId, OwnerId
from services.domain.media import MediaKind
from services.domain.people import FaceRef, group

DAY = datetime(2024, 5, 1, tzinfo=UTC)
PHOTOS = ("Family1-Dad1.jpg", "Family1-Dad2.jpg", "Family1-Daughter1.jpg", "Family1-Daughter2.jpg")
FILMED = ("Family1-Dad3.jpg", "Family1-Daughter3.jpg")
SIDE = 480

pytestmark = [pytest.mark.models, pytest.mark.data]


@pytest.fixture
async def vision() -> AsyncIterator[CoreVision]:
    with IsolatedPool(workers=1) as pool:
        vision = CoreVision(lambda: local_analyzer(pool))
        yield vision
        await vision.close()


async def test_people_are_recognised_in_videos(vision: CoreVision, data_dir: Path) -> None:
    folder = data_dir / "people" / "azure"
    seen = [await _faces(vision, (folder / name).read_bytes(), MediaKind.PHOTO) for name in PHOTOS]
    seen.append(await _faces(vision, film([folder / name for name in FILMED]), MediaKind.VIDEO))
    assert [len(faces) for faces in seen] == [1, 1, 1, 1, 2]
    refs = [
        FaceRef(AssetId(f"a{n}"), i, face.embedding, face.quality, DAY + timedelta(days=n))
        for n, faces in enumerate(seen)
        for i, face in enumerate(faces)
    ]
    found = group(refs, {}).assignments
    dad, daughter = found[AssetId("a0")], found[AssetId("a2")]
    assert (found[AssetId("a1")], found[AssetId("a3")]) == (dad, daughter)
    assert None not in (*dad, *daughter)
    assert {*found[AssetId("a4")]} == {*dad, *daughter}


async def _faces(vision: CoreVision, data: bytes, kind: MediaKind) -> tuple[Face, ...]:
    try:
        sight = await vision.look(data, kind, frozenset({Scope.FACES}), OwnerId("ana"))
    except Unavailable as error:
        pytest.skip(str(error))
    assert sight.faces is not None
    return sight.faces.faces


def film(photos: Sequence[Path]) -> bytes:
    """Show each photo for two seconds, five frames a second, a keyframe a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(5))
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.bit_rate = 5, 4_000_000
        for photo in photos:
            picture = ImageOps.pad(Image.open(photo).convert("RGB"), (SIDE, SIDE))
            for _ in range(10):
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return file.getvalue()
