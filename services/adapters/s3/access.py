"""Where an S3 bucket is, and with which keys it is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 server and the keys that it believes."""

    endpoint: str
    """http://host:port or https://host[:port]."""
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"{self.endpoint!r} is no S3 endpoint: give http://host:port or https://host")
        if not (self.access_key and self.secret_key):
            raise ValueError("an S3 server wants an access key and a secret key")

    @property
    def host(self) -> str:
        """The host and port, as the SDK wants them."""
        return urlsplit(self.endpoint).netloc

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return urlsplit(self.endpoint).scheme == "https"


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, and what the names of our objects in it begin with."""

    bucket: str
    prefix: str = ""
    """Empty, or ends with a slash."""

    @staticmethod
    def parse(url: str) -> S3Place:
        """Return the place that `s3://bucket` or `s3://bucket/prefix` names; raise ValueError."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is no place for blobs: give s3://bucket or s3://bucket/prefix")
        prefix = parts.path.strip("/")
        return S3Place(parts.netloc, f"{prefix}/" if prefix else "")
