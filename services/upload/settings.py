"""Settings of the upload service, from the environment (STORYROLL_UPLOAD_…)."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.upload.limits import Limits
from services.upload.orphans import GRACE

_USUAL = Limits()


class UploadSettings(BaseSettings):
    """How much an owner may upload, and how fast."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_UPLOAD_", extra="ignore", use_attribute_docstrings=True
    )

    photo_bytes: int = Field(default=_USUAL.photo_bytes, gt=0)
    """Of one photo."""
    video_bytes: int = Field(default=_USUAL.video_bytes, gt=0)
    """Of one video."""
    owner_bytes: int = Field(default=_USUAL.owner_bytes, gt=0)
    """All originals of one owner together."""
    photos_a_minute: int = Field(default=_USUAL.photos_a_minute, gt=0)
    """Of one owner."""
    concurrent_writes: int = Field(default=_USUAL.concurrent_writes, gt=0)
    """Of one owner, under way at a time."""
    keep_unfinished_days: float = Field(default=7.0, gt=0)
    """After so long without a byte, an upload that broke off begins anew."""

    orphan_minutes: float = Field(default=GRACE.total_seconds() / 60, gt=0)
    """After so long, a blob that no record names is deleted; storing a file must not take half as long."""

    @property
    def orphan_grace(self) -> timedelta:
        """How old a blob must be to be taken for an orphan."""
        return timedelta(minutes=self.orphan_minutes)

    @property
    def limits(self) -> Limits:
        """The limits as the use case takes them."""
        return Limits(
            self.photo_bytes,
            self.video_bytes,
            self.owner_bytes,
            self.photos_a_minute,
            self.concurrent_writes,
        )
