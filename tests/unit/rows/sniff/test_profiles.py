"""Built-in profiles: each recognises its sample, and reads it as its expected readings say."""

from __future__ import annotations

import csv
import io
import time
from importlib.resources import files

import pytest

from rows.sniff.doubt import Question
from rows.sniff.profile import Match, Profile, built_in, find_profile, with_profile
from schemas.read_options import BadOption, ReadOptions
from tests.unit.rows.sniff.reading import read

FOLDER = files("rows.sniff.profiles")
NAMES = [profile.name for profile in built_in()]


def _file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def test_there_are_profiles_for_many_makers() -> None:
    assert len(NAMES) >= 25
    assert all(profile.title and profile.source for profile in built_in())


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_recognised_and_read(name: str) -> None:
    found = read(_file(f"{name}.csv"))
    assert found.doubt is None, found.doubt
    assert found.dialect is not None
    assert found.dialect.profile == name
    expected = list(csv.reader(io.StringIO(_file(f"{name}.expected.csv").decode())))[1:]
    assert [[s, t, repr(v)] for s, t, v in found.readings] == expected
    assert found.invalid == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_matches_one_profile_only(name: str) -> None:
    lines = _file(f"{name}.csv").decode().splitlines()[:100]
    matching = [p for p in built_in() if p.match.fits(lines)]
    heaviest = max(profile.match.weight for profile in matching)
    assert [p.name for p in matching if p.match.weight == heaviest] == [name]


def test_options_of_the_request_come_first() -> None:
    profile = Profile(
        "x", ReadOptions(sensor_column=("a",), missing=("-",), timestamp_column=("t",),
                         timestamp_format=("%d.%m.%Y",)),
    )  # fmt: skip
    merged, added = with_profile(ReadOptions(sensor="{stem}", missing=("NA",)), profile)
    assert (merged.sensor, merged.sensor_column, merged.missing) == ("{stem}", (), ("NA",))
    assert added == {"timestamp_column", "timestamp_format"}
    merged, _ = with_profile(ReadOptions(timestamp_column=("u",)), profile)
    assert (merged.timestamp_column, merged.timestamp_format) == (("u",), ())


def test_a_tie_asks_and_an_unknown_name_is_an_error() -> None:
    twins = [Profile(name, ReadOptions(), Match(("a", "b"))) for name in ("one", "two")]
    with pytest.raises(Question, match="one and two"):
        find_profile(b"a,b\n1,2\n", None, twins)
    assert find_profile(b"a,b\n1,2\n", "two", twins) == twins[1]
    assert find_profile(b"a,b\n1,2\n", "none", twins) is None
    with pytest.raises(BadOption, match="three"):
        find_profile(b"a,b\n", "three", twins)


def test_a_match_that_is_exact_takes_no_other_columns() -> None:
    exact = [Profile("x", ReadOptions(), Match(("Series", "Time"), exact=True))]
    assert find_profile(b"Series;Time\na;b\n", None, exact) is not None
    assert find_profile(b"Series;Time;Other\na;b;c\n", None, exact) is None


def test_a_thousand_profiles_cost_little() -> None:
    many = [Profile(f"p{n}", ReadOptions(), Match((f"Column {n}", "Zeit"))) for n in range(500)] + [
        Profile(f"q{n}", ReadOptions(), Match(lines=(rf"^Serial: {n}-\d+",))) for n in range(500)
    ]
    text = b"Zeit;Wert;Kanal\n" + b"2025-01-01 10:00;5;3\n" * 1000
    find_profile(text, None, many)
    began = time.process_time()
    for _ in range(10):
        find_profile(text, None, many)
    assert (time.process_time() - began) / 10 < 0.05  # ten times what it takes
