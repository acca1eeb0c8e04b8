"""Settings of the upload service, from the environment (STORYROLL_UPLOAD_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_GIB = 1024**3


class UploadSettings(BaseSettings):
    """How much an owner may upload."""

    model_config = SettingsConfigDict(env_prefix="STORYROLL_UPLOAD_", extra="ignore")

    max_photo_bytes: int = Field(default=_GIB // 2, gt=0)
    max_video_bytes: int = Field(default=16 * _GIB, gt=0)
    max_owner_bytes: int = Field(default=1024 * _GIB, gt=0)
    """All originals of one owner together."""
