"""Programs that some tests need and pip does not install.

Mark such a test with `@pytest.mark.needs("redis-server")`. Without the program it is skipped with
the command that installs it. In CI (`CI=true`), which installs all of them, it fails, except for the
programs that `CI_WITHOUT` names (separated by commas): `.ci/run` reports those as left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest

_BUILT_UI: Final = Path(__file__).resolve().parents[2] / "ui" / "dist" / "index.html"
GENERATORS: Final = Path(__file__).resolve().parents[2] / ".cache" / "generators"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is looked for, and the command that installs it."""

    present: Callable[[], bool]
    install: str


def browser_path() -> str | None:
    """The path of a Chromium on PATH, or None."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def _on_path(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _succeeds(*command: str) -> Callable[[], bool]:
    def asked() -> bool:
        if shutil.which(command[0]) is None:
            return False
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    return asked


_DOCKER: Final = "curl -fsSL https://get.docker.com | sh"
PROGRAMS: Final[Mapping[str, Program]] = {
    "chromium": Program(lambda: browser_path() is not None, "apt-get install -y chromium"),
    "the built web UI": Program(
        _BUILT_UI.is_file, "apt-get install -y nodejs npm && make setup  (Node.js 20.19 or newer)"
    ),
    "openapi-typescript": Program(
        (_BUILT_UI.parents[1] / "node_modules" / ".bin" / "openapi-typescript").is_file,
        "apt-get install -y nodejs npm && make setup  (Node.js 20.19 or newer)",
    ),
    "openapi-python-client": Program((GENERATORS / "openapi_python_client").is_dir, "make setup"),
    "redis-server": Program(_on_path("redis-server"), "apt-get install -y redis-server"),
    "curl": Program(_on_path("curl"), "apt-get install -y curl"),
    "docker compose": Program(_succeeds("docker", "compose", "version"), _DOCKER),
    "docker": Program(_succeeds("docker", "info"), _DOCKER),
    "javac": Program(_on_path("javac"), "apt-get install -y default-jdk-headless"),
    "go": Program(_on_path("go"), "apt-get install -y golang-go"),
    "kcat": Program(_on_path("kcat"), "apt-get install -y kcat"),
    "root": Program(lambda: os.getuid() == 0, "sudo make test  (to mount, and to be another user)"),
}


def missing(name: str) -> str | None:
    """None if the program is here; otherwise a sentence with the command that installs it."""
    program = PROGRAMS[name]
    return None if program.present() else f"needs {name}: {program.install}"


def require(name: str) -> None:
    """Skip the running test if the program is missing; fail it in CI, unless CI leaves it out."""
    if name in os.environ.get("CI_WITHOUT", "").split(","):
        pytest.skip(f"left out: {name}")
    reason = missing(name)
    if reason is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI has to install it)", pytrace=False)
    pytest.skip(reason)


def unable(name: str, reason: str) -> NoReturn:
    """Skip the running test because the machine does not permit something; fail it in CI, unless CI
    leaves it out."""
    left_out = name in os.environ.get("CI_WITHOUT", "").split(",")
    if os.environ.get("CI") == "true" and not left_out:
        pytest.fail(f"needs {name}: {reason}", pytrace=False)
    pytest.skip(f"needs {name}: {reason}")
