"""What the command line says when something fails: one sentence on stderr, and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import grpc
import typer
from pydantic import ValidationError
from storyroll.errors.v1 import errors_pb2

from inference_core.models.errors import ModelError
from inference_core.serving.errors import ServingError
from services.domain.errors import StoryrollError
from services.rpc.status import DETAIL_KEY


class ExitCode(IntEnum):
    """Why a command ended, for scripts; 0 is success, 2 is wrong usage."""

    FAILED = 1
    UNREACHABLE = 3
    UNAUTHENTICATED = 4
    CONSENT = 5
    NOT_FOUND = 6
    INCOMPLETE = 7
    """A sync ended, but some files did not arrive."""
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot do what it was asked to; the message is one sentence for its user."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def told_plainly(address: str = "") -> Iterator[None]:
    """Turn every foreseen failure into its sentence and exit code; `address` is the server asked."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        _end(explained(error, address))
    except CommandError as error:
        _end(error)
    except ValidationError as error:
        _end(CommandError("; ".join(fault["msg"] for fault in error.errors())))
    except (StoryrollError, ModelError, ServingError) as error:
        _end(CommandError(str(error)))
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _end(CommandError(f"{error.filename or 'the system'}: {error.strerror or error}"))
    except KeyboardInterrupt:
        _end(CommandError("interrupted", ExitCode.INTERRUPTED))


def explained(error: grpc.aio.AioRpcError, address: str) -> CommandError:
    """Return what a failed call means to the person at the keyboard."""
    said = error.details() or error.code().name
    detail = detail_of(error)
    if detail.reason == errors_pb2.REASON_CONSENT_REQUIRED:
        scope = detail.scope.lower()
        return CommandError(f"{said}; allow it with: storyroll consent grant {scope}", ExitCode.CONSENT)
    match error.code():
        case grpc.StatusCode.UNAVAILABLE if detail.reason == errors_pb2.REASON_UNSPECIFIED:
            return CommandError(
                f"no server answers at {address}; start one with: storyroll up", ExitCode.UNREACHABLE
            )
        case grpc.StatusCode.UNAVAILABLE:
            return CommandError(said, ExitCode.UNREACHABLE)
        case grpc.StatusCode.UNAUTHENTICATED:
            return CommandError(
                f"the server does not accept who you are ({said}); set STORYROLL_TOKEN, or --data to the "
                "folder that the server uses",
                ExitCode.UNAUTHENTICATED,
            )
        case grpc.StatusCode.NOT_FOUND:
            return CommandError(said, ExitCode.NOT_FOUND)
    return CommandError(said)


def detail_of(error: grpc.aio.AioRpcError) -> errors_pb2.ErrorDetail:
    """Return the error detail that came with a status; an empty one where none did."""
    trailers: Any = error.trailing_metadata() or ()
    for key, value in trailers:
        if key == DETAIL_KEY and isinstance(value, bytes):
            return errors_pb2.ErrorDetail.FromString(value)
    return errors_pb2.ErrorDetail()


def told_by_service(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether a status came from the service itself, not from the connection to it."""
    trailers: Any = error.trailing_metadata() or ()
    return any(key == DETAIL_KEY for key, _ in trailers)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield what went wrong: the error itself, or every one of a group of tasks."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves(part)
    else:
        yield error


def _end(error: CommandError) -> None:
    print(f"storyroll: {error}", file=sys.stderr)
    raise typer.Exit(error.code) from error
