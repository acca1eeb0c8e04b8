"""Writes docs/settings.md from the settings classes; with --check, tells whether it is as they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from services.consent.settings import ConsentSettings
from services.gateway.settings import GatewaySettings
from services.inference.settings import InferenceSettings
from services.metadata.settings import MetadataSettings
from services.rpc.alone import FolderSettings
from services.rpc.settings import (
    BusSettings,
    DatabaseSettings,
    S3Settings,
    ServerSettings,
    TokenSettings,
)
from services.rpc.telemetry import LogSettings, TraceSettings
from services.scheduler.settings import SchedulerSettings
from services.suggestion.settings import SuggestionSettings
from services.upload.settings import UploadSettings

PAGE: Final = Path(__file__).with_name("settings.md")
EVERY: Final[tuple[type[BaseSettings], ...]] = (
    FolderSettings,
    LogSettings,
    ServerSettings,
    TokenSettings,
    DatabaseSettings,
    BusSettings,
    S3Settings,
    TraceSettings,
    UploadSettings,
    MetadataSettings,
    InferenceSettings,
    SchedulerSettings,
    SuggestionSettings,
    ConsentSettings,
    GatewaySettings,
)
_HEAD: Final = """\
# Settings

Every setting of every service, by the variable of the environment that sets it. `storyroll up` has options
for those in the first part; `python -m services.<name>` runs one service alone (upload, metadata,
inference, scheduler, suggestion, consent, gateway) and reads these. This page is written by `make settings`.

"""
_TAIL: Final = """\
## Files that processes of one installation share

Several processes work on one catalog where STORYROLL_DATABASE is a PostgreSQL that all of them reach. They
need the same secrets, in the folder `keys` below STORYROLL_DATA. Each is made on first use; on a cluster
make them once, keep them in a Secret, and mount it there, readable by the user of the process or by its
group, and by nobody else. Nothing else in the data folder outlives a process.

| File | What it is | Who needs it |
|---|---|---|
| `keys/master.key` | wraps every owner's data keys, 32 random bytes | all but who only verifies receipts |
| `keys/signer.key` | signs receipts and the audit log, Ed25519 | consent |
| `keys/page.key` | seals page tokens and share links, 32 random bytes | consent, metadata, suggestion |
| `keys/issuer.key` | signs tokens of `storyroll token`, Ed25519 | all that serve calls |

Wrapped data keys are in the database (STORYROLL_DATABASE_KEYS names another one for them alone), and follow
it.

## Health

Probes ask the gRPC health service of STORYROLL_LISTEN, or of STORYROLL_HEALTH_LISTEN, which serves nothing
else and needs no certificate. The empty service name answers SERVING for as long
as the process lives, while it drains too: ask it for liveness. `storyroll.ready`, and every service by its
name, answer SERVING while database and blobs can be reached and nobody has told the process to stop: ask it
for readiness. After SIGTERM a process says NOT_SERVING, takes calls for STORYROLL_NOTICE_SECONDS more, and
lets those under way finish for STORYROLL_DRAIN_SECONDS; give its pod more than both together.
"""


def every_variable() -> set[str]:
    """Return the variables that set anything."""
    return {name for settings in EVERY for name, _ in _variables(settings)}


def page() -> str:
    """Return what the page should say."""
    return _HEAD + "\n".join(_part(settings) for settings in EVERY) + "\n" + _TAIL


def _part(settings: type[BaseSettings]) -> str:
    title = (settings.__doc__ or "").split("\n", maxsplit=1)[0].rstrip(".")
    return "\n".join(
        (f"## {title}", "", "| Variable | Default | What it does |", "|---|---|---|", *_rows(settings), "")
    )


def _rows(settings: type[BaseSettings]) -> Iterator[str]:
    for name, field in _variables(settings):
        told = " ".join((field.description or "").split()).replace("|", "\\|")
        yield f"| `{name}` | {_default(field)} | {told} |"


def _variables(settings: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    prefix = settings.model_config.get("env_prefix", "")
    return ((f"{prefix}{name.upper()}", field) for name, field in settings.model_fields.items())


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the user's data folder"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "none" if value in (None, "") else f"`{value}`"


def main() -> None:
    """Write the page, or check it."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit("docs/settings.md is not what the settings say; run: make settings")


if __name__ == "__main__":
    main()
