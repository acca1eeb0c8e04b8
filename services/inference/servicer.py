"""The InferenceService on the wire: converts, calls, converts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
from storyroll.inference.v1 import inference_pb2, inference_pb2_grpc

from services.domain.ports import Vision
from services.inference import convert
from services.inference.look import LookAtImages
from services.rpc.identity import current_owner

Context = grpc.aio.ServicerContext[Any, Any]


class InferenceServicer(inference_pb2_grpc.InferenceServiceServicer):
    """Looks at pictures."""

    service_name = "storyroll.inference.v1.InferenceService"

    def __init__(self, look: LookAtImages, vision: Vision) -> None:
        self._look = look
        self._vision = vision

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        inference_pb2_grpc.add_InferenceServiceServicer_to_server(self, server)

    async def AnalyzeImages(
        self, request_iterator: AsyncIterator[inference_pb2.AnalyzeImagesRequest], context: Context
    ) -> AsyncIterator[inference_pb2.AnalyzeImagesResponse]:
        """Analyse pictures as they arrive."""
        async for answer in self._look(current_owner(), convert.items_from_pb(request_iterator)):
            yield convert.answer_to_pb(answer)

    async def ListModels(
        self, request: inference_pb2.ListModelsRequest, context: Context
    ) -> inference_pb2.ListModelsResponse:
        """List the models in use."""
        return inference_pb2.ListModelsResponse(models=map(convert.model_to_pb, self._vision.models()))
