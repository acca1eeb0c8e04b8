"""Settings of a gRPC server and of what it connects to, from the environment (STORYROLL_…)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.adapters.bus_choice import Access, BusHost, Queue
from services.adapters.database_choice import DatabaseHost, Pooling
from services.adapters.s3.access import S3Server
from services.rpc.jwks import JwksVerifier
from services.rpc.policy import TimeLimits
from services.rpc.tokens import (
    AUDIENCE,
    CLOCK_SKEW,
    LOCAL_ISSUER,
    Expected,
    IssuerVerifiers,
    LocalIssuer,
    Verifier,
)

_LOOPBACK = ("127.", "localhost:", "[::1]:", "unix:")
_TRUSTED_SOURCES = ("https://", "http://127.0.0.1:", "http://localhost:")


class ServerSettings(BaseSettings):
    """Where a server listens and how it behaves."""

    model_config = SettingsConfigDict(env_prefix="STORYROLL_", extra="ignore", use_attribute_docstrings=True)

    listen: str = "127.0.0.1:8400"
    """host:port; port 0 takes a free one."""
    tls_certificate: Path | None = None
    """PEM chain; with `tls_key`, the server speaks TLS only."""
    tls_key: Path | None = None
    """PEM; of the certificate."""
    tls_client_ca: Path | None = None
    """PEM; only clients with a certificate of this authority are spoken to."""
    allow_plaintext: bool = False
    """Listen beyond loopback without TLS, where something in front (a mesh, a sidecar) encrypts."""
    drain_seconds: float = Field(default=10.0, ge=0)
    """How long calls may finish once the server was told to stop."""
    notice_seconds: float = Field(default=0.0, ge=0)
    """How long calls are still taken after health said otherwise: whoever balances load must notice first."""
    health_listen: str = Field(default="", pattern=r"^(|.+:\d+)$")
    """host:port for health alone, in the clear: for probes, which have no certificate; empty opens none."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Where Prometheus finds metrics; None serves none, 0 takes a free port."""
    metrics_host: str = Field(default="127.0.0.1", min_length=1)
    """The address of this machine that metrics are served at, in the clear."""
    limits: TimeLimits = TimeLimits()
    """Seconds that a call may take whose caller set no deadline, as JSON: {"unary": 120, "stream": 3600}."""

    @model_validator(mode="after")
    def _safe(self) -> ServerSettings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("give both STORYROLL_TLS_CERTIFICATE and STORYROLL_TLS_KEY, or neither")
        if self.tls_client_ca and not self.tls_certificate:
            raise ValueError("STORYROLL_TLS_CLIENT_CA needs STORYROLL_TLS_CERTIFICATE and STORYROLL_TLS_KEY")
        if not (self.tls_certificate or self.allow_plaintext or self.listen.startswith(_LOOPBACK)):
            raise ValueError(
                f"refusing to listen on {self.listen} without TLS: give a certificate and key, listen on "
                "127.0.0.1, or set STORYROLL_ALLOW_PLAINTEXT where something in front encrypts"
            )
        return self


class TokenSettings(BaseSettings):
    """Whose tokens are believed beside those of the data folder's own issuer (STORYROLL_TOKENS_…)."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_TOKENS_", extra="ignore", use_attribute_docstrings=True
    )

    jwks: str = ""
    """Where the issuer's keys are: a file, or an https address; empty for no other issuer."""
    issuer: str = ""
    """The `iss` of its tokens."""
    audience: str = AUDIENCE
    """The `aud` that they must name."""
    clock_skew: float = Field(default=CLOCK_SKEW.total_seconds(), ge=0, le=300)
    """Seconds by which the issuer's clock and ours may differ."""

    @model_validator(mode="after")
    def _whole(self) -> TokenSettings:
        if bool(self.jwks) != bool(self.issuer):
            raise ValueError("give both STORYROLL_TOKENS_JWKS and STORYROLL_TOKENS_ISSUER, or neither")
        if "://" in self.jwks and not self.jwks.startswith(_TRUSTED_SOURCES):
            raise ValueError("STORYROLL_TOKENS_JWKS must be a file or an https address")
        if self.issuer == LOCAL_ISSUER:
            raise ValueError(f"{LOCAL_ISSUER} is the name of this server's own issuer")
        return self

    def verifier(self, local: LocalIssuer) -> Verifier:
        """Return what verifies the tokens of the local issuer, and of the other one where there is one."""
        if not self.jwks:
            return local.verifier()
        expected = Expected(self.issuer, self.audience, timedelta(seconds=self.clock_skew))
        other = JwksVerifier(self.jwks, expected)
        return IssuerVerifiers({LOCAL_ISSUER: local.verifier(), self.issuer: other})


class S3Settings(BaseSettings):
    """An S3 server, from STORYROLL_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY and _REGION."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_S3_", extra="ignore", use_attribute_docstrings=True
    )

    endpoint: str = ""
    """http://host:port or https://host."""
    access_key: str = ""
    """Names whose key it is."""
    secret_key: SecretStr = SecretStr("")
    """Signs requests."""
    region: str = "us-east-1"
    """Of the bucket."""

    @model_validator(mode="after")
    def _whole(self) -> S3Settings:
        if self.endpoint:
            self.server()
        return self

    def server(self) -> S3Server | None:
        """Return the server, or None where no endpoint is set."""
        if not self.endpoint:
            return None
        return S3Server(self.endpoint, self.access_key, self.secret_key.get_secret_value(), self.region)


class DatabaseSettings(BaseSettings):
    """How a PostgreSQL server is used, from STORYROLL_DATABASE_…; times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_DATABASE_", extra="ignore", use_attribute_docstrings=True
    )

    keys: SecretStr = SecretStr("")
    """postgresql://… of another server, for data keys alone; empty keeps them on the same."""
    readers: int = Field(default=8, gt=0)
    """Connections of one process that read."""
    writers: int = Field(default=8, gt=0)
    """Connections of one process that write."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """For a connection to be made, or to be given back by another call."""
    statement_timeout: float = Field(default=30.0, gt=0)
    """For one statement."""
    lock_timeout: float = Field(default=10.0, gt=0)
    """For another process to finish with the same owner."""
    idle_timeout: float = Field(default=60.0, gt=0)
    """After it a transaction that does nothing is ended by the server."""

    def host(self, where: str) -> DatabaseHost:
        """Return the choice of a database; raise ValueError where `where` is none."""
        waits = (self.connect_timeout, self.statement_timeout, self.lock_timeout, self.idle_timeout)
        return DatabaseHost(where, self.keys.get_secret_value(), Pooling(self.readers, self.writers, *waits))


class BusSettings(BaseSettings):
    """How NATS servers are spoken to, from STORYROLL_NATS_…."""

    model_config = SettingsConfigDict(
        env_prefix="STORYROLL_NATS_", extra="ignore", use_attribute_docstrings=True
    )

    token: SecretStr = SecretStr("")
    """What lets us in."""
    token_file: Path | None = None
    """A file with it instead, as secrets are mounted."""
    authority: Path | None = None
    """PEM: the authority of the servers' certificates, where it is not one that the system believes."""
    prefix: str = Field(default="storyroll", pattern="^[A-Za-z0-9_-]+$")
    """Begins the names of streams and subjects: another one for each installation on one cluster."""
    replicas: int = Field(default=1, ge=1, le=5)
    """Servers that each have every message."""
    ack_wait: float = Field(default=20.0, ge=1)
    """Seconds after which a message of a worker that died goes to another one."""

    @model_validator(mode="after")
    def _one_token(self) -> BusSettings:
        if self.token.get_secret_value() and self.token_file:
            raise ValueError("give STORYROLL_NATS_TOKEN or STORYROLL_NATS_TOKEN_FILE, not both")
        return self

    def host(self, where: str) -> BusHost:
        """Return the choice of a bus; raise ValueError where `where` is none, OSError without the file."""
        token = self.token_file.read_text().strip() if self.token_file else self.token.get_secret_value()
        queue = Queue(self.prefix, self.replicas, self.ack_wait)
        return BusHost(where, Access(where, token, self.authority), queue)
