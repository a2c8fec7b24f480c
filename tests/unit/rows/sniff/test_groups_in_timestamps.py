"""Parts of the timestamp that are in the file name or before the data: `timestamp_column={group}`."""

from __future__ import annotations

from schemas.read_options import parse_options
from tests.unit.rows.sniff.reading import Read, read

_CLOCKS = "time,s,v\n10:00,a,1\n11:30,a,2\n"
_AT = ["2024-05-06T10:00:00.000000Z", "2024-05-06T11:30:00.000000Z"]


def _read(text: str, filename: str = "x.csv", **options: list[str]) -> Read:
    columns = {"sensor_column": ["s"], "value_column": ["v"]}
    return read(text.encode(), parse_options(columns | options), filename)


def test_the_format_of_a_date_in_the_file_name_with_a_time_of_day_is_recognised() -> None:
    found = _read(
        _CLOCKS,
        "x_2024-05-06.csv",
        filename_pattern=[r"_(?P<day>[\d-]+)"],
        timestamp_column=["{day}", "time"],
    )
    assert [at for _, at, _ in found.readings] == _AT


def test_the_format_of_a_date_before_the_data_with_a_time_of_day_is_recognised() -> None:
    found = _read(
        f"day: 26.5.2024\n\n{_CLOCKS}",
        preamble_pattern=["day: (?P<day>.*)"],
        timestamp_column=["{day}", "time"],
    )
    assert [at for _, at, _ in found.readings] == [at.replace("-06T", "-26T") for at in _AT]


def test_a_date_in_the_file_name_that_can_be_read_in_two_ways_is_asked_about() -> None:
    found = _read(
        "s,v\na,1\nb,2\n",
        "x_03-04-2024.csv",
        filename_pattern=[r"_(?P<day>[\d-]+)"],
        timestamp_column=["{day}"],
    )
    assert found.doubt is not None
    assert found.doubt.code == "timestamp_ambiguous"
    ways = [str(one.options["timestamp_format"]) for one in found.doubt.suggestions]
    assert sorted(ways) == [str(("%d-%m-%Y",)), str(("%m-%d-%Y",))]


def test_the_order_that_the_header_says_counts_with_a_time_before_the_data() -> None:
    for name, at in (("day dd/mm/yyyy", "2024-04-03"), ("day mm/dd/yyyy", "2024-03-04")):
        found = _read(
            f"clock: 10:30\n{name},s,v\n03/04/2024,a,1\n",
            preamble_pattern=["clock: (?P<clock>.*)"],
            timestamp_column=[name, "{clock}"],
        )
        assert [at for _, at, _ in found.readings] == [f"{at}T10:30:00.000000Z"]


def test_the_order_that_the_line_of_a_date_says_counts() -> None:
    for form, at in (("dd/mm/yyyy", "2024-04-03"), ("mm/dd/yyyy", "2024-03-04")):
        found = _read(
            f"Day ({form}): 03/04/2024\n\n{_CLOCKS}",
            preamble_pattern=[r"Day .*: (?P<day>\S+)"],
            timestamp_column=["{day}", "time"],
        )
        assert [at for _, at, _ in found.readings] == [
            f"{at}T{t}:00.000000Z" for t in ("10:00", "11:30")
        ]
    doubt = _read(
        f"Day: 03/04/2024\n\n{_CLOCKS}",
        preamble_pattern=[r"Day: (?P<day>\S+)"],
        timestamp_column=["{day}", "time"],
    ).doubt
    assert doubt is not None
    assert doubt.code == "timestamp_ambiguous"
