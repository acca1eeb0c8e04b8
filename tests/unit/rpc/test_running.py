"""A server that cannot say where it is ends, and says why."""

from __future__ import annotations

import socket

import pytest

from services.rpc.running import serve
from services.rpc.service import Service
from services.rpc.settings import ServerSettings
from services.rpc.tokens import LocalIssuer


async def test_a_server_whose_address_cannot_be_told_does_not_stay() -> None:
    told: list[str] = []

    def announce(address: str) -> None:
        told.append(address)
        raise OSError("the disk is full")

    verifier = LocalIssuer(LocalIssuer.new_seed()).verifier()
    with pytest.raises(OSError, match="the disk is full"):
        await serve(Service(), verifier, ServerSettings(listen="127.0.0.1:0"), announce=announce)
    host, _, port = told[0].rpartition(":")
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0
