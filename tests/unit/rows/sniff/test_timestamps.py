"""Timestamps of a column: which ways to read them fit all of it."""

from __future__ import annotations

import pytest

from rows.sniff.number_times import find_number_formats
from rows.sniff.timestamps import find_ways
from rows.sniff.written_times import written
from schemas.timestamp_format import check_format
from tests.unit.rows.sniff.reading import read

DMY, MDY = "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2025-03-04T10:00:00.5Z", "iso"),
        ("2025-3-4 9:05", "%Y-%m-%d %H:%M"),
        ("14/09/2024 00:00:00:120", "%1/%2/%Y %H:%M:%S:%f"),
        ("21.01.2025 18:00:00,035", "%1.%2.%Y %H:%M:%S,%f"),
        ("07/29/25 10:26:34 AM", "%1/%2/%3 %I:%M:%S %p"),
        ("08-ago-2025 12:56:22.720", "%d-%b-%Y %H:%M:%S.%f"),
        ("1 de enero de 2025 10:00", "%d de %b de %Y %H:%M"),
        ("Jan 5, 2025 1:00 PM", "%b %d, %Y %I:%M %p"),
        ("20250813T2000-0800", "%Y%m%dT%H%M%z"),
        ("20160101:0010", "%Y%m%d:%H%M"),
        ("2025-07-29 00:00:00 -0500", "%Y-%m-%d %H:%M:%S %z"),
        ("2025-05-07 07:00:07 UTC", "%Y-%m-%d %H:%M:%S UTC"),
        ("25/10/2025 20:00 - 25/10/2025 21:00", "%1/%2/%Y %H:%M - %*"),
        ("11:00:00 8/9/16", "%H:%M:%S %1/%2/%3"),
        ("Mo 03.03.2025 10:00", "%* %1.%2.%Y %H:%M"),
        ("16:53:12", "%H:%M:%S"),
        ("14/06/2024 à 10h00", "%1/%2/%Y à %Hh%M"), ("2024-06-14 - 10:00", "%Y-%m-%d - %H:%M"),
        ("14.06.2024 um 10:00 Uhr", "%1.%2.%Y um %H:%M Uhr"),
        ("Jun 14, 2024 at 10:00 AM", "%b %d, %Y at %I:%M %p"),
        ("2024.06.14. 10:00", "%Y.%m.%d. %H:%M"), ("2024-06-14_10-05-30", "%Y-%m-%d_%H-%M-%S"),
        ("2024-06-14 10-11", None),
        ("2026-03-01T07:00:00\tZ", "%Y-%m-%dT%H:%M:%S %z"), ("2026-03-01T07:00:00 \x7fZ", None),
        (f"2026-03-01 07:00 {'very ' * 10}late", None),
        ("06Jan2013 2400", "%d%b%Y %H%M"), ("01JAN2013:00:00:00", "%d%b%Y:%H:%M:%S"),
        ("2024-06-14T10:00+02:00[Europe/Berlin]", "%Y-%m-%dT%H:%M%z[%*]"),
        ("2024-06-14 10:00:30.5+0200 [Europe/Berlin]", "%Y-%m-%d %H:%M:%S.%f%z [%*]"),
        ("2024-06-14T10:00[Europe/Berlin]", None),
        ("14.06.2024\u202f10:00", "%1.%2.%Y\u202f%H:%M"),
        ("18.00", None), ("20.1", None), ("abc", None), ("5,001072", None), ("1.2.3.4", None),
    ],
)  # fmt: skip
def test_how_a_timestamp_is_written(text: str, form: str | None) -> None:
    found = written(text)
    assert (found.form if found else None) == form
    if found is not None and "%1" not in found.form:
        check_format(found.form)


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["10/04/2025 06:00", "13/04/2025 06:00"], [(DMY,)]),
        (["04/10/2025 06:00", "04/13/2025 06:00"], [(MDY,)]),
        (["10/04/2025 06:00", "11/04/2025 06:00"], [(DMY,), (MDY,)]),
        (["13/04/2025 06:00", "04/13/2025 06:00"], [(DMY,), (MDY,)]),
        (["29/07/25", "29/07/25"], [("%d/%m/%y",), ("%y/%m/%d",)]),
        (["29/07/25", "30/07/25", "31/07/25", "01/08/25"], [("%d/%m/%y",)]),
        (["13/04/2025", "13/04/2025 00:30"], [("%d/%m/%Y", DMY)]),
        (["a", "b"], []),
        (["2024-06-14 10:00-10:15", "2024-06-14 10:15-10:30"], [("%Y-%m-%d %H:%M-%*",)]),
        (["14.06.2024 23:45-00:00", "15.06.2024 00:00-00:15"], [("%d.%m.%Y %H:%M-%*",)]),
        (["2024-06-14 10:00-05:00", "2024-06-14 10:15-05:00"], [("iso",)]),
        (["14.06.2024 - 15.06.2024", "15.06.2024 - 16.06.2024"], [("%d.%m.%Y - %*",)]),
    ],
)  # fmt: skip
def test_ways_of_a_column(cells: list[str], formats: list[tuple[str, ...]]) -> None:
    assert [way.formats for way in find_ways(cells).ways] == formats


@pytest.mark.parametrize("blank", ["\t", " \t "])
def test_stamps_with_tabs_are_read(blank: str) -> None:
    rows = [f"s{k},2026-03-01T07:{k:02}:00{blank}Z,{k}.5" for k in range(8)]
    found = read("\n".join(["sensor_id,timestamp,value", *rows, ""]).encode())
    assert len(found.readings) == 8


def test_hour_24_is_read_by_a_format() -> None:
    assert find_ways(["2025-03-01 23:00", "2025-03-01 24:00"]).formats == ("%Y-%m-%d %H:%M",)
    cells = ["2025-03-01T23:00:00.5Z", "2025-03-01T24:00:00.0Z"]
    assert find_ways(cells).formats == ("%Y-%m-%dT%H:%M:%S.%f%z",)


def test_the_order_in_a_header_settles_what_is_open() -> None:
    cells = ["10/04/2025 06:00", "11/04/2025 06:00"]
    assert find_ways(cells, order="dmy").formats == (DMY,)
    # It does not overrule the cells.
    assert len(find_ways(["04/13/2025 06:00"], order="dmy").ways) != 1 or find_ways(
        ["04/13/2025 06:00"], order="dmy"
    ).formats == (MDY,)


def test_one_stray_cell_does_not_cost_the_column() -> None:
    cells = [f"{day:02}/04/2025 06:00" for day in range(1, 30)] * 9
    assert find_ways([*cells, "04/20/2025 06:00", "soon"]).formats == (DMY,)
    iso = [f"2025-04-{day:02} 06:00" for day in range(1, 30)]
    assert find_ways([*iso, "03/04/2025 06:00"]).formats == ("iso",)


@pytest.mark.parametrize(
    ("number", "formats"),
    [
        ("1735689600", ("epoch",)), ("1735689600000", ("epoch",)), ("20250813", ("%Y%m%d",)),
        ("2025081320", ("epoch", "%Y%m%d%H")), ("202508132000", ("%Y%m%d%H%M",)),
        ("20250813200000", ("%Y%m%d%H%M%S",)), ("45658.041667", ("excel",)),
        ("133801920000000000", ("filetime",)), ("2025225", ("%Y%j",)),
        ("0.1", ()), ("1.39E+12", ()), ("20.5", ()), ("13082025", ()),
    ],
)  # fmt: skip
def test_numbers_as_timestamps(number: str, formats: tuple[str, ...]) -> None:
    assert find_number_formats([number] * 10) == formats
    assert find_number_formats([number] * 10 + ["7"]) == formats
    assert find_number_formats([number] * 8 + ["7"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("2024. 06. 14. 10:05", "2024. 6. 14 10:05", "14. 6. 2024 10:05", "14.06.2024. 10:05"),
        *("14.06.2024 г. 10:05 ч.", "14.06.2024 г., 10:05:00", "14.6.2024 klo 10.05"),
        *("2024年06月14日 10时05分", "2024年6月14日10时05分00秒", "2024年06月14日 10:05"),
        *("2024년 6월 14일 10시 05분", "2024年06月14日 10時05分"),
    ],
)
def test_parts_with_signs_of_their_own_are_a_timestamp(text: str) -> None:
    found = read(f"timestamp;temp\n{text};5.3\n".encode())
    assert found.doubt is None, found.doubt
    assert [stamp for _, stamp, _ in found.readings] == ["2024-06-14T10:05:00.000000Z"]
