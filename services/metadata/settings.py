"""Settings of the metadata service, from the environment (STORYROLL_METADATA_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MetadataSettings(BaseSettings):
    """How assets are described."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_METADATA_", extra="ignore", use_attribute_docstrings=True
    )

    default_time_zone: str = "UTC"
    """IANA name: the offset of pictures whose camera recorded neither an offset nor a place."""
    concurrency: int = Field(default=4, gt=0)
    """Assets in work at a time."""
