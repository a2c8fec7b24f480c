"""Read options of an upload."""

from __future__ import annotations

import pytest

from ingest.http.errors import Problem
from ingest.uploads.options import parse_options
from schemas.read_options import ReadOptions


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({}, ReadOptions()),
        ({"delimiter": "", "header": ""}, ReadOptions()),
        ({"delimiter": "tab"}, ReadOptions(delimiter="\t")),
        ({"delimiter": "\t"}, ReadOptions(delimiter="\t")),
        ({"delimiter": "|"}, ReadOptions(delimiter="|")),
        ({"header": "Yes"}, ReadOptions(header=True)),
        ({"header": "0"}, ReadOptions(header=False)),
        ({"encoding": "UTF8"}, ReadOptions(encoding="utf-8")),
        ({"decimal": "comma", "delimiter": ";"}, ReadOptions(decimal=",", delimiter=";")),
        ({"timestamp_format": "%d.%m.%Y"}, ReadOptions(timestamp_format=("%d.%m.%Y",))),
        ({"quote": "single", "escape": "\\"}, ReadOptions(quote="'", escape="\\")),
        ({"comment": "None", "escape": "none"}, ReadOptions(comment="none", escape="none")),
        ({"comment": "#", "skip_lines": "12"}, ReadOptions(comment="#", skip_lines=12)),
        ({"units": "no"}, ReadOptions(units=False)),
        ({"other": "x"}, ReadOptions()),
    ],
)
def test_options_are_parsed(given: dict[str, str], options: ReadOptions) -> None:
    assert parse_options({name: [text] for name, text in given.items()}) == options


def test_an_option_may_be_repeated_and_a_later_source_wins() -> None:
    query = {"missing": ["-9999", "NA"], "delimiter": [";"]}
    form = {"delimiter": ["|"]}
    options = parse_options(query, form)
    assert (options.missing, options.delimiter) == (("-9999", "NA"), "|")
    with pytest.raises(Problem, match="one value"):
        parse_options({"delimiter": [";", "|"]})


@pytest.mark.parametrize(
    ("name", "value"),
    [("delimiter", "a"), ("delimiter", "\n"), ("delimiter", "§"), ("delimiter", "0"), ("delimiter", "'"),
     ("encoding", "rot13"), ("encoding", "x" * 99), ("encoding", "a\0b"), ("header", "2"), ("decimal", ";"),
     ("timestamp_format", "%" * 65), ("timestamp_format", "%Y%m%d\n"), ("timestamp_format", "%d.%m."), ("delimiter", "\\"), ("quote", "`"),
     ("escape", "/"), ("comment", "##"), ("comment", "x"), ("comment", " "), ("skip_lines", "-1"),
     ("skip_lines", "two"), ("units", "V")],
)  # fmt: skip
def test_invalid_options_are_rejected(name: str, value: str) -> None:
    with pytest.raises(Problem, match=f"{name} is"):
        parse_options({name: [value]})


def test_delimiter_and_decimal_must_differ() -> None:
    with pytest.raises(Problem, match="another character than"):
        parse_options({"delimiter": [","], "decimal": [","]})
    with pytest.raises(Problem, match="another character than"):
        parse_options({"delimiter": ["|"], "comment": ["|"]})
