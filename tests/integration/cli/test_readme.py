"""Every command in the README prints what the README says."""

from __future__ import annotations

import re

import httpx
import pytest

from embedded.stack import Stack
from schemas.invalid_codes import COLUMN_OF, InvalidCode
from tests.integration.cli.readme import README, ROOT, same, sessions, shell, with_settings


def test_every_session_prints_what_it_says() -> None:
    found = sessions(README.read_text())
    assert sum(map(len, found)) >= 8
    with shell() as here:
        for step in (step for session in found for step in session):
            printed = here.run(step)
            assert same(step.printed, printed), (
                f"$ {step.command}\nprints\n" + "\n".join(printed) + "\n`make readme` renews it"
            )


def test_its_table_of_settings_is_that_of_the_settings() -> None:
    text = README.read_text()
    assert "<!-- settings -->" in text
    assert with_settings(text) == text, "`make readme` renews it"


def test_its_table_of_codes_is_the_closed_list() -> None:
    named = re.findall(r"^\| `(\w+)` \| (\w*) ?\|", README.read_text(), re.MULTILINE)
    assert [(code, column or None) for code, column in named if code in set(InvalidCode)] == [
        (code.value, COLUMN_OF[code]) for code in InvalidCode
    ]


def test_every_file_it_names_is_there() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_calls_are_those_of_the_api(stack: Stack) -> None:
    paths = httpx.get(f"{stack.endpoints['CSV_PROCESSOR_API']}/openapi.json").json()["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    said = set(
        re.findall(r"\b((?:GET|HEAD|OPTIONS|POST|PATCH|DELETE) /api/v1/[^`?]+)", README.read_text())
    )
    assert {call.replace("{id}", "{file_id}") for call in said} == {
        call for call in calls if " /api/" in call
    }


def test_every_target_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", README.read_text()))
    assert named <= targets


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
