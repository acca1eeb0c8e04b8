"""Services as processes of their own, over one PostgreSQL and one NATS."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

from grpc_health.v1 import health_pb2, health_pb2_grpc
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.checksum import crc32c
from services.domain.traces import within_trace
from services.rpc.channels import connect
from services.rpc.data_folder import DataFolder
from services.rpc.readiness import READY
from tests.lone_services import ENDS_S, alone
from tests.otlp_collector import Collector, traced_to
from tests.stored_library import jpeg

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WRITE = "storyroll.upload.v1.UploadService/WriteAsset"


def photo(data: bytes) -> list[upload_pb2.WriteAssetRequest]:
    header = upload_pb2.AssetHeader(
        sha256=hashlib.sha256(data).digest(), size=len(data), path="a.jpg", media_type="image/jpeg"
    )
    chunk = upload_pb2.Chunk(offset=0, data=data, crc32c=crc32c(data))
    return [upload_pb2.WriteAssetRequest(header=header), upload_pb2.WriteAssetRequest(chunk=chunk)]


async def test_a_photo_goes_from_process_to_process(
    environment: dict[str, str], collector: Collector
) -> None:
    environment |= traced_to(collector)
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
        with within_trace(f"00-{TRACE}-{SPAN}-01"):
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
    followed = [span for span in collector.spans() if span.trace == TRACE]
    path = {(span.service, span.name): span for span in followed}
    wrote, described = path["upload", WRITE], path["metadata", "stage metadata"]
    assert (wrote.parent, described.parent) == (SPAN, wrote.id)
    assert described.attributes["storyroll.asset"] == written.asset_id
    assert path["metadata", "step probe"].parent == described.id


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
