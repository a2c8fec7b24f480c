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
    assert lines[at + 5] == "all of them: csv-processor invalid f-1"


def test_a_handful_of_rows_with_one_fault_has_one_example() -> None:
    lines = file_lines(document(codes={"value_format": 4}, invalid_count=4, invalid_rows=[ROW] * 4))
    assert lines.count("4 x value_format") == 1
    assert [line for line in lines if "row 2, line 3" in line] == [
        "    row 2, line 3: a,2026-03-01,---"
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


TIME = ROW | {"code": "timestamp_format"}


def time_commands(*texts: str) -> list[str]:
    """What is proposed for timestamps that are written so."""
    rows = [TIME | {"observed": text} for text in texts]
    lines = file_lines(document(codes={"timestamp_format": 40}, invalid_rows=rows))
    command = "    csv-processor correct f-1 --code timestamp_format --time-format "
    return [line.removeprefix(command) for line in lines if line.startswith(command)]


def test_the_format_of_faulty_timestamps_is_in_the_command() -> None:
    assert time_commands("01.03.2026 07:40", "13.03.2026 07:50") == ["'%d.%m.%Y %H:%M'"]
    # Day or month first is the reader's to say.
    assert time_commands("01/03/2026 07:40") == ["'%d/%m/%Y %H:%M'", "'%m/%d/%Y %H:%M'"]
    # No time of day, no year, no zone that a correction reads: no format is proposed.
    for text in ("2026/03/01", "Mar 1 06:00", "01.03.2026 07:40 MEZ"):
        assert time_commands(text) == ["FORMAT"]


def test_a_limit_that_was_exceeded_can_be_lifted_by_a_command() -> None:
    lines = file_lines(document(error="max_invalid_exceeded: 39 of 40 rows are invalid"))
    assert "    csv-processor replay f-1 --wait --max-invalid none" in lines
    assert "    csv-processor replay f-1 --wait --missing ---" in lines


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
