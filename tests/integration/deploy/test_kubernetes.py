"""The manifests for Kubernetes, held to its schemas and to what the product is.

What needs Go (kustomize, the schemas of KEDA) is in `tests/real/test_kubernetes.py`.
"""

from __future__ import annotations

import re
from typing import Any

import kubernetes_validate
import pytest

from schemas import topics
from schemas.topics import WORKER_GROUP
from tests.integration.deploy import env_example
from tests.integration.deploy.kubernetes import FOLDER, Manifest, base, manifests, of_kind, pods

# The oldest version that has what the manifests use and the newest there is a schema of.
VERSIONS = ("1.28", kubernetes_validate.latest_version())
BASE = base()
KEDA = "keda.sh/v1alpha1"


def every_file() -> list[tuple[str, Manifest]]:
    # Patches are lists or parts of objects; the overlay as a whole is checked elsewhere.
    return [
        (str(path.relative_to(FOLDER)), manifest)
        for path in sorted(FOLDER.rglob("*.yaml"))
        for manifest in manifests(path.read_text())
        if isinstance(manifest, dict) and manifest.get("kind") != "Kustomization"
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object(version: str) -> None:
    checked = 0
    for name, manifest in every_file():
        if manifest["apiVersion"] != KEDA:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as exc:
                pytest.fail(f"{name}, Kubernetes {version}: {exc.message} at {list(exc.path)}")
            checked += 1
    assert checked >= 10


def test_a_misspelt_field_would_be_found() -> None:
    deployment = of_kind(BASE, "Deployment")["api"]
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("name", pods(BASE))
def test_pods_are_locked_up_and_bounded(name: str) -> None:
    pod = pods(BASE)[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    # With them the variables of a Service `api` would be taken for settings: API_PORT=tcp://…
    assert pod["enableServiceLinks"] is False
    assert pod["serviceAccountName"] in of_kind(BASE, "ServiceAccount")
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["args"] == [name]
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    # What the image writes at its start.
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]
    assert pod["volumes"][0]["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize("name", ["api", "worker"])
def test_what_goes_on_is_probed_and_has_time_to_end(name: str) -> None:
    (container,) = pods(BASE)[name]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    settings = of_kind(BASE, "ConfigMap")["csv-processor"]["data"]
    expected = settings["API_PORT" if name == "api" else "WORKER_METRICS_PORT"]
    for probe, path in (("startup", "live"), ("liveness", "live"), ("readiness", "ready")):
        asked = container[f"{probe}Probe"]["httpGet"]
        assert asked["path"] == f"/health/{path}"
        assert str(ports[asked["port"]]) == expected
    assert pods(BASE)[name]["terminationGracePeriodSeconds"] >= 30


def test_every_variable_is_a_setting_and_every_needed_one_is_given() -> None:
    known = env_example.settings()
    settings = of_kind(BASE, "ConfigMap")["csv-processor"]["data"]
    assert settings.keys() <= known.keys()
    overlay = manifests((FOLDER / "example" / "settings.yaml").read_text())[0]["data"]
    assert overlay.keys() <= known.keys()
    needed = {name for name, field in known.items() if field.is_required()}
    needed |= {"S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
    for pod in pods(BASE).values():
        (container,) = pod["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "csv-processor"}}]
        own = {variable["name"] for variable in container["env"]}
        assert own <= known.keys()
        assert needed <= own | settings.keys()


def test_secrets_are_referred_to_and_nowhere_written() -> None:
    secret = re.compile(
        r"ACCESS_KEY|SECRET_KEY|PASSWORD|USERNAME|_URL_|REDIS_URL|CLICKHOUSE_URL|SQL_URL"
    )
    found = [manifest for _, manifest in every_file()]
    assert not of_kind(found, "Secret")
    for config in (m for m in found if m["kind"] == "ConfigMap"):
        assert not [name for name in config["data"] if secret.search(name)]
    documented = (FOLDER / "base" / "settings.yaml").read_text()
    for pod in pods(BASE).values():
        for variable in pod["containers"][0]["env"]:
            if secret.search(variable["name"]):
                reference = variable["valueFrom"]["secretKeyRef"]
                assert reference["name"] == "csv-processor"
                assert reference["key"] in documented
    # Each process uses the database as the user with the least it needs.
    used = {
        name: next(
            v["valueFrom"]["secretKeyRef"]["key"]
            for v in pod["containers"][0]["env"]
            if v["name"] == "CLICKHOUSE_URL"
        )
        for name, pod in pods(BASE).items()
    }
    assert used == {
        "api": "CLICKHOUSE_URL_API",
        "worker": "CLICKHOUSE_URL_WORKER",
        "migrate": "CLICKHOUSE_URL_OWNER",
    }


def test_the_api_runs_queries_as_the_user_that_migrate_creates() -> None:
    key = "CLICKHOUSE_READER_PASSWORD"
    reference = {"secretKeyRef": {"name": "csv-processor", "key": key, "optional": True}}
    known = {name: pod["containers"][0]["env"] for name, pod in pods(BASE).items()}
    for name in ("api", "migrate"):
        assert {"name": key, "valueFrom": reference} in known[name]
    # A worker runs no query of a user.
    assert key not in [variable["name"] for variable in known["worker"]]


def test_what_selects_pods_finds_them() -> None:
    labels = {
        name: manifest["spec"]["template"]["metadata"]["labels"]
        for kind in ("Deployment", "Job")
        for name, manifest in of_kind(BASE, kind).items()
    }
    name_of = "app.kubernetes.io/name"
    for name, deployment in of_kind(BASE, "Deployment").items():
        assert deployment["spec"]["selector"]["matchLabels"] == labels[name]
    for name, budget in of_kind(BASE, "PodDisruptionBudget").items():
        assert budget["spec"]["selector"]["matchLabels"] == labels[name]
    assert of_kind(BASE, "PodDisruptionBudget").keys() == of_kind(BASE, "Deployment").keys()
    service = of_kind(BASE, "Service")["api"]
    assert service["spec"]["selector"] == labels["api"]
    ports = {p["name"] for p in pods(BASE)["api"]["containers"][0]["ports"]}
    assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports
    part_of = {"app.kubernetes.io/part-of": "csv-processor"}
    policies = of_kind(BASE, "NetworkPolicy")
    for name in ("closed", "services"):
        assert policies[name]["spec"]["podSelector"]["matchLabels"] == part_of
    assert policies["closed"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["closed"]["spec"]
    for name in ("api", "worker"):
        assert policies[name]["spec"]["podSelector"]["matchLabels"] == {name_of: name}


def test_workers_are_scaled_by_what_they_read() -> None:
    scaled = of_kind(BASE, "ScaledObject")["worker"]["spec"]
    assert scaled["scaleTargetRef"]["name"] in of_kind(BASE, "Deployment")
    # Two that say how many there are would take turns.
    assert "replicas" not in of_kind(BASE, "Deployment")["worker"]["spec"]
    triggers: list[dict[str, Any]] = scaled["triggers"]
    assert {t["metadata"]["topic"] for t in triggers} == {
        topics.BATCHES.name,
        topics.UPLOADED.name,
    }
    settings = of_kind(BASE, "ConfigMap")["csv-processor"]["data"]
    for trigger in triggers:
        assert trigger["metadata"]["consumerGroup"] == WORKER_GROUP
        assert trigger["metadata"]["bootstrapServers"] == settings["KAFKA_BOOTSTRAP_SERVERS"]
    # More would have nothing to do.
    assert scaled["maxReplicaCount"] == int(settings["KAFKA_WORK_PARTITIONS"])
    assert 1 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"]
