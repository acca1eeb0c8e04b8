"""Settings of the gateway, from the environment (STORYROLL_GATEWAY_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.rpc.data_folder import DEFAULT_ADDRESS


class GatewaySettings(BaseSettings):
    """Where the pages of shared stories are, and who is asked for them."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_GATEWAY_", extra="ignore", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """The address to listen at; what speaks TLS to browsers stands before it."""
    port: int = Field(default=8480, ge=0, le=65535)
    """0 takes a free one."""
    server: str = DEFAULT_ADDRESS
    """host:port of a server of SharedStoryService."""
    server_ca: Path | None = None
    """PEM; whom to trust where that server speaks TLS."""
    server_certificate: Path | None = None
    """PEM chain that is shown to that server, where it asks for one; with `server_key`."""
    server_key: Path | None = None
    """PEM."""
