"""Timestamps: which are taken, and which moment they are."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.harness.row_files import code_of, column_of
from tests.harness.row_reference import timestamp as reference

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(texts: list[str]) -> list[int | None]:
    """Microseconds of timestamps: plain and, by another path, quoted."""
    plain = column_of("first_timestamp", [f"{t},0".encode() for t in texts])
    assert plain == column_of("first_timestamp", [f'"{t}",0'.encode() for t in texts])
    return plain


def _of(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-11-14", datetime(2023, 11, 14, tzinfo=UTC)),
        ("2023-11-14T22:13", datetime(2023, 11, 14, 22, 13, tzinfo=UTC)),
        ("2023-11-14T22:13Z", datetime(2023, 11, 14, 22, 13, tzinfo=UTC)),
        ("2023-11-14 22:13:20", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-11-14t22:13:20z", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-11-14T22:13:20.5Z", datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)),
        ("2023-11-14T22:13:20.123456789", datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC)),
        ("2023-11-14T22:13:20+05:30", datetime(2023, 11, 14, 16, 43, 20, tzinfo=UTC)),
        ("2023-11-14T22:13:20-0530", datetime(2023, 11, 15, 3, 43, 20, tzinfo=UTC)),
        ("2023-11-14T22:13:20.25+01", datetime(2023, 11, 14, 21, 13, 20, 250_000, tzinfo=UTC)),
        ("2023-11-14T22:13:20-00:00", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2000-02-29", datetime(2000, 2, 29, tzinfo=UTC)),
        ("1900-01-01", datetime(1900, 1, 1, tzinfo=UTC)),
        ("1899-12-31T23:00:00-01:00", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2299-12-31T23:59:59.999999999Z", datetime(2299, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2300-01-01T00:30:00+01:00", datetime(2299, 12, 31, 23, 30, tzinfo=UTC)),
        ("1969-12-31T23:59:59.9999999", _EPOCH - timedelta(microseconds=1)),
    ],
)
def test_iso(text: str, moment: datetime) -> None:
    assert _micros([text]) == [_of(moment)]


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0), ("-1", -1_000_000), ("1700000000", 1_700_000_000_000_000),
        ("1700000000.25", 1_700_000_000_250_000), ("1700000000.1234567", 1_700_000_000_123_456),
        ("-0.0000001", -1), ("-1.5", -1_500_000), ("99999999999999.5", 99_999_999_999_999_500),
        ("10413791999.999999", 10_413_791_999_999_999), ("100000000000", 100_000_000_000_000),
        ("1700000000123", 1_700_000_000_123_000), ("1700000000123.4567", 1_700_000_000_123_456),
        ("1700000000123456", 1_700_000_000_123_456), ("1700000000123456.9", 1_700_000_000_123_456),
        ("1700000000123456789", 1_700_000_000_123_456), ("-1700000000123456789", -1_700_000_000_123_457),
        ("10413791999999999999", 10_413_791_999_999_999), ("20240101", 20_240_101_000_000),
        ("0001700000000", 1_700_000_000_000_000), ("-2208988800", -2_208_988_800_000_000),
        ("00000000000000000000000000007", 7_000_000),
    ],
)  # fmt: skip
def test_epoch_unit_by_size(text: str, micros: int) -> None:
    expected = None if micros >= 10_413_792_000_000_000 else micros
    assert _micros([text]) == [expected]
    assert reference(text) == ("timestamp_range" if expected is None else micros)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "2023-11", "2023-11-1", "2023-1-14", "2023/11/14", "14.11.2023",
        "2023-11-14T", "2023-11-14T22", "2023-11-14T22:13:", "2023-11-14T22:13:20.", "2023-11-14T2213",
        "2023-11-14T22:13:20.1234567890", "2023-11-14Z", "2023-11-14  22:13", "2023-11-14_22:13",
        "2023-11-14T22:13:20 Z", "2023-11-14T22:13:20+1", "2023-11-14T22:13:20+01:0",
        "2023-11-14T22:13:20+01-00", "2023-11-14T22:13:20+010", "2023-11-14T22:13:20ZZ",
        "2023-11-14T22:13:2x", "2023-11-14T22:13.5", "+1700000000", "1700000000.", "1.7e9", "-",
        ".5", "--1", "1,700,000,000", "2023-13-14x", "2023:11:14 22:13:20", "２０２３-11-14", "2023-11-14T22:13:20,5",
    ],
)  # fmt: skip
def test_format(text: str) -> None:
    assert code_of(f's,"{text}",0\n'.encode()) == "timestamp_format"
    if "," not in text:
        assert code_of(f"s,{text},0\n".encode()) == "timestamp_format"


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29", "1900-02-29", "2023-04-31", "2023-00-10", "2023-13-10", "2023-10-00", "2023-10-32",
        "2023-11-14T24:00:00Z", "2023-11-14T23:60", "2023-11-14T23:59:60Z", "2023-11-14T23:59:99.5",
        "1899-12-31", "2300-01-01", "0000-01-01", "9999-12-31T23:59:59Z", "2023-11-14T00:00:00+24:00",
        "2023-11-14T00:00+00:60", "1900-01-01T00:00:00+00:01", "2299-12-31T23:59-00:01",
        "10413792000", "-2208988801", "10413792000000000000", "99999999999999999999", "1" * 30,
    ],
)  # fmt: skip
def test_range(text: str) -> None:
    assert code_of(f"s,{text},0\n".encode()) == "timestamp_range"
    assert code_of(f's,"{text}",0\n'.encode()) == "timestamp_range"


@pytest.mark.parametrize("text", ["", "  ", '""'])
def test_empty(text: str) -> None:
    assert code_of(f"s,{text},0\n".encode()) == "timestamp_empty"


def test_every_day_of_four_centuries() -> None:
    days = [datetime(1900, 1, 1, tzinfo=UTC) + timedelta(days=k) for k in range(146_097)]
    assert _micros([f"{d:%Y-%m-%dT%H:%M:%SZ}" for d in days]) == [_of(d) for d in days]


def test_random_moments_against_datetime() -> None:
    draw = random.Random(2)
    texts, expected = [], []
    for _ in range(20_000):
        micros = draw.randrange(-2_208_988_800_000_000 + 10**11, 10_413_792_000_000_000 - 10**11)
        zone = timezone(timedelta(minutes=draw.randrange(-1439, 1440)))
        moment = (_EPOCH + timedelta(microseconds=micros)).astimezone(zone)
        texts.append(moment.isoformat(draw.choice(["T", " "])))
        expected.append(micros)
    assert _micros(texts) == expected


def test_damaged_moments_against_the_reference() -> None:
    draw = random.Random(3)
    good = ["2023-11-14T22:13:20Z", "2023-11-14 22:13:20.123+01:00", "1700000000.5", "2023-11-14"]
    texts = []
    for _ in range(40_000):
        text = list(draw.choice(good))
        for _ in range(draw.randrange(1, 3)):
            text[draw.randrange(len(text))] = draw.choice("0123456789:-+TZ. x")
        texts.append("".join(text).strip())
    expected = [reference(t) for t in texts]
    found = _micros(texts)
    assert found == [e if isinstance(e, int) else None for e in expected]
    assert sum(isinstance(e, int) for e in expected) > 5000
