"""Read options: spellings, values that cannot be followed, names that do not exist."""

from __future__ import annotations

import json

import pytest

from schemas.option_values import exceeds
from schemas.read_options import (
    NAMES,
    BadOption,
    ReadOptions,
    UnknownOption,
    options,
    parse_options,
    read_options,
)


def test_texts_from_any_entry_point() -> None:
    found = parse_options(
        {
            "sensor-column": ["Site", "Type"],
            "timestamp_format": ["%d.%m.%Y", "iso"],
            "missing": ["", "-999"],
            "header": ["Yes"],
            "delimiter": ["tab"],
            "ragged": ["Fill"],
            "skip_lines": ["3"],
            "timezone": [""],
        }
    )
    assert found == ReadOptions(
        sensor_column=("Site", "Type"),
        timestamp_format=("%d.%m.%Y", "iso"),
        missing=("", "-999"),
        header=True,
        delimiter="\t",
        ragged=("fill",),
        skip_lines=3,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layout", "tall"), ("timestamp_format", "%Q"), ("timezone", "Europe/Berln"), ("timezone", "../etc/passwd"),
        ("timezone", "+25:00"), ("delimiter", "ab"), ("end_pattern", "(?=x)"), ("timestamp_format", "%H:%M"),
        ("timestamp_format", "elapsed_s"), ("skip_lines", "-1"), ("skip_lines", "many"), ("header", "maybe"),
        ("ragged", "x"), ("preamble_pattern", "no group"), ("preamble_pattern", "(?P<a>"), ("value_map", "ON"),
        ("value_map", "ON=x"), ("timestamp_shift", "1 week"), ("timestamp_start", "tomorrow"), ("sensor", "{a"),
        ("sensor", "{}"), ("thousands", ";"), ("quality_column", "flag"), ("quality_accept", "G"), ("encoding", "klingon"),
        ("comment", "ab"), ("escape", "/"), ("quote", "x"), ("decimal", ";"), ("ambiguous_time", "both"),
        ("max_invalid", "-1"), ("max_invalid", "5.5"), ("max_invalid", "101%"), ("max_invalid", "few"),
        ("max_invalid", "%"), ("max_invalid", "٥"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_followed(name: str, value: str) -> None:
    with pytest.raises(BadOption) as caught:
        parse_options({name: [value]})
    assert caught.value.code == "bad_option"
    assert caught.value.expected
    if not name.startswith("quality"):
        assert (caught.value.name, caught.value.seen) == (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Europe/Berlin"), ("timezone", "-0530"), ("timezone", "UTC+2"), ("timezone", "{zone}"),
        ("timestamp_shift", "-1min"), ("timestamp_shift", "1.5 h"), ("timestamp_start", "2025/02/03 10:15:30.5"),
        ("timestamp_start", "{date}"), ("end_pattern", "^$"), ("value_map", "A=B=-1.5e3"), ("missing", ""),
        ("preamble_pattern", r"(?m)^(?P<sensor>[^;\r\n]+);;"), ("timestamp_format", "%Y-%m-%dT%H:%M/%*"),
        ("thousands", "space"), ("thousands", "'"), ("comment", "None"),
        ("max_invalid", "0"), ("max_invalid", "2.5 %"), ("max_invalid", "100%"), ("max_invalid", "None"),
    ],
)  # fmt: skip
def test_a_value_that_can_be_followed(name: str, value: str) -> None:
    assert parse_options({name: [value]}).model_dump(exclude_defaults=True).keys() == {name}


def test_one_value_for_an_option_that_cannot_be_repeated() -> None:
    with pytest.raises(BadOption, match="expected one value"):
        parse_options({"layout": ["wide", "long"]})


def test_an_unknown_name_says_the_nearest_one() -> None:
    with pytest.raises(UnknownOption, match="did you mean sensor_column") as caught:
        parse_options({"sensor_colum": ["x"]})
    assert caught.value.nearest == "sensor_column"
    with pytest.raises(UnknownOption, match="known are profile, layout"):
        read_options({"qqqq": "x"})


def test_options_of_events_written_before_there_were_lists() -> None:
    text = json.dumps({"timestamp_format": "%d.%m.%Y", "delimiter": ";"})
    assert ReadOptions.model_validate_json(text).timestamp_format == ("%d.%m.%Y",)
    assert ReadOptions.model_validate_json('{"timestamp_format": null}') == ReadOptions()


def test_every_option_is_declared_with_a_help_and_an_example_that_it_takes() -> None:
    assert [option.name for option in options()] == list(NAMES)
    for option in options():
        assert option.help.endswith("."), option.name
        assert option.flag.startswith("--")
        given = {option.name: [option.example]}
        if option.name.startswith("quality"):
            given = {"quality_column": ["q"], "quality_accept": ["G"], **given}
        if option.choices:
            assert option.example in option.choices, option.name
        assert parse_options(given) == ReadOptions.model_validate_json(
            parse_options(given).model_dump_json()
        )


@pytest.mark.parametrize(
    ("invalid", "valid", "most", "expected"),
    [
        (0, 0, "0", False), (1, 9, "0", True), (10, 0, "10", False), (11, 0, "10", True),
        (5, 95, "5%", False), (6, 95, "5%", True), (1, 999, "0.1%", False), (1, 998, "0.1%", True),
        (3, 0, "100%", False), (1, 10**9, "0%", True), (7, 0, "none", False), (7, 0, None, False),
    ],
)  # fmt: skip
def test_a_file_may_have_as_many_invalid_rows_as_max_invalid_says(
    invalid: int, valid: int, most: str | None, expected: bool
) -> None:
    assert exceeds(invalid, valid, most) is expected


def test_max_invalid_may_be_a_number_in_json() -> None:
    assert read_options({"max_invalid": 100}).max_invalid == "100"
    with pytest.raises(BadOption, match="max_invalid"):
        read_options({"max_invalid": True})
