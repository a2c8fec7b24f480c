"""Retention on the command line: the dry run, a round, and what is said of a file afterwards."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness.command import Command
from tests.harness.retention_api import with_rules
from tests.harness.waiting import wait_until


def test_without_rules_it_says_how_to_have_some(stack: Stack) -> None:
    done = Command(stack.endpoints["CSV_PROCESSOR_API"])("retention")
    assert (done.code, done.stdout) == (0, b"")
    assert "no rules: start the API with RETENTION" in done.stderr


@pytest.mark.slow
def test_the_dry_run_names_what_a_round_then_removes(stack: Stack, tmp_path: Path) -> None:
    run = Command(stack.endpoints["CSV_PROCESSOR_API"])
    name = f"{uuid.uuid4().hex[:8]}.csv"
    text = "sensor_id,timestamp,value\n" + "a,2026-03-01,1\n" * 3 + "a,2026-03-01,oops\n"
    (tmp_path / name).write_text(text)
    file_id = run("upload", tmp_path / name, "--wait", "--json").answer["file_id"]
    rules = f"raw 1s name={name}; readings 1s name={name}; results never"
    with with_rules(stack, tmp_path, rules) as api:
        ruled = Command(f"http://127.0.0.1:{api.port}")

        def counts() -> list[int]:
            return [rule["files"] for rule in ruled("retention", "--json").answer["rules"]]

        wait_until(lambda: counts() == [1, 1, 0], "the file is old enough")
        raw, named, readings, _, kept = ruled("retention").out.splitlines()
        assert raw == f"raw 1s name={name}: 1 file, {len(text)} B"
        assert readings == f"readings 1s name={name}: 1 file, 3 rows"
        assert named.split()[2:] == [file_id, name]
        assert kept == "results never: is kept"
        done = ruled("retention", "--apply")
        assert done.out.splitlines()[0] == raw
        assert "a round has begun" in done.stderr
        wait_until(lambda: counts() == [0, 0, 0], "the round is done")
        assert ruled("retention").out.splitlines()[0] == f"raw 1s name={name}: nothing"
    shown = run("show", file_id).out
    facts = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
    assert "by retention" in facts["raw"]
    assert "by retention" in facts["readings"]
    # Nothing that needs the bytes is proposed.
    assert "csv-processor replay" not in shown
    for command in (("replay", file_id), ("export", file_id)):
        failed = run(*command)
        assert (failed.code, failed.stdout) == (1, b"")
        assert "were removed on" in failed.stderr
        assert "delete it and upload it again" in failed.stderr


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["raw soon", "raw 1d colour=red"])
def test_a_stack_with_a_wrong_rule_does_not_start(rules: str, tmp_path: Path) -> None:
    run = Command("http://127.0.0.1:1")
    done = run("up", "--data-dir", tmp_path, env={"RETENTION": rules})
    assert done.code != 0
    assert rules in done.stderr
