"""What `make` installs and offers."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from runtime.version import VERSION
from tests.harness.command import ROOT, Command

EXTRAS = {
    "requirements.lock": ("embedded",),
    "requirements-dev.lock": ("embedded", "redis", "dev"),
    "deploy/requirements.lock": ("redis",),
}


def entries(lock: str) -> dict[str, set[str]]:
    """The versions that a lock file has of each package: several if they depend on the Python."""
    found: dict[str, set[str]] = {}
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+).*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\S", text, re.MULTILINE))
    for name, version in pinned:
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", EXTRAS)
def test_a_lock_has_every_dependency_with_its_hash_and_no_address(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    for extra in EXTRAS[lock]:
        wanted += project["project"]["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=!~; ]", name.lower().replace("_", "-"))[0] for name in wanted}
    assert names <= set(entries(lock))


def test_the_lock_of_the_demo_has_no_development_tools_and_the_same_versions() -> None:
    everything, demo = entries("requirements-dev.lock"), entries("requirements.lock")
    assert {"pytest", "mypy", "playwright", "kubernetes-validate", "hypothesis"} <= set(everything)
    assert not {"pytest", "mypy", "playwright", "kubernetes-validate", "hypothesis"} & set(demo)
    assert demo.items() <= everything.items()


def test_the_version_is_declared_once() -> None:
    done = Command("http://127.0.0.1:9")("--version")
    assert (done.code, done.out.strip()) == (0, f"csv-processor {VERSION}")
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text()
    assert '"version"' in (ROOT / "pyproject.toml").read_text().split("dynamic = ")[1]


def test_help_lists_every_target_of_the_contract() -> None:
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert set(listed) >= {
        *("setup", "demo", "up", "down", "test", "check", "bench", "help", "clean")
    }
