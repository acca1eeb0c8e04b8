"""Converters between the upload use cases and storyroll.upload.v1."""

from __future__ import annotations

from collections.abc import AsyncIterator

from storyroll.upload.v1 import upload_pb2

from services.domain.errors import InvalidArgument
from services.rpc.media_convert import timestamp_from_pb
from services.upload.check import AssetCheck
from services.upload.write import AssetHeader, Chunk, Written


def check_to_pb(check: AssetCheck) -> upload_pb2.AssetCheck:
    """Convert what is known of one file."""
    return upload_pb2.AssetCheck(
        sha256=check.sha256,
        state=upload_pb2.UploadState.Value(f"UPLOAD_STATE_{check.state.name}"),
        asset_id=check.asset_id or "",
        committed_size=check.committed,
    )


async def header_from_pb(requests: AsyncIterator[upload_pb2.WriteAssetRequest]) -> AssetHeader:
    """Take the header off a write's messages; raise InvalidArgument if something else comes first."""
    first = await anext(requests, None)
    if first is None or first.WhichOneof("part") != "header":
        raise InvalidArgument("the first message of a write must be its header")
    header = first.header
    modified = timestamp_from_pb(header.modified_time) if header.HasField("modified_time") else None
    return AssetHeader(
        sha256=header.sha256,
        size=header.size,
        path=header.path,
        media_type=header.media_type,
        hint=modified,
    )


async def chunks_from_pb(requests: AsyncIterator[upload_pb2.WriteAssetRequest]) -> AsyncIterator[Chunk]:
    """Convert a write's messages after its header; raise InvalidArgument for one that is no chunk."""
    async for request in requests:
        if request.WhichOneof("part") != "chunk":
            raise InvalidArgument("after the header, every message of a write must be a chunk")
        chunk = request.chunk
        yield Chunk(offset=chunk.offset, data=chunk.data, crc32c=chunk.crc32c)


def written_to_pb(written: Written) -> upload_pb2.WriteAssetResponse:
    """Convert what became of a write."""
    return upload_pb2.WriteAssetResponse(
        asset_id=written.asset_id,
        committed_size=written.committed,
        already_known=written.already_known,
    )
