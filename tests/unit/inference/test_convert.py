"""What inference says on the wire, field by field."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import numpy as np
import pytest
from storyroll.errors.v1 import errors_pb2
from storyroll.inference.v1 import inference_pb2 as pb

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument, UnreadableMedia
from services.domain.facets import Faces
from services.domain.ports import Sight, VisionModel
from services.inference import convert
from services.inference.look import EVERYTHING, Answer, Item
from services.rpc.media_convert import box_from_pb
from tests.stored_library import face, seen


async def items(*requests: pb.AnalyzeImagesRequest) -> list[Item]:
    async def stream() -> AsyncIterator[pb.AnalyzeImagesRequest]:
        for request in requests:
            yield request

    return [item async for item in convert.items_from_pb(stream())]


async def test_items() -> None:
    asked = [
        pb.AnalyzeImagesRequest(item_id="a", image=b"1"),
        pb.AnalyzeImagesRequest(item_id="b", image=b"2", tasks=[pb.TASK_FACES]),
        pb.AnalyzeImagesRequest(item_id="c", image=b"3", tasks=[pb.TASK_CONTENT, pb.TASK_FACES]),
    ]
    assert await items(*asked) == [
        Item("a", b"1", EVERYTHING),
        Item("b", b"2", frozenset({Scope.FACES})),
        Item("c", b"3", EVERYTHING),
    ]


@pytest.mark.parametrize("task", [pb.TASK_UNSPECIFIED, 99])
async def test_a_task_that_is_none(task: pb.Task.ValueType) -> None:
    with pytest.raises(InvalidArgument, match=f"{task} is not a task"):
        await items(pb.AnalyzeImagesRequest(item_id="a", tasks=[pb.TASK_FACES, task]))


def test_what_was_seen() -> None:
    maria, content = face("maria", "a"), seen("a", "beach")
    message = convert.sight_to_pb(Sight(320, 240, Faces((maria,)), content))
    assert (message.width, message.height) == (320, 240)
    (found,) = message.faces
    assert np.allclose(
        [getattr(box_from_pb(found.face.box), side) for side in ("left", "bottom")], [0.4, 0.5]
    )
    assert np.allclose(np.reshape(found.landmarks, (5, 2)), maria.landmarks)
    assert np.array_equal(np.array(found.embedding, np.float32), maria.embedding)
    assert [tag.label for tag in message.tags] == [theme.label for theme in message.themes] == ["beach"]
    assert np.array_equal(np.array(message.embedding, np.float32), content.embedding)
    assert (message.quality, message.sensitive) == (pytest.approx(0.7), 0.0)


def test_what_was_not_asked_for_is_empty() -> None:
    message = convert.sight_to_pb(Sight(320, 240, None, None))
    assert message == pb.Analysis(width=320, height=240)


def test_a_good_answer_says_so() -> None:
    message = convert.answer_to_pb(Answer("a", Sight(1, 1, None, None)))
    assert (message.item_id, message.HasField("status"), message.status.code) == ("a", True, 0)
    assert message.HasField("analysis")


def test_a_bad_answer_says_why() -> None:
    message = convert.answer_to_pb(Answer("a", None, UnreadableMedia("the file is cut off")))
    assert message.status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert message.status.message == "the file is cut off"
    assert message.status.detail.reason == errors_pb2.REASON_UNREADABLE_MEDIA
    assert not message.HasField("analysis")


def test_models() -> None:
    model = VisionModel("faces", "finds faces", "MIT", "a package 1.0", "ab" * 32)
    message = convert.model_to_pb(model)
    told = VisionModel(message.name, message.purpose, message.licence, message.source, message.sha256)
    assert told == model
