"""Lines of the log: JSON that parses, and nothing in them that must not be there."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from services.domain.traces import within_trace
from services.rpc.log_format import JsonLines, TextLines
from services.rpc.logs import LogFormat, log_from
from services.rpc.redaction import redacted

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("services.upload", logging.WARNING, __file__, 1, message, args, info)


def test_a_line_of_json_says_when_who_and_what() -> None:
    line = json.loads(JsonLines("upload").format(record("swept %d blobs\nand more", 3)))
    assert datetime.fromisoformat(line.pop("time")).tzinfo == UTC
    assert line == {
        "severity": "WARNING",
        "service": "upload",
        "logger": "services.upload",
        "message": "swept 3 blobs\nand more",
    }


def test_lines_are_lines_whatever_is_said() -> None:
    assert "\n" not in JsonLines("upload").format(record("one\ntwo", error=ValueError("three\nfour")))


def test_a_line_belongs_to_the_trace_of_its_work() -> None:
    with within_trace(f"00-{TRACE}-{SPAN}-01"):
        line = json.loads(JsonLines("upload").format(record("x")))
    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)


def test_exceptions_come_with_their_place_and_without_private_words() -> None:
    try:
        raise ValueError("no /home/ana/IMG_0001.jpg of ana@example.org")
    except ValueError as error:
        failed = record("incident %s", "i", error=error)
    for told in (json.loads(JsonLines("upload").format(failed))["exception"], TextLines().format(failed)):
        assert "test_logs.py" in told
        assert "ValueError: no /home/ana/[picture] of [address]" in told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [token]"),
        ("token eyJhbGciOi.eyJzdWIiOi.c2lnbmVk!", "token [token]!"),
        ("postgresql://me:secret@db/storyroll", "postgresql://[credentials]@db/storyroll"),
        ("GET /s/Abcdefghijklmnopqrstuvwxyz0123/", "GET /s/[token]/"),
        ("at 47.2654, 11.3927 now", "at [coordinates] now"),
        ("cannot read 'Holiday in Rome.HEIC'", "cannot read '[picture]'"),
        ("/storyroll.upload.v1.UploadService/WriteAsset OK 12.345 ms", None),
        ("services/adapters/jpeg.py:12 in 127.0.0.1:8400", None),
    ],
)
def test_what_must_not_be_told_is_covered(said: str, told: str | None) -> None:
    assert redacted(said) == (told or said)


def test_lines_go_to_stderr_from_our_level_on(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], []
    try:
        log_from("INFO", LogFormat.JSON, "upload")
        logging.getLogger("services.upload").info("ours")
        logging.getLogger("sqlalchemy").info("theirs")
    finally:
        root.handlers[:] = before
        for name in ("services", "inference_core", "storyroll"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["ours"]
