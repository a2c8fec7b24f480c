"""The overlay as kustomize makes it, held to the schemas of Kubernetes and of KEDA."""

from __future__ import annotations

import subprocess
from typing import Any

import jsonschema_rs
import kubernetes_validate
import pytest
import yaml

from tests.integration.deploy.kubernetes import FOLDER, manifests, of_kind, pods
from tests.real.build import keda, kustomize

OVERLAYS = ("base", "example")


@pytest.fixture(scope="module")
def crds() -> dict[str, dict[str, Any]]:
    """The schema of each kind of KEDA's, with no field beside those it names."""
    found = {}
    for path in (keda() / "config" / "crd" / "bases").glob("keda.sh_*.yaml"):
        crd = yaml.safe_load(path.read_text())
        version = next(v for v in crd["spec"]["versions"] if v["name"] == "v1alpha1")
        schema = version["schema"]["openAPIV3Schema"]
        # Every object has these; a CRD does not say so.
        schema["properties"]["metadata"] = {"type": "object"}
        found[crd["spec"]["names"]["kind"]] = closed(schema)
    return found


def closed(schema: Any) -> Any:
    """`schema` where an object has none but the fields that are named, as the API server takes it."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(part) for name, part in schema.items()}
    if isinstance(made.get("properties"), dict) and not made.get(
        "x-kubernetes-preserve-unknown-fields"
    ):
        made.setdefault("additionalProperties", False)
    return made


def built(overlay: str) -> list[dict[str, Any]]:
    made = subprocess.run(
        [kustomize(), "build", FOLDER / overlay], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return manifests(made.stdout)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_kustomize_makes_is_taken(overlay: str, crds: dict[str, dict[str, Any]]) -> None:
    found = built(overlay)
    assert {"ScaledObject", "Deployment", "Job", "NetworkPolicy"} <= {m["kind"] for m in found}
    for manifest in found:
        if manifest["apiVersion"].startswith("keda.sh/"):
            jsonschema_rs.validate(crds[manifest["kind"]], manifest)
        else:
            kubernetes_validate.validate(
                manifest, kubernetes_validate.latest_version(), strict=True
            )
    scaled = of_kind(found, "ScaledObject")["worker"]
    scaled["spec"]["maxReplicas"] = 3
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(crds["ScaledObject"], scaled)


def test_the_overlay_says_where_and_what() -> None:
    found = built("example")
    namespaced = [m for m in found if m["kind"] != "Namespace"]
    assert {m["metadata"].get("namespace") for m in namespaced} == {"csv-processor"}
    for pod in pods(found).values():
        assert pod["containers"][0]["image"].startswith("registry.example.com/csv-processor:")
    scaled = of_kind(found, "ScaledObject")["worker"]
    for trigger in scaled["spec"]["triggers"]:
        assert trigger["metadata"]["bootstrapServers"] == "kafka-bootstrap.kafka.svc:9093"
        assert trigger["authenticationRef"]["name"] in of_kind(found, "TriggerAuthentication")


def test_keda_knows_the_scaler_by_these_words(crds: dict[str, dict[str, Any]]) -> None:
    del crds
    source = (keda() / "pkg" / "scalers" / "kafka_scaler.go").read_text()
    for trigger in of_kind(built("example"), "ScaledObject")["worker"]["spec"]["triggers"]:
        assert trigger["type"] == "kafka"
        for name in trigger["metadata"]:
            assert f'keda:"name={name},' in source


def test_the_folders_are_all_tried() -> None:
    assert {p.parent.name for p in FOLDER.rglob("kustomization.yaml")} == {*OVERLAYS}
