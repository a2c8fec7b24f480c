"""What `make` installs and offers."""

from __future__ import annotations

import re
import subprocess
import tomllib

from tests.harness.command import ROOT


def test_the_lock_has_every_dependency_with_its_hash_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^([a-z0-9-]+)==.*\\\n    --hash=sha256:", lock, re.MULTILINE)
    names = {re.split(r"[\[<>=!~; ]", name.lower().replace("_", "-"))[0] for name in wanted}
    assert names <= set(entries)
    assert len(entries) == len(re.findall(r"^\S", lock, re.MULTILINE))
    assert "://" not in lock


def test_help_lists_every_target_of_the_contract() -> None:
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert set(listed) >= {
        *("setup", "demo", "up", "down", "test", "check", "bench", "help", "clean")
    }
