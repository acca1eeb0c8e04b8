"""What an earlier sync found out, so that unchanged files are not hashed again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from platformdirs import user_state_path

from services.cli.sync.walk import LocalFile


class Journal:
    """The SHA-256 of each file by path, size and modification time: a file of JSON lines, appended to.

    It holds nothing that the server does not know better; deleting it costs time only. A line that a
    crash cut off is ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[int, int, bytes]] = {}
        self._file: TextIO | None = None

    @staticmethod
    def of(folder: Path) -> Journal:
        """Return the journal of a folder, in the user's state folder."""
        name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:24]
        base = Path(os.environ.get("STORYROLL_STATE") or user_state_path("storyroll"))
        return Journal(base / "sync" / f"{name}.jsonl")

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._load()
        self._rewrite()
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def digest(self, file: LocalFile) -> bytes | None:
        """Return the file's SHA-256 if it is known and the file unchanged."""
        known = self._known.get(file.relative)
        return known[2] if known and known[:2] == (file.size, file.modified_ns) else None

    def remember(self, file: LocalFile, sha256: bytes) -> None:
        """Note the file's SHA-256."""
        self._known[file.relative] = (file.size, file.modified_ns, sha256)
        assert self._file is not None, "a journal is used inside its `with` block"
        self._file.write(_line(file.relative, file.size, file.modified_ns, sha256))
        self._file.flush()

    def _load(self) -> None:
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                path, size, modified, sha256 = json.loads(line)
                self._known[str(path)] = (int(size), int(modified), bytes.fromhex(sha256))
            except (ValueError, TypeError):
                continue

    def _rewrite(self) -> None:
        """Drop lines that later ones replaced."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(
            "".join(_line(path, *known) for path, known in self._known.items()), encoding="utf-8"
        )
        fresh.chmod(0o600)
        fresh.replace(self._path)


def _line(path: str, size: int, modified_ns: int, sha256: bytes) -> str:
    # Paths that are not UTF-8 hold surrogates, which only ASCII JSON can carry.
    return json.dumps([path, size, modified_ns, sha256.hex()]) + "\n"
