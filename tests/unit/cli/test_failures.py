"""Every failure is one sentence and an exit code."""

from __future__ import annotations

import errno

import grpc
import pytest
import typer

from inference_core.models.errors import ModelNotBuilt
from services.cli.failures import CommandError, ExitCode, explained, leaves, told_plainly
from services.domain import errors
from services.rpc.status import status_of


def failed(error: Exception) -> grpc.aio.AioRpcError:
    status = status_of(error)
    return grpc.aio.AioRpcError(
        status.code, grpc.aio.Metadata(), grpc.aio.Metadata(*status.trailers), status.message
    )


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (errors.ConsentRequired("faces"), "storyroll consent grant faces", ExitCode.CONSENT),
        (errors.NotFound("no such story"), "no such story", ExitCode.NOT_FOUND),
        (errors.Unauthenticated("the token has expired"), "the token has expired", ExitCode.UNAUTHENTICATED),
        (errors.Unavailable("the store is away"), "the store is away", ExitCode.UNREACHABLE),
        (errors.InvalidArgument("no id"), "no id", ExitCode.FAILED),
    ],
)
def test_what_services_say_is_passed_on_with_what_to_do(error: Exception, said: str, code: ExitCode) -> None:
    told = explained(failed(error), "127.0.0.1:1")
    assert said in str(told)
    assert told.code == code


def test_a_server_that_is_not_there() -> None:
    error = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, details="connection refused")
    told = explained(error, "127.0.0.1:1")
    assert str(told) == "no server answers at 127.0.0.1:1; start one with: storyroll up"
    assert told.code == ExitCode.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (CommandError("no stories yet", ExitCode.INCOMPLETE), "no stories yet", ExitCode.INCOMPLETE),
        (ModelNotBuilt("run `storyroll models build`"), "models build", ExitCode.FAILED),
        (
            OSError(errno.ENOSPC, "No space left on device", "/photos"),
            "/photos: No space left",
            ExitCode.FAILED,
        ),
        (errors.FailedPrecondition("cannot listen"), "cannot listen", ExitCode.FAILED),
        (KeyboardInterrupt(), "interrupted", ExitCode.INTERRUPTED),
    ],
)
def test_failures_end_a_command_in_one_line(
    error: BaseException, said: str, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught, told_plainly():
        raise error
    assert caught.value.exit_code == code
    printed = capsys.readouterr().err
    assert printed.startswith("storyroll: ")
    assert said in printed
    assert printed.count("\n") == 1


def test_groups_of_errors_are_told_one_by_one() -> None:
    group = ExceptionGroup("tasks", [ValueError("a"), ExceptionGroup("more", [KeyError("b")])])
    assert [type(leaf) for leaf in leaves(group)] == [ValueError, KeyError]
