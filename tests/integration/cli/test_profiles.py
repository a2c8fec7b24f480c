"""`csv-processor profiles` on a real stack: a partner's profile is saved, previewed and replayed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness.command import ROOT, Command


@pytest.fixture
def run(stack: Stack) -> Command:
    """The command line with the shared stack's API."""
    return Command(stack.endpoints["CSV_PROCESSOR_API"])


@pytest.fixture
def name() -> str:
    return f"cli-{uuid.uuid4().hex[:12]}"


@pytest.mark.slow
def test_a_profile_is_saved_shown_listed_and_deleted(run: Command, name: str) -> None:
    saved = run(
        *("profiles", "save", name, "--title", "Klima", "--match", f"filename={name}-*.csv"),
        *("--match", "header=Zeit", "--timezone", "Europe/Berlin"),
    )
    assert (saved.code, saved.out) == (0, f"{name} is version 1\n"), saved.stderr
    shown = run("profiles", "show", name)
    assert f"{name}  version 1, own\nKlima\n" in shown.out
    assert "timezone  Europe/Berlin" in shown.out
    document = run("profiles", "show", name, "--json").answer
    assert document["match"]["header"] == ["Zeit"]
    stale = run("profiles", "save", name, "--timezone", "UTC", "--if-version", "7")
    assert stale.code == 1
    assert "version 1 by now" in stale.stderr
    again = run("profiles", "save", name, "--from", "-", stdin=json.dumps(document).encode())
    assert again.out == f"{name} is version 1\n"
    listed = run("profiles", "list", "--q", name, "--own")
    assert [line.split()[:3] for line in listed.out.splitlines()[1:]] == [[name, "1", "own"]]
    assert run("profiles", "delete", name).code == 2
    assert run("profiles", "delete", name, "--yes").out == f"deleted {name}\n"
    assert run("profiles", "show", name).code == 1
    versions = run("profiles", "versions", name, "--json").answer["items"]
    assert [one["deleted"] for one in versions] == [True, False]


def at_terminal(run: Command, answer: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command that is run at a terminal, where `answer` is typed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"CSV_PROCESSOR_API": run.api},
        cwd=ROOT,
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        out = process.communicate(timeout=60)[0].decode()
    os.close(ours)
    os.close(theirs)
    return process.returncode, out


@pytest.mark.slow
def test_at_a_terminal_the_effect_on_earlier_files_is_shown_before_a_change_is_saved(
    run: Command, name: str, tmp_path: Path
) -> None:
    save = ("profiles", "save", name, "--match", f"filename={name}-*.csv")
    code, out = at_terminal(run, "", *save, "--missing", "41")
    assert (code, out.splitlines()[0]) == (0, f"{name} is version 1"), "nothing is read by it yet"
    file = tmp_path / f"{name}-1.csv"
    file.write_text(f"sensor_id,timestamp,value\n{name},2026-03-01,41\n{name},2026-03-02,42\n")
    assert run("upload", file, "--wait").code == 0
    code, out = at_terminal(run, "no", *save, "--missing", "42x")
    assert code == 1
    assert "1 of 1 file would be read differently: 1 valid and 0 invalid rows become 2" in out
    assert run("profiles", "show", name, "--json").answer["version"] == 1
    code, out = at_terminal(run, "yes", *save, "--missing", "42x")
    assert code == 0
    assert f"{name} is version 2" in out
    code, out = at_terminal(run, "", *save, "--missing", "43x", "-y")
    assert code == 0
    assert "would be read" not in out


@pytest.mark.slow
def test_a_built_in_profile_is_copied_and_not_changed(run: Command, name: str) -> None:
    assert run("profiles", "copy", "campbell-toa5", name).out == f"{name} is version 1\n"
    assert run("profiles", "copy", "campbell-toa5", name).code == 1, "it is there already"
    copy, maker = (run("profiles", "show", n, "--json").answer for n in (name, "campbell-toa5"))
    assert (copy["options"], copy["match"]) == (maker["options"], maker["match"])
    assert (maker["built_in"], copy["built_in"]) == (True, False)
    changed = run("profiles", "save", "campbell-toa5", "--timezone", "UTC")
    assert changed.code == 1
    assert "Save a copy" in changed.stderr
    assert run("profiles", "delete", name, "--yes").code == 0


@pytest.mark.parametrize(
    "flags",
    [("--match", "name=x"), ("--match", "x"), ("--timezone", "Mars"), ("--from", "missing.json")],
)
def test_what_cannot_be_saved_is_a_wrong_use(
    run: Command, name: str, flags: tuple[str, ...]
) -> None:
    assert run("profiles", "save", name, *flags).code == 2


@pytest.mark.slow
def test_a_change_is_previewed_and_earlier_files_are_replayed(
    run: Command, name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}-1.csv"
    # Bytes that no other test sends: those that are known are compared first.
    own = int(name[-8:], 16)
    path.write_text(f"Zeit;Vorlauf\n03.07.2025 12:00;{own},5\n13.07.2025 12:00;41\n")
    file_id = run("upload", path, "--wait", "--json").answer["file_id"]
    match = ("--match", f"filename={name}-*.csv")
    zone = ("--timezone", "Europe/Berlin")
    preview = run("profiles", "preview", name, *match, *zone, "--json")
    (item,) = preview.answer["items"]
    assert (item["file_id"], item["profile"], item["would_be_profile"]) == (file_id, None, name)
    assert item["changes"] == {"timezone": {"old": "UTC", "new": "Europe/Berlin"}}
    assert item["old"] == item["new"]
    assert preview.answer["totals"]["new"] == {"row_count": 2, "invalid_count": 0}
    assert run("show", file_id, "--json").answer["profile"] is None, "nothing is stored"

    run("profiles", "save", name, *match, *zone)
    assert "1 of 1 file would be read differently" in run("profiles", "preview", name).out
    replayed = run("profiles", "replay", name, "--yes")
    assert replayed.out == "1 file processed again\n", replayed.stderr
    document = run("watch", file_id, "--json").answer
    assert (document["profile"], document["profile_version"]) == (name, 1)
    (sensor,) = run("sensors", file_id, "--json").answer["items"]
    assert sensor["first_timestamp"] == "2025-07-03T10:00:00.000000Z"
    assert "0 of 1 file would be read differently" in run("profiles", "preview", name).out

    # A value that is missing now: one row fewer, in the totals too.
    change = run("profiles", "preview", name, *match, *zone, "--missing", "41", "--json").answer
    assert change["totals"] == {
        "old": {"row_count": 2, "invalid_count": 0},
        "new": {"row_count": 1, "invalid_count": 0},
    }
    assert run("profiles", "delete", name, "--yes").code == 0
