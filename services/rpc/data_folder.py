"""The folder in which one machine keeps everything, and what servers and clients there find in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import FailedPrecondition
from services.rpc.tokens import LocalIssuer

DEFAULT_ADDRESS = "127.0.0.1:8400"


def default_data_folder() -> Path:
    """Return the data folder of this user."""
    return user_data_path("storyroll")


class DataFolder:
    """One server's data: its keys, its lock, its address."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._address = path / "server.address"

    def issuer(self) -> LocalIssuer:
        """Return the issuer whose tokens this folder's server believes; its key is made on first use."""
        return LocalIssuer(load_or_create(self.path / "keys" / "issuer.key", LocalIssuer.new_seed))

    def address(self) -> str:
        """Return where this folder's server listens, or last did."""
        try:
            return self._address.read_text().strip() or DEFAULT_ADDRESS
        except FileNotFoundError:
            return DEFAULT_ADDRESS

    def remember_address(self, address: str) -> None:
        """Let clients find the server."""
        fresh = self._address.with_suffix(".new")
        fresh.write_text(address)
        fresh.replace(self._address)

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the folder; raise FailedPrecondition while another server does.

        The system frees it when the process ends, however it ends.

        Args:
            shared: Let others hold it who share it as well.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int, kind: int) -> None:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FailedPrecondition(
                f"another server uses {self.path}; stop it first, or choose another folder with --data"
            ) from None
