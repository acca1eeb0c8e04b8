"""`storyroll up --stack`: real stores, and each service as a process of its own behind one address."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from inference_core.serving.install import find_triton
from services.rpc.channels import connect
from services.rpc.readiness import READY
from tests.e2e.owner import EVERYTHING
from tests.e2e.storyroll import Storyroll
from tests.otlp_collector import Collector, Span, traced_to
from tests.stack_processes import main_process, processes
from tests.stored_library import jpeg

pytestmark = [pytest.mark.models, pytest.mark.slow]

SERVICES = ("consent", "upload", "metadata", "inference", "suggestion", "scheduler")
WAY = {
    ("upload", "WriteAsset"),
    ("metadata", "stage metadata"),
    ("inference", "stage inference"),
    ("scheduler", "stage scheduler"),
}
"""Of a photo, through the processes."""
PROGRAMS = ("postgres", "weed", "nats-server", "envoy")


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, models: None, collector: Collector
) -> Iterator[Storyroll]:
    """A running stack: its models are in the inference service, its log is JSON, and it is followed."""
    command = Storyroll(tmp_path_factory.mktemp("stack"))
    command.environment |= traced_to(collector)
    command.start("--stack", "--vision", "local", "--schedulers", "2", "--log-format", "json")
    yield command
    command.stop()


def write_photo(folder: Path, seed: int) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{seed}.jpg").write_bytes(jpeg(seed))
    return folder


async def test_a_photo_goes_through_one_address(
    stack: Storyroll, tmp_path: Path, collector: Collector
) -> None:
    running = " ".join(processes(stack.data.parent).values())
    assert [name for name in SERVICES if f"-m services.{name} " not in running] == []
    assert [name for name in PROGRAMS if name not in running] == []
    async with stack.owner("ana") as ana:
        await ana.grant(*EVERYTHING)
        outcome = await ana.sync(write_photo(tmp_path / "photos", 1))
        assert outcome.uploaded == 1
        (asset,) = (await ana.assets()).values()
        assert asset["state"] == "analysed"

    def through_all(spans: list[Span]) -> bool:
        (stored,) = {
            span.trace for span in spans if span.attributes.get("storyroll.asset") == asset["id"]
        } or {""}
        went = {(span.service, span.name.rpartition("/")[2]) for span in spans if span.trace == stored}
        return went >= WAY

    await asyncio.to_thread(collector.wait, through_all)


async def test_health_and_reflection_tell_of_all_services(stack: Storyroll) -> None:
    async with connect(stack.address, lambda: "") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=READY))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        async for told in stub.ServerReflectionInfo(iter([asked])):
            names = {service.name for service in told.list_services_response.service}
        assert {"storyroll.upload.v1.UploadService", "storyroll.consent.v1.ConsentService"} <= names


@pytest.mark.parametrize("victim", ["-m services.metadata", "-m services.upload", "nats-server", "envoy"])
async def test_what_is_killed_is_back_and_nobody_is_told(
    stack: Storyroll, tmp_path: Path, victim: str
) -> None:
    async with stack.owner(victim.rpartition(".")[2]) as bo:
        await bo.grant(*EVERYTHING)
        folder = write_photo(tmp_path / "photos", 2)
        await bo.sync(folder)
        killed = process_of(stack, victim)
        os.kill(killed, signal.SIGKILL)
        assert len(await bo.assets()) == 1
        outcome = await bo.sync(write_photo(folder, 3))
        assert outcome.uploaded == 1
        assert {asset["state"] for asset in (await bo.assets()).values()} == {"analysed"}
        assert process_of(stack, victim) != killed


def process_of(stack: Storyroll, word: str) -> int:
    """The process whose program or module has the word; it is waited for, as it may be between two."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := main_process(stack.data.parent, word):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{word} is not back: {stack.log.read_text()[-3000:]}")


def test_one_log_names_who_says_what(stack: Storyroll) -> None:
    lines = stack.log.read_text().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    ready = {line["service"] for line in said if line["message"].startswith("storyroll is ready at")}
    assert ready == {*SERVICES, "scheduler-2"}
    assert [line for line in lines if "Traceback" in line] == []
    assert [line for line in lines if not line.startswith(("{", "storyroll is ready", "pages of"))] == []


def test_a_stack_whose_address_is_taken_says_so(stack: Storyroll, tmp_path: Path) -> None:
    other = Storyroll(tmp_path)
    said = other.run("up", "--stack", "--vision", "local", "--listen", stack.address, status=1)
    assert f"cannot listen on {stack.address}" in said
    assert "Traceback" not in said


def test_control_c_leaves_no_process(stack: Storyroll) -> None:
    os.kill(stack.pid, signal.SIGINT)
    assert stack._server is not None
    assert stack._server.wait(90) == 0
    assert processes(stack.data.parent) == {}


@pytest.mark.skipif(find_triton() is None, reason="Triton is not installed")
async def test_models_run_on_triton_unless_told_otherwise(storyroll: Storyroll, tmp_path: Path) -> None:
    storyroll.start("--stack")
    async with storyroll.owner("ana") as ana:
        await ana.grant(*EVERYTHING)
        await ana.sync(write_photo(tmp_path / "photos", 1))
        assert {asset["state"] for asset in (await ana.assets()).values()} == {"analysed"}
    assert "tritonserver" in " ".join(processes(storyroll.data.parent).values())
    assert storyroll.stop() == 0
    assert processes(storyroll.data.parent) == {}
