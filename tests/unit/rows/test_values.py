"""Values: which are taken, and that they are the floats nearest to what was written."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import pytest

from schemas.events import DialectSpec
from tests.harness.row_files import code_of, column_of

SEMICOLON = DialectSpec(header=False, delimiter=";", decimal=",")


def _floats(texts: list[str]) -> list[float | None]:
    """What the row engine makes of numbers: plain and, by another path, quoted."""
    plain = column_of("min_value", [f"0,{t}".encode() for t in texts])
    quoted = column_of("min_value", [f'0,"{t}"'.encode() for t in texts])
    assert list(map(repr, plain)) == list(map(repr, quoted))
    return plain


def _check(texts: list[str]) -> None:
    """Every text becomes what Python's float makes of it, the sign of zero included."""
    for text, found in zip(texts, _floats(texts), strict=True):
        expected = float(text)
        if expected in (float("inf"), float("-inf")):
            assert found is None, text
        else:
            assert repr(found) == repr(expected), text


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "+1", "1.", ".5", "-.5", "007", "1e5", "1E+5", "1.5e-3", "5.e2", "0e999", "1e-999"],
)
def test_taken(text: str) -> None:
    assert repr(_floats([text])[0]) == repr(float(text))


@pytest.mark.parametrize(
    "text",
    [
        "x", "1x", "1 2", "--1", "+-1", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e5.0", "1.2.3",
        "0x10", "1_000", "1,000", "1'000", "12,5", "١", "1f", "1e5e5", "nanx", "infinit", "1\x00",
    ],
)  # fmt: skip
def test_no_number(text: str) -> None:
    assert code_of(f's,0,"{text}"\n'.encode()) == "value_format"


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "-nan", "inf", "+Inf", "-INF", "infinity", "-Infinity", "1e309", "-1e999"],
)
def test_not_finite(text: str) -> None:
    assert code_of(f"s,0,{text}\n".encode()) == "value_not_finite"


@pytest.mark.parametrize("text", ["", " ", "\t", '""'])
def test_empty(text: str) -> None:
    assert code_of(f"s,0,{text}\n".encode()) == "value_empty"


def test_a_decimal_comma_needs_another_delimiter() -> None:
    texts = [b"0;1,5", b"0;-,5", b"0;1.5", b"0;1,5e3", b'0;"2,5"', b"0;1,2,3", b"0;1.234,5"]
    found = column_of("min_value", texts, SEMICOLON)
    assert found == [1.5, -0.5, 1.5, 1500.0, 2.5, None, None]


def test_decimal_comma_in_quotes_needs_to_be_asked_for() -> None:
    assert code_of(b's,0,"1,5"\n') == "value_format"
    assert code_of(b's,0,"1,5"\n', DialectSpec(header=False, decimal=",")) is None


def test_bounds_of_float64() -> None:
    _check(
        [
            "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e308",
            "1.797693134862315807e308", "2.2250738585072014e-308", "2.2250738585072011e-308",
            "2.225073858507201e-308", "4.9406564584124654e-324", "5e-324", "2.4703282292062327e-324",
            "2.4703282292062328e-324", "2.47032822920623272e-324", "1e-323", "3e-324", "1e-400",
            "9007199254740993", "9007199254740992", "9007199254740991", "9007199254740994.9999",
            "18446744073709551615", "18446744073709551616", "9223372036854775808", "1e22", "1e23",
            "179769313486231580793728971405301e276", "0." + "0" * 400 + "1", "1" + "0" * 308,
            "1" + "0" * 309, "0." + "0" * 320 + "1e330", "123456789012345678901234567890",
        ]
    )  # fmt: skip


def _shortest(draw: random.Random) -> Iterator[str]:
    """Floats of all sizes as Python writes them, and with a digit more or less."""
    for _ in range(20_000):
        (number,) = struct.unpack("<d", draw.randbytes(8))
        if number - number == 0:
            yield repr(number)
            yield f"{number:.{draw.randrange(14, 21)}e}"


def _halfway(draw: random.Random) -> Iterator[str]:
    """Exactly between two floats, and a digit beside it, up to some hundred digits long."""
    for _ in range(3000):
        bits = draw.getrandbits(52) | 1 << 52
        shift = draw.randrange(-120, 120)
        between = 2 * bits + 1
        if shift >= 0:
            digits, point = str(between << shift), 0
        else:
            digits, point = str(between * 5**-shift), shift
        for text in (digits, digits[:-1] + str(int(digits[-1]) ^ 1), digits + "0001"):
            more = len(text) - len(digits)
            yield f"{text}e{point - more}"


def _subnormal(draw: random.Random) -> Iterator[str]:
    for _ in range(5000):
        number = draw.getrandbits(draw.randrange(1, 53)) * 5e-324
        yield f"{number:.{draw.randrange(0, 25)}e}"


def _digits(draw: random.Random) -> Iterator[str]:
    """Any digits around any point, with any exponent."""
    for _ in range(30_000):
        text = "".join(draw.choices("0123456789", k=draw.randrange(1, 30)))
        at = draw.randrange(len(text) + 1)
        text = text[:at] + "." + text[at:] if draw.random() < 0.7 else text
        exponent = f"e{draw.randrange(-345, 330)}" if draw.random() < 0.5 else ""
        yield draw.choice(["", "-", "+"]) + text + exponent


def _measured(draw: random.Random) -> Iterator[str]:
    """What sensors send."""
    for _ in range(30_000):
        yield f"{draw.uniform(-1000, 1000):.{draw.randrange(0, 12)}f}"


@pytest.mark.parametrize("numbers", [_shortest, _halfway, _subnormal, _digits, _measured])
def test_nearest_float(numbers: object) -> None:
    assert callable(numbers)
    _check(list(numbers(random.Random(1))))


def test_first_of_equal_extremes_also_where_the_exact_parser_is_asked() -> None:
    # 2**53 + 1 with more digits than decide: between two floats, and just above.
    between, above = (
        b"9007199254740993.00000000000000000000",
        b"9007199254740993.0000000000000000001",
    )
    data = [b"0," + between, b"0," + above]
    assert column_of("min_value", data) == [9007199254740992.0, 9007199254740994.0]
    assert column_of("max_value", [b'0,"' + between + b'"']) == [9007199254740992.0]
