"""Where blobs are kept is said in words that are checked before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.adapters.blob_host import BlobHost, known_blob_host, open_blobs
from services.adapters.disk import DiskBlobStore
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.tail import Tail
from services.domain.errors import FailedPrecondition
from services.rpc.settings import S3Settings


@pytest.mark.parametrize("where", ["folder", "seaweedfs", "s3://photos", "s3://photos/a/b/"])
def test_places_are_known(where: str) -> None:
    assert known_blob_host(where) == where


@pytest.mark.parametrize(
    "where", ["", "disk", "s3://", "s3://Photos", "s3://a/b?c", "http://photos", "s3:photos"]
)
def test_what_is_no_place_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match="no place for blobs"):
        BlobHost(where)


def test_a_prefix_ends_with_one_slash() -> None:
    assert S3Place.parse("s3://photos") == S3Place("photos", "")
    assert S3Place.parse("s3://photos/a/b//") == S3Place("photos", "a/b/")


@pytest.mark.parametrize("endpoint", ["", "127.0.0.1:9000", "ftp://host", "http://host/path"])
def test_endpoints_are_checked(endpoint: str) -> None:
    with pytest.raises(ValueError, match="no S3 endpoint"):
        S3Server(endpoint, "key", "secret")


def test_secrets_are_not_shown() -> None:
    server = S3Server("https://s3.example:9000", "key", "very secret")
    assert (server.host, server.secure) == ("s3.example:9000", True)
    assert "very secret" not in repr(server)


async def test_s3_without_a_server_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match="STORYROLL_S3_ENDPOINT"):
        async with open_blobs(BlobHost("s3://photos"), tmp_path):
            pass


async def test_a_folder_takes_no_direct_uploads(tmp_path: Path) -> None:
    async with open_blobs(BlobHost(), tmp_path) as blobs:
        assert isinstance(blobs.store, DiskBlobStore)
        assert blobs.landing is None


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert S3Settings().server() is None
    for name, value in {
        "ENDPOINT": "http://h:1",
        "ACCESS_KEY": "a",
        "SECRET_KEY": "s",
        "REGION": "eu",
    }.items():
        monkeypatch.setenv(f"STORYROLL_S3_{name}", value)
    assert S3Settings().server() == S3Server("http://h:1", "a", "s", "eu")
    assert "s3cret" not in repr(S3Settings(secret_key="s3cret"))  # type: ignore[arg-type]
    monkeypatch.setenv("STORYROLL_S3_SECRET_KEY", "")
    with pytest.raises(ValueError, match="a secret key"):
        S3Settings()


def test_a_tail_reads_as_one_wherever_it_is_cut() -> None:
    whole, tail = b"abcdefgh", Tail()
    for piece in (b"abc", b"", b"de", b"fgh"):
        tail.append(piece)
    for first in range(9):
        for last in range(10):
            assert b"".join(tail.slices(first, last)) == whole[first:last]
    for size in (9, 8, 4, 3, 0):
        tail.cut(size)
        assert (tail.joined(), len(tail)) == (whole[:size], min(size, 8))
