"""An owner with a phone in hand: stubs of every service, consent, and photos that go up."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import google_crc32c
import grpc
from locust.env import Environment
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc
from storyroll.metadata.v1 import metadata_pb2_grpc
from storyroll.suggestion.v1 import suggestion_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from loadtests.timing import Timed
from services.rpc.data_folder import DataFolder

CHUNK: Final = 256 * 1024
_TOKEN_S: Final = 600.0
_OPTIONS: Final = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 33 << 20))


class Account:
    """One owner on one connection of their own.

    Args:
        environment: Of the run; its host is the server.
    """

    def __init__(self, environment: Environment) -> None:
        self.owner = f"load-{uuid.uuid4().hex[:12]}"
        self._issuer = DataFolder(Path(os.environ["STORYROLL_DATA"])).issuer()
        self._token, self._renew_at = "", 0.0
        self._channel = grpc.insecure_channel(environment.host or "", options=_OPTIONS)
        timed = grpc.intercept_channel(self._channel, Timed(environment, self.token))
        self.consent = consent_pb2_grpc.ConsentServiceStub(timed)
        self.metadata = metadata_pb2_grpc.MetadataServiceStub(timed)
        self.suggestion = suggestion_pb2_grpc.SuggestionServiceStub(timed)
        self.upload = upload_pb2_grpc.UploadServiceStub(timed)

    def token(self) -> str:
        """Return a bearer token that is good for a while."""
        if time.monotonic() > self._renew_at:
            self._token, self._renew_at = self._issuer.mint(self.owner), time.monotonic() + _TOKEN_S
        return self._token

    def consents(self) -> None:
        """Allow everything, as the first start of a phone's program would."""
        scopes = consent_pb2.Scope.values()[1:]
        self.consent.GrantConsent(consent_pb2.GrantConsentRequest(scopes=scopes, terms_version="1"))

    def missing(self, photos: list[bytes]) -> list[bytes]:
        """Return the photos that the server has not."""
        hashes = [hashlib.sha256(photo).digest() for photo in photos]
        checks = self.upload.CheckAssets(upload_pb2.CheckAssetsRequest(sha256=hashes)).checks
        known = upload_pb2.UPLOAD_STATE_KNOWN
        return [photo for photo, check in zip(photos, checks, strict=True) if check.state != known]

    def write(self, photo: bytes, path: str) -> None:
        """Upload a photo through the server; it is durable when this returns."""
        self.upload.WriteAsset(_messages(photo, path))

    def close(self) -> None:
        """Leave nothing behind: erase the account, then hang up."""
        try:
            self.consent.EraseAccount(consent_pb2.EraseAccountRequest(confirm=True))
        finally:
            self._channel.close()


def header(photo: bytes, path: str) -> upload_pb2.AssetHeader:
    """Return what an upload begins with."""
    digest = hashlib.sha256(photo).digest()
    return upload_pb2.AssetHeader(sha256=digest, size=len(photo), path=path, media_type="image/jpeg")


def _messages(photo: bytes, path: str) -> Iterator[upload_pb2.WriteAssetRequest]:
    yield upload_pb2.WriteAssetRequest(header=header(photo, path))
    for offset in range(0, len(photo), CHUNK):
        data = photo[offset : offset + CHUNK]
        chunk = upload_pb2.Chunk(offset=offset, data=data, crc32c=google_crc32c.value(data))
        yield upload_pb2.WriteAssetRequest(chunk=chunk)
