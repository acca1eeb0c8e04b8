"""The minio SDK in threads of its own, its errors translated."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final, ParamSpec, TypeVar

import urllib3
from minio import Minio
from minio.commonconfig import ComposeSource
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from services.adapters.blob_names import escaped
from services.adapters.s3.access import S3Place, S3Server
from services.domain.errors import FailedPrecondition, NotFound, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_CONNECTIONS: Final = 16
_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=120.0)
_RETRIES: Final = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
_RETRY_AFTER: Final = 5.0
_PAGE: Final = 1000
_MISSING: Final = frozenset(
    {"NoSuchKey", "NoSuchObject", "NoSuchVersion", "NoSuchUpload", "PreconditionFailed"}
)
_BEYOND_THE_END: Final = "InvalidRange"


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing tells it."""

    name: str
    size: int
    modified: datetime
    etag: str
    version: str | None = None


class S3Client:
    """What blobs need of one bucket; names are below the place's prefix."""

    def __init__(self, server: S3Server, place: S3Place) -> None:
        self._place = place
        # It would write the names of objects into our log, and owners are part of them.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        self._executor = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="s3")
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, timeout=_TIMEOUT, retries=_RETRIES)
        self._minio = Minio(
            server.host,
            server.access_key,
            server.secret_key,
            secure=server.secure,
            region=server.region,
            http_client=self._pool,
        )
        self._versioned = False

    async def open(self) -> None:
        """Make sure that the bucket is there and whether it keeps versions.

        Raises:
            FailedPrecondition: There is no such bucket and it may not be made, or the keys are refused.
            Unavailable: The server does not answer.
        """
        try:
            if not await self._run(self._minio.bucket_exists, self._place.bucket):
                await self._run(self._minio.make_bucket, self._place.bucket)
            versioning = await self._run(self._minio.get_bucket_versioning, self._place.bucket)
        except Unavailable as error:
            if isinstance(error.__cause__, S3Error) and error.__cause__.code != "SlowDown":
                raise FailedPrecondition(
                    f"the bucket {self._place.bucket} cannot be used ({error.__cause__.code}): "
                    "check STORYROLL_S3_ENDPOINT, its keys and what they allow"
                ) from error
            raise
        self._versioned = versioning.status != "Off"

    def close(self) -> None:
        """Let go of threads and connections."""
        self._executor.shutdown(wait=True)
        self._pool.clear()

    async def put(self, name: str, data: bytes) -> str:
        """Write an object in one request, replacing what has the name; return its entity tag."""
        put = self._minio.put_object
        size = max(len(data), 5 << 20)
        written = await self._run(
            put, self._place.bucket, self._name(name), io.BytesIO(data), len(data), part_size=size
        )
        return written.etag or ""

    async def get(self, name: str, offset: int, length: int) -> bytes:
        """Read a range, shorter at the end; raise NotFound."""
        return await self._run(self._get, name, offset, length) if length > 0 else b""

    async def size(self, name: str) -> int:
        """Return the bytes of an object; raise NotFound."""
        found = await self._run(self._minio.stat_object, self._place.bucket, self._name(name))
        return found.size or 0

    async def listing(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Listed]:
        """Yield the objects whose names begin so, in order; with all their versions where asked for."""
        objects = iter(
            self._minio.list_objects(
                self._place.bucket,
                self._name(prefix),
                recursive=True,
                include_version=versions and self._versioned,
            )
        )
        full = True
        while full:
            page = await self._run(_page, objects)
            full = len(page) == _PAGE
            for found in page:
                yield Listed(
                    (found.object_name or "").removeprefix(self._place.prefix),
                    found.size or 0,
                    found.last_modified,
                    (found.etag or "").strip('"'),
                    found.version_id if versions else None,
                )

    async def remove(self, objects: Sequence[Listed]) -> None:
        """Delete objects, many in one request."""
        doomed = [DeleteObject(self._name(found.name), found.version) for found in objects]
        refused = await self._run(lambda: list(self._minio.remove_objects(self._place.bucket, doomed)))
        if refused:
            raise Unavailable(f"the blob store failed: {refused[0].code}", _RETRY_AFTER)

    async def compose(self, name: str, parts: Sequence[tuple[str, str]]) -> None:
        """Make one object of others, by a multipart upload whose parts the server copies itself.

        Args:
            name: What it is called.
            parts: Names and entity tags, in order; all but the last have at least 5 MiB.

        Raises:
            NotFound: A part is gone, or is not what it was.
        """
        sources = [
            ComposeSource(self._place.bucket, self._name(part), match_etag=etag) for part, etag in parts
        ]
        await self._run(self._minio.compose_object, self._place.bucket, self._name(name), sources)

    async def abort_multipart_uploads(self, prefix: str, before: datetime | None = None) -> int:
        """Give up multipart uploads, those that were begun before a time or all; return how many."""
        return await self._run(self._abort_multipart_uploads, prefix, before)

    def presign(self, method: str, name: str, lifetime: timedelta) -> str:
        """Return a URL with which anybody may do one thing to one object for a while; asks nobody."""
        with _translated():
            return self._minio.get_presigned_url(method, self._place.bucket, self._name(name), lifetime)

    def _get(self, name: str, offset: int, length: int) -> bytes:
        try:
            response = self._minio.get_object(self._place.bucket, self._name(name), offset, length)
        except S3Error as error:
            if error.code == _BEYOND_THE_END:
                return b""
            raise
        try:
            return response.data
        finally:
            response.close()
            response.release_conn()

    def _abort_multipart_uploads(self, prefix: str, before: datetime | None) -> int:
        # The SDK offers these two calls under private names only.
        bucket, count = self._place.bucket, 0
        page = None
        while page is None or page.is_truncated:
            page = self._minio._list_multipart_uploads(
                bucket,
                prefix=self._name(prefix),
                key_marker=page.next_key_marker if page else None,
                upload_id_marker=page.next_upload_id_marker if page else None,
            )
            for upload in page.uploads:
                begun = upload.initiated_time
                if upload.upload_id and (before is None or (begun and begun < before)):
                    self._abort(upload.object_name, upload.upload_id)
                    count += 1
        return count

    def _abort(self, listed: str, upload_id: str) -> None:
        # SeaweedFS says of these names that they are encoded, which they are not, and the SDK decodes them.
        below = listed.removeprefix(self._place.prefix)
        for name in (listed, self._name(escaped(below))):
            try:
                self._minio._abort_multipart_upload(self._place.bucket, name, upload_id)
            except S3Error as error:
                if error.code not in _MISSING:
                    raise

    def _name(self, name: str) -> str:
        return self._place.prefix + name

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _translated():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, partial(function, *args, **kwargs))


def _page(objects: Iterator[T]) -> list[T]:
    return list(islice(objects, _PAGE))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise NotFound("no such blob") from error
        raise Unavailable(f"the blob store failed: {error.code}", _RETRY_AFTER) from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise Unavailable("the blob store does not answer", _RETRY_AFTER) from error
