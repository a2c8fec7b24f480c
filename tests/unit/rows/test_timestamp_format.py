"""The option timestamp_format, against Python's strptime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rows.parse import parse_batch
from rows.sniff.dialect import sniff
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import BadOption, ReadOptions, read_options
from schemas.timestamp_format import steps_of
from tests.harness.row_files import code_of, column_of, one

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMATS = (
    "%d.%m.%Y %H:%M:%S", "%d/%m/%y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d%H%M%S", "%d-%b-%Y %H:%M:%S.%f",
    "%a, %d %B %Y %H:%M:%S %z", "%Y-%j", "%Hh%M on %d.%m.%Y", "%d.%m.%Y %H:%M:%S,%f", "%B %d %Y %%",
)  # fmt: skip


def _moment(text: str, form: str) -> int | None:
    dialect = DialectSpec(header=False, delimiter=";", timestamp_format=form)
    (found,) = column_of("first_timestamp", [f"{text};1".encode()], dialect)
    return found if found is None else int(found)


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(
    st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)),
    st.sampled_from(_FORMATS),
)
def test_as_strptime_reads_it(moment: datetime, form: str) -> None:
    text = moment.replace(tzinfo=UTC).strftime(form)
    wanted = datetime.strptime(text, form)
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    assert _moment(text, form) == (wanted - _EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [
        ("1.2.2024 3:04", "%d.%m.%Y %H:%M", "2024-02-01T03:04:00"),
        ("1 \t 2 2024", "%d %m %Y", "2024-02-01"), ("may 5 2024", "%b %d %Y", "2024-05-05"),
        ("SEPTEMBER 5 2024", "%b %d %Y", "2024-09-05"), ("12 am 1/1/2024", "%I %p %d/%m/%Y", "2024-01-01T00:00:00"),
        ("12 PM 1/1/2024", "%I %p %d/%m/%Y", "2024-01-01T12:00:00"), ("2024 366", "%Y %j", "2024-12-31"),
        ("2024-01-01 00:00 +0130", "%Y-%m-%d %H:%M %z", "2023-12-31T22:30:00"),
        ("2024-01-01 00:00-01", "%Y-%m-%d %H:%M%z", "2024-01-01T01:00:00"),
        ("2024-01-01 .1234567", "%Y-%m-%d .%f", "2024-01-01T00:00:00.123456"),
        ("1.1.68", "%d.%m.%y", "2068-01-01"), ("1.1.69", "%d.%m.%y", "1969-01-01"),
        ("5 März 2024 3", "%d März %Y %m", "2024-03-05"), ("sept. 5 2024", "%b %d %Y", "2024-09-05"),
        ("24:00 31.12.2023", "%H:%M %d.%m.%Y", "2024-01-01"), ("2025081324", "%Y%m%d%H", "2025-08-14"),
        ("1022024", "%d%m%Y", "2024-02-01"), ("2024 60 15", "%Y %j %H%M", "2024-02-29T00:15:00"),
        ("20240102030405678", "%Y%m%d%H%M%S%f", "2024-01-02T03:04:05.678"), ("1.1.5", "%d.%m.%y", "2005-01-01"),
        ("08-AGO-2025", "%d-%b-%Y", "2025-08-08"), ("1 MÄRZ 2024", "%d %B %Y", "2024-03-01"),
        ("lun. 5 févr. 2024", "%a %d %b %Y", "2024-02-05"), ("12:05 a. m. 1/2/2024", "%I:%M %p %d/%m/%Y", "2024-02-01T00:05:00"),
        ("1.2.2024 7:00 e.m.", "%d.%m.%Y %I:%M %p", "2024-02-01T19:00:00"), ("2024-01-01T00:00:00.5/2024-01-01T01:00", "%Y-%m-%dT%H:%M:%S.%f/%*", "2024-01-01T00:00:00.5"),
        ("Zug 7, 1.2.2024", "%*, %d.%m.%Y", "2024-02-01"),
        ("2024-01-01 10:00 GMT", "%Y-%m-%d %H:%M %Z", "2024-01-01T10:00:00"),
        ("3/14/24 8:30a", "%m/%d/%y %I:%M%p", "2024-03-14T08:30:00"), ("3/14/24 12:05p", "%m/%d/%y %I:%M%p", "2024-03-14T12:05:00"),
        ("2024/3/14 上午 12:05", "%Y/%m/%d %p %I:%M", "2024-03-14T00:05:00"), ("2024/3/14 下午 3:05", "%Y/%m/%d %p %I:%M", "2024-03-14T15:05:00"),
        ("午前1時 2024-03-14", "%p%I時 %Y-%m-%d", "2024-03-14T01:00:00"), ("午後1時 2024-03-14", "%p%I時 %Y-%m-%d", "2024-03-14T13:00:00"),
        ("2024-03-14 오전 9:30", "%Y-%m-%d %p %I:%M", "2024-03-14T09:30:00"), ("2024-03-14 오후 9:30", "%Y-%m-%d %p %I:%M", "2024-03-14T21:30:00"),
        ("14/3/2024 9:30 πμ", "%d/%m/%Y %I:%M %p", "2024-03-14T09:30:00"), ("14/3/2024 9:30 μ.μ.", "%d/%m/%Y %I:%M %p", "2024-03-14T21:30:00"),
        ("14/3/2024 9:30 π.μ.", "%d/%m/%Y %I:%M %p", "2024-03-14T09:30:00"), ("14/3/2024 9:30 μμ", "%d/%m/%Y %I:%M %p", "2024-03-14T21:30:00"),
        ("14/3/2024 9:30 ص", "%d/%m/%Y %I:%M %p", "2024-03-14T09:30:00"), ("14/3/2024 9:30 م", "%d/%m/%Y %I:%M %p", "2024-03-14T21:30:00"),
        ("2024 60 0.5", "%Y %j %h", "2024-02-29T00:30:00"), ("2024 60 24", "%Y %j %h", "2024-03-01"), ("2024 60 13,3333333333", "%Y %j %h", "2024-02-29T13:20:00"),
        ("2024 60 9.9999999999", "%Y %j %h", "2024-02-29T10:00:00"), ("7 1.2.2024", "%h %d.%m.%Y", "2024-02-01T07:00:00"),
        ("12:30 A 3/14/24", "%I:%M %p %m/%d/%y", "2024-03-14T00:30:00"), ("3/14/24 8:30p", "%m/%d/%y %I:%M%p", "2024-03-14T20:30:00"),
    ],
)  # fmt: skip
def test_what_it_says(text: str, form: str, wanted: str) -> None:
    at = datetime.fromisoformat(wanted).replace(tzinfo=UTC)
    assert _moment(text, form) == (at - _EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("2024-01-01", "%d.%m.%Y", "format"), ("1.1.24", "%d.%m.%Y", "format"), ("", "%d.%m.%Y", "empty"),
        ("1.1.2024 ", "%d.%m.%Y %H", "format"), ("1.1.2024x", "%d.%m.%Y", "format"), ("1..2024", "%d.%m.%Y", "format"),
        ("septembers 5 2024", "%b %d %Y", "format"), ("septe 5 2024", "%b %d %Y", "format"),
        ("1.1.2024+1", "%d.%m.%Y%z", "format"), ("1.1.2024+01:", "%d.%m.%Y%z", "format"),
        ("30.2.2024", "%d.%m.%Y", "range"), ("0.1.2024", "%d.%m.%Y", "range"), ("1.13.2024", "%d.%m.%Y", "range"),
        ("1.1.2300", "%d.%m.%Y", "range"), ("1.1.1899", "%d.%m.%Y", "range"), ("2023 366", "%Y %j", "range"),
        ("2023 0", "%Y %j", "range"), ("13 pm 1.1.2024", "%I %p %d.%m.%Y", "range"), ("24:01 1.1.2024", "%H:%M %d.%m.%Y", "range"), ("25 1.1.2024", "%H %d.%m.%Y", "range"),
        ("1.1.2024+24", "%d.%m.%Y%z", "range"), ("1.1.2024 8ax", "%d.%m.%Y %I%p", "format"), ("1.1.2024 8e", "%d.%m.%Y %I%p", "format"),
        ("1.1.2024 8上", "%d.%m.%Y %I%p", "format"), ("2024 60 24.5", "%Y %j %h", "range"), ("2024 60 x", "%Y %j %h", "format"), ("2024 60 0.", "%Y %j %h", "format"),
        ("1.1.2024 8a.", "%d.%m.%Y %I%p", "format"), ("1.1.2024 8px", "%d.%m.%Y %I%p", "format"),
    ],
)  # fmt: skip
def test_what_does_not_fit(text: str, form: str, code: str) -> None:
    dialect = DialectSpec(header=False, timestamp_format=form)
    assert code_of(f"a,{text},1\n".encode(), dialect) == f"timestamp_{code}"


def test_the_sentence_names_the_format() -> None:
    dialect = DialectSpec(header=False, timestamp_format="%d.%m.%Y")
    error = one(b"a,2024-01-01,1\n", dialect)["error"]
    assert error == 'timestamp: saw "2024-01-01", expected a timestamp written as %d.%m.%Y'


@pytest.mark.parametrize(
    "form",
    ["", "%d.%m", "%H:%M", "%*%b %d %Y", "%*%* %d.%m.%Y", "%Y%y%m%d", "%Y-%m-%d %Q", "%Y-%m-%d %", "%Y %m %d %d", "%Y %j %d", "%Y-%m-%d %I",
     "%Y-%m-%d %p", "%Y-%m-%d %h:%M", "%Y-%m-%d %H %h", "%Y-%m-%d %H %I %p", "%Y %b %B %d", "%Y %m %b %d", "%Y-%m-%d" + "x" * 60, "%Y-%m-%d\n"],
)  # fmt: skip
def test_formats_that_cannot_be_followed(form: str) -> None:
    if form != "%H:%M":  # a time of day, which needs timestamp_start
        with pytest.raises(ValueError, match=r"\S"):
            steps_of(form)
    with pytest.raises(BadOption) as caught:
        read_options({"timestamp_format": form})
    assert caught.value.code == "bad_option"


def test_the_dialect_is_detected_by_configured_timestamps() -> None:
    form = "%d.%m.%Y %H:%M"
    head = b"a|1.2.2024 10:00|1,5\nb|2.2.2024 10:00|2\n"
    found = sniff(head, ReadOptions(timestamp_format=(form,)), complete=True)
    assert (found.delimiter, found.timestamp_format, found.header) == ("|", form, False)
    outcome = parse_batch(head, found, Limits(), first_row=1, first_line=1)
    assert outcome.row_count == 2
