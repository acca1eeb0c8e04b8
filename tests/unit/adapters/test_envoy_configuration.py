"""What Envoy is told: the real program accepts it, and calls that must not be repeated come first."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.adapters.envoy.configuration import Route, Tls, configuration
from services.adapters.envoy.install import ENVOY
from services.adapters.envoy.server import EnvoyServer
from services.domain.errors import FailedPrecondition

ROUTES = (
    Route("desk", ("/grpc.health.v1.Health/",), "127.0.0.1:7001"),
    Route("upload", ("/upload.",), "127.0.0.1:7002", ("/upload.Writes/Write",), "ready"),
)


def ways(made: dict[str, Any]) -> list[dict[str, Any]]:
    (chain,) = made["static_resources"]["listeners"][0]["filter_chains"]
    return chain["filters"][0]["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]


def test_streams_are_tried_again_only_where_they_did_not_arrive() -> None:
    found = {
        str(way["match"]): way["route"]["retry_policy"]["retry_on"]
        for way in ways(configuration("h:1", ROUTES))
    }
    assert list(found) == [
        "{'prefix': '/grpc.health.v1.Health/'}",
        "{'path': '/upload.Writes/Write'}",
        "{'prefix': '/upload.'}",
    ]
    assert "unavailable" not in found["{'path': '/upload.Writes/Write'}"]
    assert "unavailable" in found["{'prefix': '/upload.'}"]


@pytest.mark.parametrize("listen", ["127.0.0.1:7000", "[::1]:7000", "0.0.0.0:7000", "localhost:7000"])
def test_envoy_accepts_it(tmp_path: Path, listen: str) -> None:
    try:
        program = ENVOY.install()
    except FailedPrecondition as error:
        pytest.skip(f"no Envoy: {error}")
    file = tmp_path / "envoy.json"
    file.write_text(json.dumps(configuration(listen, ROUTES)))
    command = [str(program), "--mode", "validate", "--disable-hot-restart", "-c", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_certificates_of_clients_are_demanded_where_an_authority_is_named(tmp_path: Path) -> None:
    made = configuration("h:1", ROUTES, Tls(tmp_path / "c", tmp_path / "k", tmp_path / "ca"))
    (chain,) = made["static_resources"]["listeners"][0]["filter_chains"]
    assert chain["transport_socket"]["typed_config"]["require_client_certificate"] is True
    plain = configuration("h:1", ROUTES, Tls(tmp_path / "c", tmp_path / "k"))
    (chain,) = plain["static_resources"]["listeners"][0]["filter_chains"]
    assert "require_client_certificate" not in chain["transport_socket"]["typed_config"]


def test_an_address_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(FailedPrecondition, match=listen):
            EnvoyServer(tmp_path / "envoy", tmp_path, listen, ROUTES)
