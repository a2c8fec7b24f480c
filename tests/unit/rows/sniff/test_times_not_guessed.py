"""Files whose times could be wrong without a word: they ask, or say which rows are invalid."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import options_of, read

ASK = {
    "AM and PM apart": "date,time,period,temp\n2024-05-14,03:00,PM,20.1\n2024-05-14,04:00,PM,20.2\n"
    "2024-05-14,05:00,AM,20.3\n",
    "two offsets": "# all times are UTC-5 in winter and UTC-4 in summer\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "local and not UTC": "# all times are in local time, not UTC\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "quarters of an hour by number": "date;Viertelstunde;kW\n"
    + "".join(f"{14 + k // 96}.06.2024;{k % 96 + 1};0.{k}\n" for k in range(192)),
    "half-hours of a day by number": "meter,date,hh,value\n"
    + "".join(f"m1,2024-05-14,{k + 1},0.{k}\n" for k in range(48)),
    "times of day that no word names": "date,from quarter,kwh\n2024-05-14,03:00,5.3\n"
    "2024-05-14,03:15,5.4\n2024-05-14,03:30,5.5\n",
    "a clock of twelve hours": "time,temp\n"
    + "".join(
        f"2024-05-14 {(k - 1) % 12 + 1:02}:{m},{k}.5\n" for k in range(9, 18) for m in ("05", "35")
    ),
    "modified Julian days": "time,flux\n60475.40000,5.3\n60475.41000,5.4\n60475.42000,5.5\n",
    "seconds of GPS": "GPS time,alt_error\n1402394418,5.3\n1402394419,5.4\n1402394420,5.5\n",
    "seconds since 2000": "timestamp,temp\n771681600,5.3\n771681660,5.4\n771681720,5.5\n",
    "seconds since 1990": "time (seconds since 1990-01-01),temp\n1087200000,5.3\n1087200060,5.4\n",
    "seconds since 1981 in a line of units": "time,sst\nseconds since 1981-01-01 00:00:00,kelvin\n"
    "1371200000,285.3\n1371200060,285.4\n",
    "dates of another calendar": "date,time,temp\n14/05/2567,03:00,5.3\n14/05/2567,03:10,5.4\n",
    "months in a row": "date,Jan,Feb,Mar,Apr,May,Jun\n1990-01-01,5.3,5.4,5.5,5.6,5.7,5.8\n"
    "1991-01-01,6.3,6.4,6.5,6.6,6.7,6.8\n",
    "years in a row": "date,2022,2023\n2024-05-14,5.3,5.4\n2024-05-15,6.3,6.4\n",
    "days of the week in a row": "date;Mo;Di;Mi;Do;Fr;Sa;So\n2024-05-13;1.5;2.5;3.5;4.5;5.5;6.5;7.5\n"
    "2024-05-20;2.5;3.5;4.5;5.5;6.5;7.5;8.5\n",
    "minutes in a row": "time,0,15,30,45\n2024-05-14 03:00,5.3,5.4,5.5,5.6\n2024-05-14 04:00,6.3,6.4,6.5,6.6\n",
    "some hours of each day": "date;7 Uhr;14 Uhr;21 Uhr\n14.05.2024;5.3;5.4;5.5\n15.05.2024;6.3;6.4;6.5\n",
    "parts of the day": "date,Temp AM,Temp PM\n2024-05-14,5.3,5.4\n2024-05-15,6.3,6.4\n",
    "timestamps of something else": "time,last_seen,temp\n2024-05-14 03:00,1715655000,5.3\n"
    "2024-05-14 03:10,1715655400,5.4\n",
    "times of an abbreviation": "# All times are local standard time (PST)\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "times of a zone by its words": "# Dates are in Pacific Standard Time\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "parts of a second called sec": "date,time,sec,temp\n2024-05-14,03:00:00,0.000,5.3\n"
    "2024-05-14,03:00:00,0.500,5.4\n",
    "midnight at the end of its date": "date,time,temp\n"
    + "".join(f"2024-05-14,{k % 24:02}:00,{k}.5\n" for k in range(1, 25)),
    "a zone by the name of a system": "Log Setup Time Zone;Westeuropäische Normalzeit\n\n"
    "time;temp\n2024-05-14 03:00;5.3\n2024-05-14 03:10;5.4\n",
    "a zone by its words under a longer name": "Time Zone Name: Pacific Standard Time\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "a zone with a town": "TIME ZONE;(UTC+01:00) Amsterdam\n\ntime;temp\n"
    "2024-05-14 03:00;5.3\n2024-05-14 03:10;5.4\n",
    "an abbreviation in a line about times": "Zeitbasis: MEZ\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "an abbreviation with its offset": "# Zeit: MEZ (UTC+1)\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "a zone by its words after a comma": "Time Zone,Pacific Standard Time\n\ntime;temp\n"
    "2024-05-14 03:00;5.3\n2024-05-14 03:10;5.4\n",
    "an abbreviation after a short name": "Zone,EST\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "a date and a time of day beside another timestamp": "Observation Date,Observation Time,"
    "Entry DateTime,station,rain\n2024-05-14,7:00 AM,2024-05-14 07:12 AM,a,5.3\n"
    "2024-05-15,7:00 AM,2024-05-15 07:19 AM,a,5.4\n2024-05-16,7:00 AM,2024-05-16 07:08 AM,a,0.0\n",
    "an offset without a sign": "time (UTC 2),temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
}


@pytest.mark.parametrize("text", ASK.values(), ids=list(ASK))
def test_times_that_could_be_read_wrongly_ask(text: str) -> None:
    found = read(text.encode(), filename="a.csv")
    assert found.doubt is not None
    assert found.readings == []


def test_a_half_of_the_day_in_a_column_of_its_own_is_suggested() -> None:
    text = ASK["AM and PM apart"].encode()
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-05-14T15:00:00.000000Z"


def test_a_zone_of_the_database_with_a_number_has_its_own_sign() -> None:
    found = read(b"time (Etc/GMT+5),temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n")
    assert found.readings[0] == ("temp", "2024-05-14T08:00:00.000000Z", 5.3)


def test_a_date_and_a_time_that_no_word_names_are_suggested_together() -> None:
    text = b"tagg;klokka;temp\n14.05.2024;03:00;5.3\n15.05.2024;03:10;5.4\n"
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-05-14T03:00:00.000000Z"


def test_a_start_in_a_name_is_suggested() -> None:
    text = ASK["seconds since 1990"].encode()
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-06-14T08:00:00.000000Z"


def test_dates_of_six_digits_are_suggested() -> None:
    doubt = read(b"date,time,temp\n320514,03:00,5.3\n320531,03:10,5.4\n").doubt
    assert doubt is not None
    assert [s.options["timestamp_format"] for s in doubt.suggestions] == [("%y%m%d %H:%M",)]
    assert doubt.suggestions[0].readings[0].timestamp == "2032-05-14T03:00:00.000000Z"


def test_midnights_before_the_other_times_of_their_date_are_read() -> None:
    hours = [f"2024-05-{14 + k // 24},{k % 24:02}:00,{k}.5\n" for k in range(48)]
    for records in (hours, hours[::-1]):
        found = read(("date,time,temp\n" + "".join(records)).encode())
        assert found.doubt is None
        assert len(found.readings) == 48


def test_the_times_of_a_column_called_gmt_come_before_local_ones() -> None:
    found = read(b"LocalTime,GMT,temp\n2024-05-14 05:00,2024-05-14 03:00,5.3\n")
    assert found.readings == [("temp", "2024-05-14T03:00:00.000000Z", 5.3)]


@pytest.mark.parametrize(
    ("header", "clock"),
    [
        ("timestamp,date,time,temp", "03:0{k}"),
        ("timestamp,date,time,temp", "3:0{k}:07 AM"),
        ("timestamp_utc,local_date,local_time,temp", "05:0{k}"),
    ],
)
def test_a_date_and_a_time_of_day_that_repeat_the_timestamp_are_left_out(
    header: str, clock: str
) -> None:
    rows = "".join(
        f"2024-05-14 03:0{k}:07,2024-05-14,{clock.format(k=k)},{k}.5\n" for k in range(4)
    )
    found = read(f"{header}\n{rows}".encode())
    assert found.doubt is None
    assert found.readings[1] == ("temp", "2024-05-14T03:01:07.000000Z", 1.5)


@pytest.mark.parametrize("local", ["Time (CEST)", "Time (local)", "Time (UTC+2)", "Local time"])
def test_times_with_utc_in_brackets_come_before_others(local: str) -> None:
    rows = "".join(f"2024-05-14 05:0{k},2024-05-14 03:0{k},{k}.5\n" for k in range(4))
    found = read(f"{local},Time (UTC),temp\n{rows}".encode())
    assert (found.doubt, found.notices) == (None, set())
    assert found.readings[1] == ("temp", "2024-05-14T03:01:00.000000Z", 1.5)


def test_local_times_that_a_line_before_the_data_says_are_reported() -> None:
    found = read(b"# All times are local\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n")
    assert found.notices == {"local_zone"}


def test_records_of_a_month_are_read_by_a_format_without_a_day() -> None:
    text = b"year,month,rain\n2023,1,59.4\n2023,2,4.4\n2023,12,60.5\n"
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].options["timestamp_format"] == ("%Y %m",)
    options = ["--timestamp-column", "year", "--timestamp-column", "month"]
    found = read(text, options_of([*options, "--timestamp-format", "%Y %m"]))
    assert [stamp[:10] for _, stamp, _ in found.readings] == [
        "2023-01-01",
        "2023-02-01",
        "2023-12-01",
    ]


def test_tag_is_a_day_beside_a_year_and_a_month() -> None:
    found = read(b"Jahr;Monat;Tag;Stunde;Temp\n2024;6;14;10;5,3\n2024;6;14;11;5,4\n")
    assert found.readings[1] == ("Temp", "2024-06-14T11:00:00.000000Z", 5.4)


def test_minutes_east_of_greenwich_in_a_header_are_the_zone() -> None:
    text = "Time (GMT {} mins),H2\n2024-05-14 03:00:00,5.3\n2024-05-14 03:10:00,5.4\n"
    found = read(text.format(120).encode())
    assert found.readings[0] == ("H2", "2024-05-14T01:00:00.000000Z", 5.3)
    found = read(text.format(-90).encode())
    assert found.readings[0] == ("H2", "2024-05-14T04:30:00.000000Z", 5.3)


def test_the_offset_beside_a_column_of_utc_is_that_of_the_local_times() -> None:
    found = read(
        b"LocalDateTime,UTCOffset,DateTimeUTC,temp\n"
        b"2024-05-14 03:00:00,-7.0,2024-05-14 10:00:00,5.3\n"
        b"2024-05-14 03:15:00,-7.0,2024-05-14 10:15:00,5.4\n"
    )
    assert found.readings[0] == ("temp", "2024-05-14T10:00:00.000000Z", 5.3)


def test_hours_with_a_point_in_a_column_are_the_zone() -> None:
    found = read(b"time,UTC offset,temp\n2024-05-14 03:00,5.5,5.3\n2024-05-14 03:15,5.5,5.4\n")
    assert found.readings[0] == ("temp", "2024-05-13T21:30:00.000000Z", 5.3)


@pytest.mark.parametrize("name", ["", "index"])
def test_dates_in_a_first_column_without_a_name_are_the_timestamp(name: str) -> None:
    found = read(f"{name},well 1\n1951-05-14,5.3\n1951-05-15,5.4\n".encode())
    assert found.readings[0] == ("well 1", "1951-05-14T00:00:00.000000Z", 5.3)


def test_a_mask_says_the_form_of_dates_of_any_year() -> None:
    found = read(b"STN,YYYYMMDD,   RD\n831,19510514,   12\n831,19510515,   38\n")
    assert found.readings[0] == ("831/RD", "1951-05-14T00:00:00.000000Z", 12.0)
    assert read(b"a,date,b\n831,19510514,12.5\n831,19510515,38.5\n").doubt is not None


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f"])
def test_blanks_without_a_break_are_read(blank: str) -> None:
    found = read(
        f'time,temp\n"5/14/2024, 3:00:00{blank}PM",5.3\n"5/14/2024, 3:10:00{blank}PM",5.4\n'.encode()
    )
    assert found.readings[0] == ("temp", "2024-05-14T15:00:00.000000Z", 5.3)
    found = read(f"time,kWh\n2024-05-14 03:00:00{blank}to 2024-05-14 03:15:00,5.3\n".encode())
    assert found.readings[0] == ("kWh", "2024-05-14T03:00:00.000000Z", 5.3)


@pytest.mark.parametrize(
    "line",
    [
        "Date/Time zone offset (h): 1",
        "Logger time zone,+1",
        "Time base: UTC+1",
        "UTC+01:00",
        "GMT+0100 (CET)",
        "Settings;GMT + 1",
    ],
)
def test_an_offset_before_the_data_is_the_zone(line: str) -> None:
    found = read(f"{line}\n\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode())
    assert found.readings[0] == ("temp", "2024-05-14T02:00:00.000000Z", 5.3)


def test_an_offset_after_a_comma_in_a_header_is_the_zone() -> None:
    found = read(b'"Time (UTC, +2)",temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n')
    assert found.readings[0] == ("temp", "2024-05-14T01:00:00.000000Z", 5.3)


@pytest.mark.parametrize(
    ("line", "notices"),
    [
        ("Clock: Local Standard Time", {"local_zone"}),
        ("Daylight saving: on", {"local_zone"}),
        ("Daylight saving: off", set()),
        ("Local authority: Leeds", set()),
    ],
)
def test_clocks_that_are_local_or_put_forward_are_reported(line: str, notices: set[str]) -> None:
    found = read(f"{line}\n\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode())
    assert found.readings[0] == ("temp", "2024-05-14T03:00:00.000000Z", 5.3)
    assert found.notices == notices


@pytest.mark.parametrize(
    ("line", "hour"),
    [
        ("Time Zone,UTC-8", "11"),
        ('"Time Zone","UTC-8"', "11"),
        ("Time Zone,UTC-8;;", "11"),
        ("时区,UTC-8", "11"),
        ("Time Zone UTC-8", "11"),
        ("Time Zone,Europe/Berlin", "01"),
        ("Timezone Europe/Berlin", "01"),
        ("Device,Logger 7", "03"),
        ("Zone 7", "03"),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_zone_is_seen_in_a_line_with_other_marks_than_records(
    line: str, hour: str, separator: str
) -> None:
    records = "time;temp;hum\n2024-05-14 03:00;5.3;60\n2024-05-14 03:10;5.4;61\n"
    found = read(f"Logger 7\n{line}\n{records}".replace(";", separator).encode())
    assert found.readings[0] == ("temp", f"2024-05-14T{hour}:00:00.000000Z", 5.3)


def test_a_zone_next_to_the_data_is_seen_after_many_lines() -> None:
    lines = "".join(f"Setting {k},on\n" for k in range(200))
    found = read(
        f"{lines}Time Zone: Europe/Berlin\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode()
    )
    assert found.readings[0] == ("temp", "2024-05-14T01:00:00.000000Z", 5.3)


def test_local_and_universal_words_of_a_flight_recorder_are_known() -> None:
    found = read(
        b"#yyy-mm-dd, hh:mm:ss,   hh:mm, deg C,     kt, enum\n"
        b"  Lcl Date, Lcl Time, UTCOfst,   OAT,    IAS, GPSfix\n"
        b"2024-05-14, 03:00:00,  -07:00,  18.5,  60.10, 3D\n"
        b"2024-05-14, 03:00:01,  -07:00,  18.4,  60.30, 3D\n"
    )
    assert found.readings[:2] == [
        ("OAT", "2024-05-14T10:00:00.000000Z", 18.5),
        ("IAS", "2024-05-14T10:00:00.000000Z", 60.1),
    ]


@pytest.mark.parametrize(
    ("name", "start"),
    [("JD", 2460444.5), ("MJD", 60444.0), ("datenum", 739386.0), ("jd local", 2460444.75)],
)
def test_days_from_other_origins_say_the_times_again(name: str, start: float) -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{start + k / 24:.5f},{k}.5\n" for k in range(9))
    assert {sensor for sensor, _, _ in read(f"time,{name},temp\n{rows}".encode()).readings} == {
        "temp"
    }


def test_numbers_that_only_begin_as_days_do_are_readings() -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{60444 + k * k / 24:.5f},{k}.5\n" for k in range(9))
    found = read(f"time,volume,temp\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"volume", "temp"}


def test_hours_by_number_are_suggested() -> None:
    text = "date,interval,kwh\n" + "".join(f"2024-05-14,{k + 1},{k}.5\n" for k in range(24))
    doubt = read(text.encode()).doubt
    assert doubt is not None
    assert [reading.timestamp for reading in doubt.suggestions[0].readings] == [
        f"2024-05-14T0{k}:00:00.000000Z" for k in (1, 2, 3)
    ]


def test_hours_with_decimals_are_times_beside_a_day_of_the_year_only() -> None:
    rows = "".join(f"2024,166,{k / 2},{k}.5\n" for k in range(1, 49))
    found = read(f"Year,DoY,Hour,NEE\n{rows}".encode())
    assert (found.readings[0], found.readings[-1]) == (
        ("NEE", "2024-06-14T00:30:00.000000Z", 1.5),
        ("NEE", "2024-06-15T00:00:00.000000Z", 48.5),
    )
    # Hours that were worked do not go on within a day.
    found = read(b"Date,Hours,Cost\n2024-06-14,7.5,12.5\n2024-06-15,6.5,10.5\n")
    assert {sensor for sensor, _, _ in found.readings} == {"Hours", "Cost"}


@pytest.mark.parametrize("name", ["DST", "IsDST", "Daylight Saving", "Sommerzeit"])
def test_a_column_that_says_whether_clocks_are_put_forward_is_reported(name: str) -> None:
    rows = "".join(f"2024-05-14 03:{k:02},{int(k < 5)},{k}.5\n" for k in range(9))
    found = read(f"time,{name},temp\n{rows}".encode())
    assert found.notices == {"local_zone"}
    assert {sensor for sensor, _, _ in found.readings} == {"temp"}
    empty = "".join(f"2024-05-14 03:{k:02},,{k}.5\n" for k in range(9))
    assert read(f"time,{name},temp\n{empty}".encode()).notices == set()


def test_a_start_before_the_data_is_suggested() -> None:
    text = (
        "Test Start Time,10:00:00 AM\nTest Start Date,06/14/2024\n\nElapsed Time [s],Mass [mg/m3]\n"
        + "".join(f"{60 * k},0.0{k}\n" for k in range(1, 9))
    )
    doubt = read(text.encode()).doubt
    assert doubt is not None
    (suggestion,) = doubt.suggestions
    assert suggestion.options["timestamp_start"] == "2024-06-14T10:00:00"
    assert suggestion.readings[0].timestamp == "2024-06-14T10:01:00.000000Z"
    # Neither day nor month is above twelve; and a pressure is no time since the start.
    for other in (text.replace("06/14", "06/04"), text.replace("Elapsed Time [s]", "PRES")):
        doubt = read(other.encode()).doubt
        assert doubt is not None
        assert {s.options["timestamp_start"] for s in doubt.suggestions} == {"2000-01-01"}


def test_a_date_before_times_of_the_day_is_suggested() -> None:
    text = "Datum: 14.06.2024\nTime;Temp\n" + "".join(f"10:0{k}:00;2{k},5\n" for k in range(9))
    doubt = read(text.encode()).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-06-14T10:00:00.000000Z"
