"""What a dry run shows of the beginning of a file."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from dryrun.request import DryRunRequest
from dryrun.run import dry_run
from schemas.read_options import ReadOptions

_GERMAN = "# export\nMessstelle;Datum;Wert\n" + "".join(
    f'"Höhe; {n}";{n + 13}.03.2026 10:00;{n},5\n' for n in range(5)
)


def _preview(data: bytes, **options: Any) -> Any:
    chosen = ReadOptions.model_validate(options)
    return dry_run([data], DryRunRequest(filename="f.csv", options=chosen, preview=3))["preview"]


@pytest.mark.parametrize(
    "data",
    [_GERMAN.encode(), _GERMAN.encode("utf-16"), gzip.compress(_GERMAN.encode())],
    ids=["plain", "utf-16", "gzip"],
)
def test_the_first_records_are_shown_by_cells_with_roles_and_readings(data: bytes) -> None:
    assert _preview(data) == {
        "columns": [
            {"name": "Messstelle", "role": "sensor"},
            {"name": "Datum", "role": "timestamp"},
            {"name": "Wert", "role": "value"},
        ],
        "records": [[f"Höhe; {n}", f"{n + 13}.03.2026 10:00", f"{n},5"] for n in range(3)],
        "readings": [
            {
                "sensor_id": f"Höhe; {n}",
                "timestamp": f"2026-03-{n + 13}T10:00:00.000000Z",
                "value": n + 0.5,
            }
            for n in range(3)
        ],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_file_in_doubt_is_shown_without_roles_and_readings(encoding: str) -> None:
    text = "Fühler;Datum;Wert\nÄ;03/04/2026;1\nÄ;04/04/2026;2\n"
    found = _preview(text.encode(encoding))
    assert [column["name"] for column in found["columns"]] == ["Fühler", "Datum", "Wert"]
    assert {column["role"] for column in found["columns"]} == {None}
    assert found["records"] == [["Ä", "03/04/2026", "1"], ["Ä", "04/04/2026", "2"]]
    assert found["readings"] == []


def test_a_file_without_a_known_layout_and_suggestions_is_shown_as_it_is_separated() -> None:
    found = _preview(b"foo|bar|baz\nx|y|z\nu|v|w\n")
    assert found["records"][-2:] == [["x", "y", "z"], ["u", "v", "w"]]


def test_what_is_no_text_has_an_empty_preview() -> None:
    assert _preview(b"\x89PNG\r\n\x1a\n" + bytes(200)) == {
        "columns": [],
        "records": [],
        "readings": [],
    }


def test_a_dry_run_without_a_preview_has_none() -> None:
    document = dry_run([_GERMAN.encode()], DryRunRequest(filename="f.csv"))
    assert "preview" not in document
