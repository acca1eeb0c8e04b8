"""The folder in which one machine keeps everything, and what servers and clients there find in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from services.domain.errors import FailedPrecondition
from services.rpc.issuer_keys import IssuerKeys
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
        self._pages = path / "gateway.address"

    def issuer(self) -> LocalIssuer:
        """Return the issuer whose tokens this folder's server believes; its key is made on first use."""
        return self.issuer_keys().issuer()

    def issuer_keys(self) -> IssuerKeys:
        """Return the keys of that issuer."""
        return IssuerKeys(self.path / "keys")

    def address(self) -> str:
        """Return where this folder's server listens, or last did."""
        try:
            return self._address.read_text().strip() or DEFAULT_ADDRESS
        except FileNotFoundError:
            return DEFAULT_ADDRESS

    def remember_address(self, address: str) -> None:
        """Let clients find the server; on a full disk too, if it is where it was."""
        if self._address.exists() and self._address.read_text() == address:
            return
        _replace(self._address, address)

    def pages(self) -> str:
        """Return where the pages of shared stories are, http://host:port; empty where none are served."""
        try:
            return self._pages.read_text().strip()
        except FileNotFoundError:
            return ""

    def remember_pages(self, address: str) -> None:
        """Let commands say where the pages of shared stories are; empty where none are served."""
        _replace(self._pages, address)

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


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)
