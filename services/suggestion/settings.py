"""Settings of the suggestion service, from the environment (STORYROLL_SUGGESTION_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SuggestionSettings(BaseSettings):
    """How much is rendered side by side."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_SUGGESTION_", extra="ignore", use_attribute_docstrings=True
    )

    renderings: int = Field(default=2, gt=0)
    """Stories in rendering at a time; further ones wait."""
