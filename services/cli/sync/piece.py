"""One file to bring to the server, as it is announced whichever way it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from storyroll.upload.v1 import upload_pb2

from services.cli.sync.walk import LocalFile
from services.rpc.media_convert import timestamp_to_pb


@dataclass(frozen=True, slots=True)
class Piece:
    """A file with its SHA-256 and where to begin."""

    file: LocalFile
    sha256: bytes
    committed: int
    """Bytes that the server has durably, of an earlier write."""

    def header(self) -> upload_pb2.AssetHeader:
        """Return what is announced of the file."""
        return upload_pb2.AssetHeader(
            sha256=self.sha256,
            size=self.file.size,
            path=self.file.relative.encode("utf-8", "replace").decode(),
            media_type=self.file.media_type,
            modified_time=timestamp_to_pb(datetime.fromtimestamp(self.file.modified_ns / 1e9, UTC)),
        )
