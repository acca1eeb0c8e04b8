"""What the manifests name is there: images, modules, ports, settings, secrets."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.write_settings import every_variable
from services.rpc.readiness import READY
from tests.deploy.dockerfile import stages
from tests.deploy.manifests import FOLDER, containers, documents, ours, variables

ROOT = FOLDER.parents[1]
CONNECTIONS = FOLDER / "overlays" / "dev" / "connections.env"
SETTINGS = FOLDER / "base" / "settings.env"
SERVICES = ("upload", "metadata", "inference", "scheduler", "suggestion", "consent", "gateway")


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = [
        document
        for path, document in documents(FOLDER / "base")
        if (document.get("kind"), document.get("metadata", {}).get("name"), path.stem) == (kind, name, name)
    ]
    return found


def test_images_are_stages_of_the_dockerfile() -> None:
    images = {container["image"] for container in ours()}
    assert images
    assert images <= set(stages())


def test_the_version_is_that_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for overlay in ("dev", "prod"):
        kustomization = yaml.safe_load((FOLDER / "overlays" / overlay / "kustomization.yaml").read_text())
        assert {image["newTag"] for image in kustomization["images"]} == {version}
    (job,) = [document for _, document in documents(FOLDER / "base") if document["kind"] == "Job"]
    assert job["metadata"]["name"] == "migrate-" + version.replace(".", "-")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_a_module_that_exists(service: str) -> None:
    (container,) = containers(named("Deployment", service))
    (module,) = container["args"]
    assert importlib.util.find_spec(f"{module}.__main__" if module.count(".") == 1 else module)
    for kind in ("ServiceAccount", "PodDisruptionBudget"):
        assert named(kind, service)


def test_every_service_of_the_project_is_deployed() -> None:
    mains = {path.parent.name for path in (ROOT / "services").glob("*/main.py")} - {"cli"}
    assert mains == set(SERVICES)


def test_what_is_set_are_settings() -> None:
    known = every_variable()
    for path in (SETTINGS, CONNECTIONS):
        assert set(variables(path)) <= known
    for container in ours():
        assert {variable["name"] for variable in container.get("env", ())} <= known
    for component in ("mtls", "tracing"):
        kustomization = yaml.safe_load((FOLDER / "components" / component / "kustomization.yaml").read_text())
        (generated,) = kustomization["configMapGenerator"]
        assert {literal.split("=")[0] for literal in generated["literals"]} <= known


def test_ports_are_those_that_are_listened_on() -> None:
    settings = variables(SETTINGS)
    listened = {
        "grpc": settings["STORYROLL_LISTEN"].rpartition(":")[2],
        "health": settings["STORYROLL_HEALTH_LISTEN"].rpartition(":")[2],
        "metrics": settings["STORYROLL_METRICS_PORT"],
        "http": next(
            v["value"]
            for v in containers(named("Deployment", "gateway"))[0]["env"]
            if v["name"] == "STORYROLL_GATEWAY_PORT"
        ),
    }
    named_ports = {
        port["name"]: str(port["containerPort"])
        for path, document in documents(FOLDER / "base")
        for container in containers(document)
        for port in container.get("ports", ())
    }
    assert named_ports == listened
    assert set(listened.values()) == set(stages()["storyroll"].all("EXPOSE")[0].split())


def test_probes_ask_for_what_is_answered() -> None:
    text = (FOLDER / "base" / "keeper-deployment.yaml").read_text()
    (container,) = containers(yaml.safe_load(text))
    assert container["readinessProbe"]["grpc"]["service"] == READY
    assert "service" not in container["livenessProbe"]["grpc"]


def test_pods_outlive_the_drain_of_their_service() -> None:
    every = yaml.safe_load((FOLDER / "base" / "every-deployment.yaml").read_text())
    settings = variables(SETTINGS)
    patience = sum(float(settings[name]) for name in ("STORYROLL_NOTICE_SECONDS", "STORYROLL_DRAIN_SECONDS"))
    assert every["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > patience


def test_secrets_are_those_that_the_trial_makes() -> None:
    kustomization = yaml.safe_load((FOLDER / "overlays" / "dev" / "kustomization.yaml").read_text())
    made = {generator["name"]: generator for generator in kustomization["secretGenerator"]}
    assert set(secrets_named()) <= set(made)
    files = dict(literal.split("=", 1) for literal in made["storyroll-keys"]["literals"])
    assert {f"keys/{name}" for name in files} <= set(mentioned(ROOT / "docs" / "settings.md"))
    assert {len(key) for key in files.values()} == {32}


def secrets_named() -> set[str]:
    """Return the secrets that pods take something from."""
    found: set[str] = set()
    for path, document in documents():
        if "gpu" in path.parts or document.get("kind") not in ("Deployment", "StatefulSet", "Job"):
            continue
        pod = document["spec"].get("template", {}).get("spec", {})
        found |= {volume["secret"]["secretName"] for volume in pod.get("volumes", ()) if "secret" in volume}
        for container in containers(document):
            found |= {s["secretRef"]["name"] for s in container.get("envFrom", ()) if "secretRef" in s}
            references = [v.get("valueFrom", {}).get("secretKeyRef") for v in container.get("env", ())]
            found |= {reference["name"] for reference in references if reference}
    return found


def mentioned(page: Path) -> list[str]:
    """Return what a page shows as code."""
    return page.read_text().split("`")[1::2]


def test_routes_lead_every_grpc_service_to_the_deployment_that_has_it() -> None:
    routed = {
        match["method"]["service"]: rule["backendRefs"][0]["name"]
        for _, document in documents(FOLDER / "components" / "routes")
        if document["kind"] == "GRPCRoute"
        for rule in document["spec"]["rules"]
        for match in rule["matches"]
    }
    declared = {
        f"storyroll.{path.parts[-3]}.v1.{line.split()[1]}": path.parts[-3]
        for path in (ROOT / "protos" / "storyroll").glob("*/v1/*.proto")
        for line in path.read_text().splitlines()
        if line.startswith("service ")
    }
    assert routed == declared
