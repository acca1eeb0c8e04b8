"""Rules fire when they should, and rules and dashboard name metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from services.adapters.clock import SystemClock
from services.adapters.lag_metrics import LagGauges
from services.adapters.memory import MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.signals import LocalSignals
from services.adapters.vision_metrics import PrometheusObserver
from services.adapters.work_metrics import WorkMetrics
from services.rpc.exposition import CallsCollector
from services.rpc.interceptors.observation import Metrics
from tests.deploy.manifests import FOLDER

MONITORING = FOLDER / "components" / "monitoring"
RULES = yaml.safe_load((MONITORING / "rules.yaml").read_text())["spec"]
HISTOGRAM = re.compile(r"_(bucket|sum|count|total)$")


def exposed() -> set[str]:
    """Return the names of all metrics that services tell."""
    registry = CollectorRegistry()
    PrometheusObserver(registry)
    registry.register(CallsCollector(Metrics()))
    WorkMetrics(registry)
    LagGauges(OutboxBus(MemoryRowStore(), SystemClock(), LocalSignals()), registry)
    return {family.name for family in registry.collect()}


def expressions() -> list[str]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return shown + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def test_what_is_asked_for_is_told() -> None:
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    for expression in expressions():
        names = set(re.findall(r"storyroll[a-z0-9_:]+", expression)) - recorded
        assert {HISTOGRAM.sub("", name) for name in names} <= exposed(), expression


def test_what_is_told_is_asked_for() -> None:
    asked = " ".join(expressions())
    assert [name for name in sorted(exposed()) if name not in asked] == []


def test_every_alert_has_a_page_to_read() -> None:
    headings = re.findall(
        r"^#+ (.*)$", (FOLDER.parents[1] / "docs" / "operations.md").read_text(), re.MULTILINE
    )
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    alerts = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
    assert {rule["annotations"]["runbook"].partition("#")[2] for rule in alerts} <= anchors


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prometheus's own judge of rules: installed, or unpacked from Debian's package."""
    if found := shutil.which("promtool"):
        return found
    folder = tmp_path_factory.mktemp("prometheus")
    unpack = "apt-get download -q prometheus && dpkg -x prometheus_*.deb ."
    if subprocess.run(["sh", "-c", unpack], cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("promtool is not installed, and Debian's package of it cannot be had")
    return str(folder / "usr" / "bin" / "promtool")


def test_alerts_fire_when_they_should(promtool: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    shutil.copy(Path(__file__).with_name("alerts.test.yaml"), tmp_path / "alerts.test.yaml")
    for command in (["check", "rules", "rules.yaml"], ["test", "rules", "alerts.test.yaml"]):
        judged = subprocess.run(
            [promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert judged.returncode == 0, judged.stdout + judged.stderr
