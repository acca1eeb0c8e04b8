"""A connection that writes down what the server acknowledges, in whichever of its answers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from storyroll.upload.v1 import upload_pb2

from services.cli.session import Session
from tests.chaos.ledger import Ledger


def recorded(session: Session, ledger: Ledger) -> Session:
    """Return a session whose uploads are written down."""
    return replace(session, upload=RecordedUploads(session.upload, ledger))  # type: ignore[arg-type]


class RecordedUploads:
    """The calls that a sync makes."""

    def __init__(self, upload: Any, ledger: Ledger) -> None:
        self._upload = upload
        self._ledger = ledger

    async def CheckAssets(self, request: upload_pb2.CheckAssetsRequest) -> upload_pb2.CheckAssetsResponse:
        answer: upload_pb2.CheckAssetsResponse = await self._upload.CheckAssets(request)
        for check in answer.checks:
            self._note(check)
        return answer

    async def QueryWrite(self, request: upload_pb2.QueryWriteRequest) -> upload_pb2.QueryWriteResponse:
        answer: upload_pb2.QueryWriteResponse = await self._upload.QueryWrite(request)
        self._note(answer.check)
        return answer

    async def CreateDirectUpload(
        self, request: upload_pb2.CreateDirectUploadRequest
    ) -> upload_pb2.CreateDirectUploadResponse:
        answer: upload_pb2.CreateDirectUploadResponse = await self._upload.CreateDirectUpload(request)
        if answer.asset_id:
            self._ledger.note(request.header.sha256, answer.asset_id)
        return answer

    async def CompleteDirectUpload(
        self, request: upload_pb2.CompleteDirectUploadRequest, timeout: float
    ) -> upload_pb2.CompleteDirectUploadResponse:
        answer: upload_pb2.CompleteDirectUploadResponse = await self._upload.CompleteDirectUpload(
            request, timeout=timeout
        )
        self._ledger.note(request.header.sha256, answer.asset_id)
        return answer

    def WriteAsset(self) -> RecordedWrite:
        return RecordedWrite(self._upload.WriteAsset(), self._ledger)

    def _note(self, check: upload_pb2.AssetCheck) -> None:
        if check.state == upload_pb2.UPLOAD_STATE_KNOWN:
            self._ledger.note(check.sha256, check.asset_id)


class RecordedWrite:
    """One write; its answer is an acknowledgement."""

    def __init__(self, call: Any, ledger: Ledger) -> None:
        self._call = call
        self._ledger = ledger
        self._sha256 = b""
        self.done_writing = call.done_writing
        self.cancel = call.cancel

    async def write(self, request: upload_pb2.WriteAssetRequest) -> None:
        if request.HasField("header"):
            self._sha256 = request.header.sha256
        await self._call.write(request)

    def __await__(self) -> Generator[Any, None, upload_pb2.WriteAssetResponse]:
        answer: upload_pb2.WriteAssetResponse = yield from self._call.__await__()
        self._ledger.note(self._sha256, answer.asset_id)
        return answer
