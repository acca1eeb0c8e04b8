"""Converters between looking at pictures and storyroll.inference.v1."""

from __future__ import annotations

from collections.abc import AsyncIterator

from storyroll.inference.v1 import inference_pb2

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument
from services.domain.facets import Face
from services.domain.ports import Sight, VisionModel
from services.inference.look import EVERYTHING, Answer, Item
from services.rpc.media_convert import face_to_pb, tag_to_pb
from services.rpc.status import status_of

_SCOPES = {
    inference_pb2.Task.TASK_FACES: Scope.FACES,
    inference_pb2.Task.TASK_CONTENT: Scope.CONTENT,
}


async def items_from_pb(
    requests: AsyncIterator[inference_pb2.AnalyzeImagesRequest],
) -> AsyncIterator[Item]:
    """Convert requests as they arrive; raise InvalidArgument for an unknown task."""
    async for request in requests:
        unknown = [task for task in request.tasks if task not in _SCOPES]
        if unknown:
            raise InvalidArgument(f"{unknown[0]} is not a task")
        scopes = frozenset(_SCOPES[task] for task in request.tasks)
        yield Item(request.item_id, request.image, scopes or EVERYTHING)


def answer_to_pb(answer: Answer) -> inference_pb2.AnalyzeImagesResponse:
    """Convert one answer, good or bad."""
    response = inference_pb2.AnalyzeImagesResponse(item_id=answer.id)
    response.status.SetInParent()
    if answer.error:
        status = status_of(answer.error)
        response.status.code = status.code.value[0]
        response.status.message = status.message
        response.status.detail.CopyFrom(status.detail)
    if answer.sight:
        response.analysis.CopyFrom(sight_to_pb(answer.sight))
    return response


def sight_to_pb(sight: Sight) -> inference_pb2.Analysis:
    """Convert what was seen in one picture."""
    message = inference_pb2.Analysis(width=sight.width, height=sight.height)
    if sight.faces:
        message.faces.extend(map(_face_to_pb, sight.faces.faces))
    if content := sight.content:
        message.tags.extend(map(tag_to_pb, content.tags))
        message.themes.extend(map(tag_to_pb, content.themes))
        message.embedding.extend(content.embedding.tolist())
        message.quality = content.quality
        message.sensitive = content.sensitive
    return message


def _face_to_pb(face: Face) -> inference_pb2.AnalyzedFace:
    return inference_pb2.AnalyzedFace(
        face=face_to_pb(face),
        landmarks=[coordinate for point in face.landmarks for coordinate in point],
        embedding=face.embedding.tolist(),
    )


def model_to_pb(model: VisionModel) -> inference_pb2.Model:
    """Convert a model in use."""
    return inference_pb2.Model(
        name=model.name,
        purpose=model.purpose,
        licence=model.licence,
        source=model.source,
        sha256=model.sha256,
    )
