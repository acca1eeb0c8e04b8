"""Converters between the upload use cases and storyroll.upload.v1."""

from __future__ import annotations

from collections.abc import AsyncIterator

from storyroll.upload.v1 import upload_pb2

from services.domain.errors import InvalidArgument
from services.rpc.media_convert import timestamp_from_pb, timestamp_to_pb
from services.upload.admission import Usage
from services.upload.check import AssetCheck, UploadState
from services.upload.direct import Invitation
from services.upload.write import AssetHeader, Chunk, Written

_STATES = {
    UploadState.KNOWN: upload_pb2.UPLOAD_STATE_KNOWN,
    UploadState.PARTIAL: upload_pb2.UPLOAD_STATE_PARTIAL,
    UploadState.MISSING: upload_pb2.UPLOAD_STATE_MISSING,
}


def check_to_pb(check: AssetCheck) -> upload_pb2.AssetCheck:
    """Convert what is known of one file."""
    return upload_pb2.AssetCheck(
        sha256=check.sha256,
        state=_STATES[check.state],
        asset_id=check.asset_id or "",
        committed_size=check.committed,
    )


async def header_from_pb(requests: AsyncIterator[upload_pb2.WriteAssetRequest]) -> AssetHeader:
    """Take the header off a write's messages; raise InvalidArgument if something else comes first."""
    first = await anext(requests, None)
    if first is None or first.WhichOneof("part") != "header":
        raise InvalidArgument("the first message of a write must be its header")
    return announced_from_pb(first.header)


def announced_from_pb(header: upload_pb2.AssetHeader) -> AssetHeader:
    """Convert what is announced of a file."""
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


def invitation_to_pb(invitation: Invitation) -> upload_pb2.CreateDirectUploadResponse:
    """Convert where to put a file."""
    return upload_pb2.CreateDirectUploadResponse(
        asset_id=invitation.known or "",
        parts=(
            upload_pb2.DirectPart(offset=part.offset, size=part.size, url=part.url, landed=part.landed)
            for part in invitation.parts
        ),
        expire_time=timestamp_to_pb(invitation.expires),
    )


def usage_to_pb(usage: Usage) -> upload_pb2.GetUsageResponse:
    """Convert what is used of the limits."""
    return upload_pb2.GetUsageResponse(
        used_bytes=usage.used_bytes,
        limit_bytes=usage.limits.owner_bytes,
        photo_limit_bytes=usage.limits.photo_bytes,
        video_limit_bytes=usage.limits.video_bytes,
        photos_left=usage.photos_left,
        photos_a_minute=usage.limits.photos_a_minute,
        writing=usage.writing,
        concurrent_writes=usage.limits.concurrent_writes,
    )
