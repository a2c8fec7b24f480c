"""Every command in the README prints what the README says."""

from __future__ import annotations

import re

import pytest

from tests.integration.cli.readme import README, ROOT, same, sessions, shell


@pytest.mark.slow
def test_every_session_prints_what_it_says() -> None:
    found = sessions(README.read_text())
    assert sum(map(len, found)) >= 10
    with shell() as here:
        for step in (step for session in found for step in session):
            printed = here.run(step)
            assert same(step.printed, printed), (
                f"$ {step.command}\nprints\n" + "\n".join(printed) + "\n`make readme` renews it"
            )


def test_every_target_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)|^\$? ?make ([a-z]+)", README.read_text(), re.MULTILINE))
    assert {one or other for one, other in named} <= targets


def test_it_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


@pytest.mark.parametrize(
    ("written", "printed", "alike"),
    [
        (["took      12 ms"], ["took      1.20 s"], True),
        (["rows      12"], ["rows      13"], False),
        (["a", "…", "z"], ["a", "b", "c", "z"], True),
        (["a", "…", "z"], ["a", "b", "c", "y"], False),
        (["a"], ["a", "b"], False),
        (["at http://127.0.0.1:8000/docs"], ["at http://127.0.0.1:41233/docs"], True),
    ],
)
def test_what_is_compared(written: list[str], printed: list[str], alike: bool) -> None:
    assert same(written, printed) is alike
