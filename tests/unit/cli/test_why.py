"""Why a file failed, and the command that would read it."""

from __future__ import annotations

from typing import Any

import pytest

from cli.render import file_lines

ROW = {
    "row": 2,
    "line": 3,
    "code": "value_format",
    "error": 'value: saw "---", expected a finite decimal number',
    "raw": "a,2026-03-01,---",
    "observed": "---",
}


def document(**more: Any) -> dict[str, Any]:
    return {
        "file_id": "f-1",
        "filename": "plant.csv",
        "status": "failed",
        "invalid_count": 40,
        "codes": {"value_format": 39, "missing_fields": 1},
        "invalid_rows": [ROW | {"row": n} for n in range(2, 41)],
        **more,
    }


def test_many_rows_are_grouped_by_code_with_one_example_each() -> None:
    lines = file_lines(document())
    at = lines.index("39 x value_format")
    assert lines[at + 1].strip() == ROW["error"]
    assert lines[at + 2].strip() == "row 2, line 3: a,2026-03-01,---"
    assert lines[at + 3 : at + 5] == [
        "1 x missing_fields",
        "    csv-processor invalid f-1 --code missing_fields",
    ]


def test_few_rows_are_listed() -> None:
    lines = file_lines(
        document(codes={"value_format": 2}, invalid_count=2, invalid_rows=[ROW, ROW])
    )
    assert lines.count("row 2, line 3  value_format") == 2


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ({"observed": "---"}, "csv-processor replay f-1 --wait --missing ---"),
        ({"observed": "1,5"}, "csv-processor replay f-1 --wait --decimal ,"),
        ({"code": "missing_fields"}, "csv-processor replay f-1 --wait --ragged cut --ragged fill"),
        (
            {"code": "timestamp_format"},
            "csv-processor correct f-1 --code timestamp_format --time-format FORMAT",
        ),
    ],
)
def test_the_most_frequent_fault_gives_a_command(change: dict[str, Any], command: str) -> None:
    row = ROW | change
    shown = document(
        codes={row["code"]: 40}, invalid_rows=[row], options={"ragged": ["cut"], "missing": []}
    )
    assert file_lines(shown)[-1].strip() == command


def test_a_file_in_doubt_gives_a_command_for_each_suggestion() -> None:
    suggestion = {
        "message": "the day is first",
        "options": {"timestamp_format": ["%d/%m/%Y %H:%M"], "header": True},
    }
    lines = file_lines(document(codes={}, invalid_rows=[], suggestions=[suggestion]))
    assert lines[-2:] == [
        "if the day is first:",
        "    csv-processor replay f-1 --wait --timestamp-format '%d/%m/%Y %H:%M' --header",
    ]
