"""Readings since a cursor are written to their end, however many answers they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.commands import export

HEADER = b"sensor_id,timestamp,value,file_id,generation,row\n"
PAGES = {"0": ("1", [b"a,1\n", b"a,2\n"]), "1": ("2", [b"b,1\n"]), "2": ("2", list[bytes]())}


class Api:
    """Answers with `PAGES`, by the cursor."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def stream(
        self, path: str, accept: str, params: Mapping[str, str], *, headers: dict[str, str]
    ) -> Iterator[bytes]:
        assert path == "/api/v1/readings"
        assert params["sensor"] == "s"
        self.asked.append((accept.rpartition("/")[2], params["after"]))
        headers["next-cursor"], lines = PAGES[params["after"]]
        yield HEADER[:7]
        yield HEADER[7:] + b"".join(lines[:1])
        yield from lines[1:]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()

    @contextmanager
    def the_api() -> Iterator[Api]:
        yield api

    monkeypatch.setattr(export, "the_api", the_api)
    return api


def test_csv_has_all_that_ended_under_one_header(api: Api, tmp_path: Path) -> None:
    cursor, output = tmp_path / "cursor", tmp_path / "new.csv"
    export.export_many({"sensor": "s"}, "csv", output, cursor)
    assert output.read_bytes() == HEADER + b"a,1\na,2\nb,1\n"
    assert cursor.read_text() == "2\n"
    assert api.asked == [("csv", "0"), ("csv", "1"), ("csv", "2")]
    export.export_many({"sensor": "s"}, "csv", output, cursor)
    assert output.read_bytes() == HEADER


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(("begin", "goes_on"), [("0", True), ("1", False)])
def test_of_what_cannot_be_joined_one_answer_is_written_and_more_is_announced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begin: str, goes_on: bool
) -> None:
    cursor, output = tmp_path / "cursor", tmp_path / "new.arrow"
    cursor.write_text(begin)
    export.export_many({"sensor": "s"}, "arrow", output, cursor)
    after, lines = PAGES[begin]
    assert output.read_bytes() == HEADER + b"".join(lines)
    assert cursor.read_text() == f"{after}\n"
    assert ("repeat the call" in capsys.readouterr().err) == goes_on
