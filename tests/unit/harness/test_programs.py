"""Tests that need a program are skipped without it, and fail in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import programs

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("CI_WITHOUT", raising=False)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    "name",
    # Without those that `make setup` installs elsewhere than on PATH.
    sorted(
        set(programs.PROGRAMS)
        - {"the built web UI", "openapi-typescript", "openapi-python-client", "root"}
    ),
)
def test_a_missing_program_is_a_skip_that_names_the_command_to_install_it(name: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"^needs {name}: ") as skipped:
        programs.require(name)
    assert programs.PROGRAMS[name].install in str(skipped.value)


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_program_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install -y redis-server"):
        programs.require("redis-server")
    monkeypatch.setenv("CI_WITHOUT", "docker,redis-server")
    with pytest.raises(pytest.skip.Exception):
        programs.require("redis-server")


def test_a_program_that_is_here_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redis-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    programs.require("redis-server")
    # What CI leaves out is left out where it is installed, too: Docker without its images.
    monkeypatch.setenv("CI_WITHOUT", "redis-server")
    with pytest.raises(pytest.skip.Exception, match="left out: redis-server"):
        programs.require("redis-server")


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "code", "outcome"), [("", 0, "SKIPPED"), ("true", 1, "ERROR")])
def test_marked_modules_follow_the_rule(ci: str, code: int, outcome: str, tmp_path: Path) -> None:
    tests = [
        "tests/integration/ingest/test_cache.py",
        "tests/integration/deploy/test_files.py::test_compose_accepts_the_files_without_any_variable",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-ra", *tests],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path), "CI": ci, "CI_WITHOUT": "docker compose"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert f"{outcome} " in done.stdout
    assert "needs redis-server: apt-get install -y redis-server" in done.stdout
    assert "left out: docker compose" in done.stdout
