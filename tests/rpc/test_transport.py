"""Encryption and size limits of the wire itself."""

from __future__ import annotations

import asyncio
import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.gateway.serve import serving_pages
from services.gateway.settings import GatewaySettings
from services.rpc.channels import ClientCertificate, connect
from services.rpc.policy import MAX_MESSAGE
from services.rpc.readiness import READY
from services.rpc.tokens import LocalIssuer
from services.suggestion.main import assemble as suggestion
from services.suggestion.settings import SuggestionSettings
from services.upload.main import assemble
from services.upload.settings import UploadSettings
from tests.rpc.conftest import Connecting, Serving


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for loopback that vouches for itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, private


HEARD = grpc.StatusCode.FAILED_PRECONDITION
"""What an owner who has granted nothing is told, once a call comes through."""


async def ask(channel: grpc.aio.Channel, hashes_asked: int = 0) -> grpc.StatusCode:
    """Ask for hashes; return the status."""
    request = upload_pb2.CheckAssetsRequest(sha256=[bytes(32)] * hashes_asked)
    try:
        await upload_pb2_grpc.UploadServiceStub(channel).CheckAssets(request, timeout=10)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_tls_is_spoken_and_nothing_else(
    serving: Serving, issuer: LocalIssuer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    pem, key = certificate
    roots = pem.read_bytes()
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(assemble(ports, UploadSettings()), tls_certificate=pem, tls_key=key) as (_, address),
    ):
        async with connect(address, lambda: issuer.mint("ana"), root_certificates=roots) as channel:
            assert await ask(channel) is HEARD
        async with connect(address, lambda: issuer.mint("ana")) as plaintext:
            assert await ask(plaintext) is grpc.StatusCode.UNAVAILABLE


async def test_probes_without_a_certificate_have_a_port_for_health_alone(
    serving: Serving, issuer: LocalIssuer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    pem, key = certificate
    options = {"tls_certificate": pem, "tls_key": key, "tls_client_ca": pem}
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(
            assemble(ports, UploadSettings()), health_listen="127.0.0.1:0", notice_seconds=0.5, **options
        ) as (server, _),
        connect(server.health_address, lambda: issuer.mint("ana")) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", READY):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert await ask(channel) is grpc.StatusCode.UNIMPLEMENTED
        watching = health.Watch(health_pb2.HealthCheckRequest(service=READY))
        assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVING
        draining = asyncio.create_task(server.drain())
        assert (await watching.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        alive = await health.Check(health_pb2.HealthCheckRequest())
        assert alive.status == health_pb2.HealthCheckResponse.SERVING
        await draining


async def test_a_server_that_asks_for_certificates_speaks_to_their_owners_only(
    serving: Serving, issuer: LocalIssuer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    pem, key = certificate
    roots = pem.read_bytes()
    ours = ClientCertificate(roots, key.read_bytes())
    options = {"tls_certificate": pem, "tls_key": key, "tls_client_ca": pem}
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(assemble(ports, UploadSettings()), **options) as (_, address),
    ):
        known = connect(address, lambda: issuer.mint("ana"), root_certificates=roots, certificate=ours)
        async with known as channel:
            assert await ask(channel) is HEARD
        async with connect(address, lambda: issuer.mint("ana"), root_certificates=roots) as stranger:
            assert await ask(stranger) is grpc.StatusCode.UNAVAILABLE


async def test_the_share_page_shows_its_certificate_to_a_server_that_asks(
    serving: Serving, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    pem, key = certificate
    options = {"tls_certificate": pem, "tls_key": key, "tls_client_ca": pem}
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(suggestion(ports, SuggestionSettings()), **options) as (_, address),
        aiohttp.ClientSession() as browser,
    ):
        known = GatewaySettings(port=0, server=address, server_ca=pem, server_certificate=pem, server_key=key)
        stranger = GatewaySettings(port=0, server=address, server_ca=pem)
        for settings, status in ((known, 404), (stranger, 503)):
            async with serving_pages(settings) as pages, browser.get(f"{pages}/s/nothing/") as answer:
                assert answer.status == status


async def test_messages_beyond_the_limit_are_refused(
    serving: Serving, client: Connecting, tmp_path: Path
) -> None:
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(assemble(ports, UploadSettings())) as (_, address),
        client(address) as channel,
    ):
        assert await ask(channel, MAX_MESSAGE // 32) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await ask(channel, 1001) is grpc.StatusCode.INVALID_ARGUMENT
