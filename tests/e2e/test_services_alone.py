"""Services as processes of their own, over one PostgreSQL and one NATS."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.checksum import crc32c
from services.rpc.channels import connect
from services.rpc.data_folder import DataFolder
from services.rpc.readiness import READY
from tests.nats_queue import queue_of_its_own
from tests.postgres_server import fresh_database
from tests.stored_library import jpeg

STARTS_S = 120.0
ENDS_S = 30.0


@pytest.fixture
async def environment(postgres, nats, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """What every process finds in its environment."""
    token = tmp_path / "nats.token"
    token.write_text(nats.token)
    async with fresh_database(postgres) as database:
        yield os.environ | {
            "STORYROLL_DATA": str(tmp_path / "data"),
            "STORYROLL_DATABASE": database,
            "STORYROLL_BUS": nats.url,
            "STORYROLL_NATS_TOKEN_FILE": str(token),
            "STORYROLL_NATS_PREFIX": queue_of_its_own().prefix,
            "STORYROLL_LISTEN": "127.0.0.1:0",
            "STORYROLL_NOTICE_SECONDS": "0.2",
        }


@asynccontextmanager
async def alone(service: str, environment: dict[str, str]) -> AsyncIterator[tuple[Process, str]]:
    """Run a service; yield its process and its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}"), env=environment, stdout=PIPE
    )
    try:
        assert process.stdout
        async with asyncio.timeout(STARTS_S):
            said = (await process.stdout.readline()).decode()
        assert "is ready at" in said, said
        yield process, said.split("ready at ")[1].split(",")[0]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_S):
            await process.wait()


def photo(data: bytes) -> list[upload_pb2.WriteAssetRequest]:
    header = upload_pb2.AssetHeader(
        sha256=hashlib.sha256(data).digest(), size=len(data), path="a.jpg", media_type="image/jpeg"
    )
    chunk = upload_pb2.Chunk(offset=0, data=data, crc32c=crc32c(data))
    return [upload_pb2.WriteAssetRequest(header=header), upload_pb2.WriteAssetRequest(chunk=chunk)]


async def test_a_photo_goes_from_process_to_process(environment: dict[str, str]) -> None:
    async with AsyncExitStack() as running:
        processes, channels = {}, {}
        issuer = DataFolder(Path(environment["STORYROLL_DATA"])).issuer()
        for service in ("consent", "upload", "metadata"):
            process, address = await running.enter_async_context(alone(service, environment))
            channel = await running.enter_async_context(connect(address, lambda: issuer.mint("ana")))
            processes[service], channels[service] = process, channel
            health = health_pb2_grpc.HealthStub(channel)
            answer = await health.Check(health_pb2.HealthCheckRequest(service=READY))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        grant = consent_pb2.GrantConsentRequest(scopes=consent_pb2.Scope.values()[1:], terms_version="1")
        await consent_pb2_grpc.ConsentServiceStub(channels["consent"]).GrantConsent(grant)
        upload = upload_pb2_grpc.UploadServiceStub(channels["upload"])
        written = await upload.WriteAsset(iter(photo(jpeg(1))))
        metadata = metadata_pb2_grpc.MetadataServiceStub(channels["metadata"])
        async with asyncio.timeout(30):
            while not (asset := await only_asset(metadata)).HasField("capture_time"):  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.1)
        assert asset.id == written.asset_id
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(ENDS_S):
                assert await process.wait() == 0


async def only_asset(metadata: metadata_pb2_grpc.MetadataServiceStub) -> object:
    (asset,) = (await metadata.ListAssets(metadata_pb2.ListAssetsRequest())).assets
    return asset


async def test_what_is_wrong_is_said_in_one_sentence(environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.scheduler"),
        env=environment | {"STORYROLL_BUS": "amqp://here"},
        stderr=PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"no place for a bus" in said
    assert b"Traceback" not in said
