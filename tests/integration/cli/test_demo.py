"""The demo as CI runs it: from nothing to all samples, and then it ends by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands.demo_samples import samples
from embedded.discovery import runner_of
from tests.harness.command import Command


@pytest.mark.slow
def test_the_demo_ends_with_every_sample_as_expected(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "API_PORT": "0", "CI": "true"}
    done = Command("http://127.0.0.1:9")("demo", env=env)
    assert done.code == 0, done.stderr
    assert f"All {len(samples())} samples gave the expected result." in done.out
    for sample in samples():
        assert sample.name in done.out
    assert "greenhouse-2/air" in done.out
    assert "row 17, line 19" in done.out
    assert "SELECT sensor_id" in done.out
    assert "\x1b" not in done.out + done.stderr
    lines = done.out.replace(str(tmp_path), ".data").splitlines()
    # An address is never wrapped: it is copied as a whole.
    assert max(len(line) for line in lines if "://" not in line) <= 80
    assert runner_of(tmp_path) is None
