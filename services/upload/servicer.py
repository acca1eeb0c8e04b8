"""The UploadService on the wire: converts, calls, converts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.rpc.identity import current_owner
from services.upload import convert
from services.upload.admission import Admission
from services.upload.check import CheckAssets
from services.upload.direct import CompleteDirectUpload, CreateDirectUpload
from services.upload.query import QueryWrite
from services.upload.write import WriteAsset

Context = grpc.aio.ServicerContext[Any, Any]


class UploadServicer(upload_pb2_grpc.UploadServiceServicer):
    """Takes the caller's photos and videos."""

    service_name = "storyroll.upload.v1.UploadService"

    def __init__(
        self,
        check: CheckAssets,
        write: WriteAsset,
        query: QueryWrite,
        *,
        create: CreateDirectUpload,
        complete: CompleteDirectUpload,
        admission: Admission,
    ) -> None:
        self._check = check
        self._write = write
        self._query = query
        self._create = create
        self._complete = complete
        self._admission = admission

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        upload_pb2_grpc.add_UploadServiceServicer_to_server(self, server)

    async def CheckAssets(
        self, request: upload_pb2.CheckAssetsRequest, context: Context
    ) -> upload_pb2.CheckAssetsResponse:
        """Tell which files are known."""
        checks = await self._check(current_owner(), request.sha256)
        return upload_pb2.CheckAssetsResponse(checks=map(convert.check_to_pb, checks))

    async def WriteAsset(
        self, request_iterator: AsyncIterator[upload_pb2.WriteAssetRequest], context: Context
    ) -> upload_pb2.WriteAssetResponse:
        """Write one file."""
        header = await convert.header_from_pb(request_iterator)
        written = await self._write(current_owner(), header, convert.chunks_from_pb(request_iterator))
        return convert.written_to_pb(written)

    async def QueryWrite(
        self, request: upload_pb2.QueryWriteRequest, context: Context
    ) -> upload_pb2.QueryWriteResponse:
        """Tell how far the write of one file has come."""
        check = await self._query(current_owner(), request.sha256)
        return upload_pb2.QueryWriteResponse(check=convert.check_to_pb(check))

    async def CreateDirectUpload(
        self, request: upload_pb2.CreateDirectUploadRequest, context: Context
    ) -> upload_pb2.CreateDirectUploadResponse:
        """Say where the parts of a file may be put."""
        invitation = await self._create(current_owner(), convert.announced_from_pb(request.header))
        return convert.invitation_to_pb(invitation)

    async def CompleteDirectUpload(
        self, request: upload_pb2.CompleteDirectUploadRequest, context: Context
    ) -> upload_pb2.CompleteDirectUploadResponse:
        """Take a file in that was put there."""
        written = await self._complete(current_owner(), convert.announced_from_pb(request.header))
        return upload_pb2.CompleteDirectUploadResponse(
            asset_id=written.asset_id, already_known=written.already_known
        )

    async def GetUsage(
        self, request: upload_pb2.GetUsageRequest, context: Context
    ) -> upload_pb2.GetUsageResponse:
        """Tell what the caller uses of the limits."""
        return convert.usage_to_pb(await self._admission.usage(current_owner()))
