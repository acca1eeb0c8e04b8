"""Settings of the scheduler, from the environment (STORYROLL_SCHEDULER_…)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.scheduler.scheduler import Patience


class SchedulerSettings(BaseSettings):
    """When stories are planned."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_SCHEDULER_", extra="ignore", use_attribute_docstrings=True
    )

    patience: Patience = Patience()
    """Seconds to wait before planning, as JSON: {"settle": 1.5, "at_most": 15, …}."""
    default_time_zone: str = "UTC"
    """IANA name: whose days count for owners of whom no picture tells where they live."""
    planners: int = Field(default=4, ge=1)
    """Owners whose libraries stay in memory between plans, so that one photo more is planned in milliseconds;
    about 0.7 GB for 100,000 photos."""
    lease_seconds: float = Field(default=12.0, ge=1.0, le=15.0)
    """Seconds after the death of a scheduler until the others of its database have its owners."""
    threads: int = Field(default=1, ge=1)
    """Threads for NumPy's linear algebra in the process that plans: its matrices are small."""
    seed: int = Field(default=0, ge=0)
    """Of the choices that planning makes between equals."""
