"""Uploads that go wrong in every way, after which an honest client must still be able to store the file."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import grpc
from hypothesis import strategies as st
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.checksum import crc32c
from services.domain.facets import Original
from services.domain.records import Kind
from tests.fuzz_rpc.house import MALLORY, House
from tests.fuzz_rpc.line import PATIENCE, Code, End, Leaving, ended

_PIECE = 200_000
_SIZES = (1, 3000, _PIECE, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2_300_000)
"""Bytes; what is durable of an upload grows by the mebibyte."""
_HONEST_TRIES = 4


@dataclass(frozen=True)
class File:
    """A file like a photo, known by a number."""

    number: int
    size: int

    @cached_property
    def data(self) -> bytes:
        return (b"\xff\xd8\xff\xe0" + Random(self.number).randbytes(self.size))[: self.size]

    @cached_property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    def header(self, **changes: Any) -> upload_pb2.WriteAssetRequest:
        told = {"sha256": self.sha256, "size": self.size, "path": "a.jpg", "media_type": "image/jpeg"}
        return upload_pb2.WriteAssetRequest(header=upload_pb2.AssetHeader(**told | changes))

    def pieces(self, start: int) -> Iterator[upload_pb2.WriteAssetRequest]:
        for at in range(start, self.size, _PIECE):
            yield chunk(at, self.data[at : at + _PIECE])


def chunk(offset: int, data: bytes, crc: int | None = None) -> upload_pb2.WriteAssetRequest:
    right = crc32c(data) if crc is None else crc
    return upload_pb2.WriteAssetRequest(chunk=upload_pb2.Chunk(offset=offset, data=data, crc32c=right))


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one message of a write, and which one."""

    at: int
    what: str
    by: int = 0

    def of(self, message: upload_pb2.WriteAssetRequest, file: File) -> list[bytes]:
        """Return what is sent in the place of a right message."""
        offset, data = message.chunk.offset, message.chunk.data
        broken = {
            "left out": [],
            "twice": [message, message],
            "moved": [chunk(max(-(1 << 63), min((1 << 63) - 1, offset + self.by)), data)],
            "other bytes": [chunk(offset, bytes(byte ^ 1 for byte in data[:50]) + data[50:])],
            "wrong sum": [chunk(offset, data, crc32c(data) ^ 1)],
            "empty": [chunk(offset, b"")],
            "too large": [chunk(offset, data * (1 + (300_000 // max(1, len(data)))))],
            "header again": [file.header()],
            "nothing in it": [upload_pb2.WriteAssetRequest()],
            "longer": [
                message,
                *(chunk(file.size + at, bytes(_PIECE)) for at in range(0, 1_400_000, _PIECE)),
            ],
        }
        if self.what == "noise":
            return [b"\xff\xff\xff"]
        return [one.SerializeToString() for one in broken[self.what]]


FLAWS = (
    *("left out", "twice", "moved", "other bytes", "wrong sum", "empty", "too large", "header again"),
    *("nothing in it", "longer", "noise"),
)


@dataclass(frozen=True)
class Write:
    """One try to write a file: what is announced, what is wrong, how it ends."""

    file: File
    announced: tuple[tuple[str, Any], ...] = ()
    """Fields of the header that are not as they should be."""
    flaws: tuple[Flaw, ...] = ()
    start: int = 0
    length: int = 1000
    """Messages that are sent at most."""
    leaves: bool = False
    """Whether the client goes away without ending its stream."""

    def messages(self) -> list[bytes]:
        """Return what is sent."""
        flaws = {flaw.at: flaw for flaw in self.flaws}
        right = enumerate(self.file.pieces(self.start))
        sent = [
            data
            for at, piece in right
            for data in (flaws[at].of(piece, self.file) if at in flaws else [piece.SerializeToString()])
        ]
        return [self.file.header(**dict(self.announced)).SerializeToString(), *sent][: self.length]


def _headers() -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    odd = st.one_of(
        st.tuples(st.just("size"), st.sampled_from((-1, 0, 1, 3001, 3_000_000, 1 << 62, (1 << 63) - 1))),
        st.tuples(st.just("sha256"), st.sampled_from((b"", bytes(31), bytes(32), bytes(33)))),
        st.tuples(st.just("media_type"), st.sampled_from(("", "video/mp4", "text/html", "\0", "a" * 9999))),
        st.tuples(
            st.just("path"),
            st.sampled_from(("", "/a", "../a", "a\0b", "a" * 5000, "x/\u202e.jpg", "…/ü.JPG")),
        ),
    )
    return st.lists(odd, max_size=2, unique_by=lambda field: field[0]).map(tuple)


def writes(file: File) -> st.SearchStrategy[Write]:
    """Return tries to write a file."""
    by = st.sampled_from((-(1 << 63), -1, 1, _PIECE, -_PIECE, 1 << 20, (1 << 63) - 1))
    flaw = st.builds(Flaw, st.integers(0, 12), st.sampled_from(FLAWS), by)
    return st.builds(
        Write,
        st.just(file),
        st.just(()) | _headers(),
        st.lists(flaw, max_size=2).map(tuple),
        st.sampled_from((0, 0, 0, 1 << 20, 5)),
        st.sampled_from((1000, 1000, 0, 1, 2, 7)),
        st.booleans(),
    )


def histories() -> st.SearchStrategy[list[list[Write]]]:
    """Return what happens to a file: tries one after the other, some of them at the same time."""
    files = st.builds(File, st.integers(0, 1 << 30), st.sampled_from(_SIZES))
    return files.flatmap(
        lambda file: st.lists(st.lists(writes(file), min_size=1, max_size=2), min_size=1, max_size=3)
    )


def survived(house: House, history: Sequence[Sequence[Write]]) -> None:
    """Let a history happen, and hold that the file can be stored and read afterwards."""
    house.run(house.furnish())
    for together in history:
        for ending in [_begin(house, write) for write in together]:
            end = ending()
            house.ends[end.code.name] += 1
            assert end.lawful or end.code is Code.CANCELLED, end
    file = history[0][0].file
    asset = _store(house, file)
    record = house.run(house.ports.catalog.get(MALLORY, Kind.ASSET, asset))
    assert house.run(house.ports.vault.read(MALLORY, record.require(Original).blob_key)) == file.data
    _metadata(house).DeleteAssets(
        metadata_pb2.DeleteAssetsRequest(asset_ids=[asset]), metadata=_bearer(house), timeout=PATIENCE
    )


def _begin(house: House, write: Write) -> Callable[[], End]:
    """Start a write; return what waits for its end."""
    messages = Leaving(write.messages()) if write.leaves else write.messages()
    call: Any = house.channel.stream_unary("/storyroll.upload.v1.UploadService/WriteAsset").future(
        iter(messages), metadata=_bearer(house), timeout=PATIENCE
    )

    def end() -> End:
        if isinstance(messages, Leaving):
            messages.leave(call)
        return ended("WriteAsset", call.result)

    return end


def _store(house: House, file: File) -> str:
    """Write a file as a client does: go on where the server says, begin anew where it says so."""
    stub: Any = upload_pb2_grpc.UploadServiceStub(house.channel)
    for _ in range(_HONEST_TRIES):
        query = upload_pb2.QueryWriteRequest(sha256=file.sha256)
        state = stub.QueryWrite(query, metadata=_bearer(house), timeout=PATIENCE).check
        assert state.committed_size >= 0
        messages = iter([file.header(), *file.pieces(state.committed_size)])
        try:
            return str(stub.WriteAsset(messages, metadata=_bearer(house), timeout=PATIENCE).asset_id)
        except grpc.RpcError as error:
            if error.code() not in {Code.DATA_LOSS, Code.ABORTED}:  # type: ignore[attr-defined]
                raise
            time.sleep(0.05)  # a write that was left may still be on its way out
    raise AssertionError("an honest client cannot store the file")


def _metadata(house: House) -> Any:
    return metadata_pb2_grpc.MetadataServiceStub(house.channel)


def _bearer(house: House) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {house.token()}")]
