"""A command's connection to a server, as whom it speaks, and the options that choose both."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import typer
from storyroll.consent.v1 import consent_pb2_grpc
from storyroll.metadata.v1 import metadata_pb2_grpc
from storyroll.suggestion.v1 import suggestion_pb2_grpc
from storyroll.upload.v1 import upload_pb2_grpc

from services.adapters.database_choice import known_database
from services.cli.failures import told_plainly
from services.rpc.channels import ClientCertificate, connect
from services.rpc.data_folder import DataFolder, default_data_folder

P = ParamSpec("P")


def _known_database(where: str) -> str:
    try:
        return known_database(where)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


DataOption = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="STORYROLL_DATA",
        default_factory=default_data_folder,
        show_default="the user's data folder",
        help="The folder that the server keeps everything in.",
    ),
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="STORYROLL_DATABASE",
        callback=_known_database,
        help="Where records and keys are kept: sqlite (in --data), postgres (a server of our own, installed "
        "on first use) or postgresql://user:password@host/database, which several servers may share; set "
        "that as STORYROLL_DATABASE, for every user of the machine sees what a command was given.",
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="STORYROLL_SERVER",
        show_default="the server of --data",
        help="host:port of the server.",
    ),
]
OwnerOption = Annotated[
    str, typer.Option("--owner", envvar="STORYROLL_OWNER", help="Whose library, where the server is local.")
]

LanguageOption = Annotated[
    str, typer.Option("--language", envvar="STORYROLL_LANGUAGE", help="The language of stories: en or de.")
]


@dataclass(frozen=True, slots=True)
class Session:
    """Stubs of every service that commands call, on one channel."""

    address: str
    consent: consent_pb2_grpc.ConsentServiceAsyncStub
    metadata: metadata_pb2_grpc.MetadataServiceAsyncStub
    suggestion: suggestion_pb2_grpc.SuggestionServiceAsyncStub
    shared: suggestion_pb2_grpc.SharedStoryServiceAsyncStub
    upload: upload_pb2_grpc.UploadServiceAsyncStub


def token_source(folder: DataFolder, owner: str) -> Callable[[], str]:
    """Return where tokens come from: STORYROLL_TOKEN, else the local issuer of the data folder."""
    given = os.environ.get("STORYROLL_TOKEN", "")
    if given:
        return lambda: given
    issuer = folder.issuer()
    return lambda: issuer.mint(owner)


@asynccontextmanager
async def open_session(address: str, token: Callable[[], str], language: str = "") -> AsyncIterator[Session]:
    """Connect to a server; TLS where STORYROLL_CA names a PEM file of whom to trust.

    To a server that asks for one, the certificate in STORYROLL_CERTIFICATE is shown, whose key is in
    STORYROLL_CERTIFICATE_KEY. Stories are told in `language`, an IETF tag; in English where it is empty.
    """
    roots = await _pem("STORYROLL_CA")
    chain, key = await _pem("STORYROLL_CERTIFICATE"), await _pem("STORYROLL_CERTIFICATE_KEY")
    certificate = ClientCertificate(chain, key) if chain and key else None
    async with connect(
        address, token, language=language, root_certificates=roots, certificate=certificate
    ) as channel:
        yield Session(
            address,
            consent_pb2_grpc.ConsentServiceStub(channel),
            metadata_pb2_grpc.MetadataServiceStub(channel),
            suggestion_pb2_grpc.SuggestionServiceStub(channel),
            suggestion_pb2_grpc.SharedStoryServiceStub(channel),
            upload_pb2_grpc.UploadServiceStub(channel),
        )


async def _pem(variable: str) -> bytes | None:
    path = os.environ.get(variable)
    return await asyncio.to_thread(Path(path).read_bytes) if path else None


def with_session(
    command: Callable[Concatenate[Session, P], Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """Make a coroutine that takes a session into a command with --server, --data, --owner and --language."""

    def run(
        *args: Any,
        server: str | None = None,
        data: Path,
        owner: str = "me",
        language: str = "",
        **options: Any,
    ) -> None:
        folder = DataFolder(data)
        address = server or folder.address()

        async def connected() -> None:
            async with open_session(address, token_source(folder, owner), language) as session:
                await command(session, *args, **options)

        with told_plainly(address):
            asyncio.run(connected())

    _adopt_signature(run, command)
    return run


def _adopt_signature(run: Callable[..., None], command: Callable[..., Any]) -> None:
    """Let typer see the command's own parameters, then those of the connection."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    connection = [
        inspect.Parameter("server", keyword, default=None, annotation=ServerOption),
        inspect.Parameter("data", keyword, annotation=DataOption),
        inspect.Parameter("owner", keyword, default="me", annotation=OwnerOption),
        inspect.Parameter("language", keyword, default="", annotation=LanguageOption),
    ]
    parameters = [parameter.replace(kind=keyword) for parameter in own] + connection
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
