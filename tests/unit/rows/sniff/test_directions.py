"""Columns that say whether values rise or fall are no sensors, and their signs not those of values."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.rows.sniff.reading import read

_LEVELS = [9.8, 10.9, 10.8, 9.5, 9.9, 10.1, 10.4, 9.7, 9.9, 10.3, 10.2, 9.9, 10.7, 10.8]
_CHANGES = ["-", *("+" if b > a else "-" for a, b in pairwise(_LEVELS))]


def _table(header: str, *columns: list[str]) -> bytes:
    rows = zip([f"2024-06-14 10:{k:02}" for k in range(len(_LEVELS))], *columns, strict=True)
    return "\n".join([header, *map(",".join, rows)]).encode()


def _words(*words: str) -> list[str]:
    return [words[k * k % 7 % len(words)] for k in range(len(_LEVELS))]


_LEVEL = [f"{level}" for level in _LEVELS]
_OTHER = [f"20.{k}" for k in range(len(_LEVELS))]


@pytest.mark.parametrize(
    "words",
    [
        *(("+", "-"), ("+", "-", "="), ("↑", "↓", "→"), ("rising", "falling", "steady")),
        *(("steigend", "fallend", "gleichbleibend"), ("Flat", "FortyFiveUp", "SingleDown")),
        *(("En hausse", "en baisse"), ("Rosnący", "malejący")),
    ],
)
@pytest.mark.parametrize("name", ["Trend", "Level trend", "Tendenz"])
def test_a_column_of_directions_is_no_sensor(words: tuple[str, ...], name: str) -> None:
    found = read(_table(f"Time,Level,{name}", _LEVEL, _words(*words)))
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == {"Level"}


def test_a_trend_is_not_suggested_for_a_sensor_that_is_not_in_the_file() -> None:
    doubt = read(
        _table("Time,Value,Trend", _LEVEL, _words("rising", "falling")), filename="w.csv"
    ).doubt
    assert doubt is not None
    assert [one.options for one in doubt.suggestions] == [{"sensor": "{stem}"}]


def test_other_words_under_trend_are_sensors() -> None:
    found = read(_table("Time,Value,Trend", _LEVEL, _words("AHU1.T", "AHU2.T")))
    assert {sensor for sensor, _, _ in found.readings} == {"AHU1.T", "AHU2.T"}


def test_signs_that_follow_the_changes_of_a_value_are_not_those_of_values() -> None:
    found = read(_table("Time,Level,Move,Temp", _LEVEL, _CHANGES, _OTHER))
    assert len(found.readings) == 2 * len(_LEVELS)
    one_wrong = [*_CHANGES[:5], "-" if _CHANGES[5] == "+" else "+", *_CHANGES[6:]]
    doubt = read(_table("Time,Level,Move,Temp", _LEVEL, one_wrong, _OTHER)).doubt
    assert doubt is not None
    assert doubt.code == "value_unknown"


def test_signs_beside_values_with_their_own_are_not_those_of_values() -> None:
    signed = [f"{'-' if k % 3 else ''}{level}" for k, level in enumerate(_LEVELS)]
    found = read(_table("Time,Temp,S,Dew", signed, _words("+", "-"), signed))
    assert len(found.readings) == 2 * len(_LEVELS)
    doubt = read(_table("Time,Temp,S,Hum", signed, _words("+", "-"), _OTHER)).doubt
    assert doubt is not None
    assert doubt.code == "value_unknown"


def test_a_column_called_sign_is_asked_about() -> None:
    doubt = read(_table("Time,Level,Sign,Temp", _LEVEL, _CHANGES, _OTHER)).doubt
    assert doubt is not None
    assert doubt.code == "value_unknown"
