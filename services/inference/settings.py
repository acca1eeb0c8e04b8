"""Settings of the inference service, from the environment (STORYROLL_INFERENCE_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class InferenceSettings(BaseSettings):
    """How many assets are looked at side by side."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_INFERENCE_", extra="ignore", use_attribute_docstrings=True
    )

    concurrency: int = Field(default=8, gt=0)
    """Assets in work at a time: enough that decoding and inference overlap."""
