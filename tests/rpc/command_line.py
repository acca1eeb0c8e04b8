"""The command line of somebody who has a token, in processes of its own, against a real server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.consent.main import assemble as consent
from services.consent.settings import ConsentSettings
from services.domain.consent import Scope
from services.metadata.main import assemble as metadata
from services.metadata.settings import MetadataSettings
from services.rpc.service import Service
from services.rpc.tokens import LocalIssuer
from services.suggestion.main import assemble as suggestion
from services.suggestion.settings import SuggestionSettings
from services.upload.main import assemble as upload
from services.upload.settings import UploadSettings
from tests.rpc.conftest import Serving
from tests.stored_library import ANA, StoredLibrary


@dataclass
class Storyroll:
    """The command line of somebody who has a token."""

    library: StoredLibrary
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def begin(self, *arguments: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "services.cli.main", *arguments)
        pipe = asyncio.subprocess.PIPE
        environment = os.environ | self.environment
        return await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)

    async def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command that ends with this code; return what it says."""
        process = await self.begin(*arguments)
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode == code, (out + err).decode()
        return (err if code else out).decode()


async def command_line(serving: Serving, issuer: LocalIssuer, tmp_path: Path) -> AsyncIterator[Storyroll]:
    """Ana's command line; she allows everything and has nothing yet."""
    async with open_memory(tmp_path / "server", SystemClock()) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        whole = Service.joined(
            (
                consent(ports, ConsentSettings()),
                upload(ports, UploadSettings()),
                metadata(ports, MetadataSettings()),
                suggestion(ports, SuggestionSettings()),
            )
        )
        async with serving(Service(whole.servicers)) as (_, address):
            environment = {
                "STORYROLL_SERVER": address,
                "STORYROLL_TOKEN": issuer.mint(ANA),
                "STORYROLL_DATA": str(tmp_path / "data"),
                "STORYROLL_STATE": str(tmp_path / "state"),
            }
            yield Storyroll(library, tmp_path, environment)
