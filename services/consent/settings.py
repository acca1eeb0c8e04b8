"""Settings of the consent service, from the environment (STORYROLL_CONSENT_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsentSettings(BaseSettings):
    """How the audit log is shown, and how often retention is held."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_CONSENT_", extra="ignore", use_attribute_docstrings=True
    )

    usual_page: int = Field(default=100, gt=0, le=1000)
    """Audit events on a page whose size the caller leaves open."""
    sweep_seconds: float = Field(default=3600.0, gt=0)
    """How often what its time has come for is taken away."""
