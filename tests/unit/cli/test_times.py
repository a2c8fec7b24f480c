"""Moments and spans of time as they are typed."""

from __future__ import annotations

import pytest

from cli.exit_codes import WRONG_USE, CommandError
from cli.times import moment_of


@pytest.mark.parametrize("text", ["999999d", "0001-01-01T00:00+05:00", "yesterday", "2026-13-01"])
def test_what_is_no_moment_is_wrong_usage(text: str) -> None:
    with pytest.raises(CommandError) as wrong:
        moment_of(text)
    assert wrong.value.code == WRONG_USE


def test_a_moment_without_an_offset_is_one_in_utc() -> None:
    assert moment_of("2026-03-01T06:00") == "2026-03-01T06:00:00+00:00"
    assert moment_of("2026-03-01T06:00+01:00") == "2026-03-01T05:00:00+00:00"
