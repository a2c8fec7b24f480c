"""The form that a client asks for by `Accept`."""

from __future__ import annotations

import pytest

from ingest.http.errors import Problem
from ingest.http.negotiation import negotiated

OFFERED = ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("Text/CSV; header=present", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/csv;q=0.1, */*;q=0.5", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json;q=x", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
    ],
)
def test_the_best_form_is_taken(accept: str | None, kind: str) -> None:
    assert negotiated(accept, OFFERED) == kind


@pytest.mark.parametrize("accept", ["application/xml", "image/*", "text/csv;q=0", "x"])
def test_what_is_not_there_is_406(accept: str) -> None:
    with pytest.raises(Problem) as problem:
        negotiated(accept, OFFERED)
    assert (problem.value.status, problem.value.code) == (406, "not_acceptable")
