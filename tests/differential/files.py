"""Sensor files of every kind of dirt, for hypothesis: drawn line by line, so that they shrink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from tests.differential.specification import Asked, Bounds

SENSORS = ("a", "boiler-1", "α/β", "x y", "7", "sensor_id", "", " ", "t\tb", "n\nl", "s" * 257)
GOOD_MOMENTS = (
    *("2024-05-01", "2024-05-01T10:00", "2024-05-01 10:00:01", "2024-05-01T10:00:01.25Z"),
    *("2024-05-01T10:00:01.123456789+02:00", "1714557601", "1714557601123", "-5", "1714557601.5"),
    *("1714557601123456", "1714557601123456789", "1900-01-01", "2299-12-31T23:59:59.999999"),
)
BAD_MOMENTS = (
    *("", "yesterday", "2024-13-01", "2024-02-30T00:00", "2024-05-01T24:00", "24-05-01", "1e9"),
    *("2300-01-01", "1899-12-31T23:59", "2024-05-01T10", "2024-05-01T10:00:01.", "99999999999999"),
    *("2024-05-01T10:00+24:00", "2024-05-01T10:00+2", "2024-05-0１"),
)
GOOD_VALUES = (
    "1",
    "-2.5",
    "+.5",
    "3.",
    "1e3",
    "1E-400",
    "0",
    "-0.0",
    "123456789012345678901",
    "007",
)
BAD_VALUES = (
    "",
    "n/a",
    "nan",
    "-inf",
    "0x1f",
    "1,5",
    "1.5,",
    "1e999",
    "1_000",
    "1 000",
    "--1",
    "1e",
)
EXTRAS = ("", "ok", " ", "#", '"')
WORDS = ("# made by logger 3", "#", "Station: north", "-" * 8, "sep=;", "'quoted'", 'say "hello"')
UNITS = (("id", "iso", "degC"), ("", "-", "C"), ("[id]", "[time]", "[V]"), ("text", "", "mm"))
LINE_ENDS = (b"\n", b"\r\n", b"\r")
DELIMITERS = (",", ";", "\t", "|", " ")


@dataclass(frozen=True)
class Sample:
    """A file with what was asked about it."""

    data: bytes
    asked: Asked
    bounds: Bounds


@dataclass(frozen=True)
class _Style:
    delimiter: str
    quote: str
    escape: bool
    quoting: float
    columns: tuple[str, ...]
    dirt: float
    padding: float


def _quoted(text: str, style: _Style) -> str:
    if style.escape:
        text = text.replace("\\", "\\\\").replace(style.quote, "\\" + style.quote)
    else:
        text = text.replace(style.quote, style.quote * 2)
    return style.quote + text + style.quote


def _field(text: str, style: _Style, draw: Random) -> str:
    special = any(c in text for c in (style.delimiter, style.quote, "\n", "\r"))
    if (special and draw.random() > style.dirt / 2) or draw.random() < style.quoting:
        text = _quoted(text, style)
        if draw.random() < style.padding / 2:
            text = draw.choice((" ", "  ", "\t")) + text
    elif draw.random() < style.padding:
        text = draw.choice((" ", "\t", "  ")) + text + draw.choice(("", " "))
    return text


def _join(fields: list[str], style: _Style, draw: Random) -> str:
    if style.delimiter != " ":
        return style.delimiter.join(fields)
    return "".join(f + " " * draw.choice((1, 1, 2, 5)) for f in fields).rstrip(" ")


def _reading(style: _Style, draw: Random) -> list[str]:
    dirty = draw.random() < style.dirt
    sensor = draw.choice(SENSORS if dirty else SENSORS[:5])
    moment = draw.choice(BAD_MOMENTS if dirty and draw.random() < 0.5 else GOOD_MOMENTS)
    value = draw.choice(BAD_VALUES if dirty and draw.random() < 0.5 else GOOD_VALUES)
    if style.delimiter != "," and draw.random() < 0.3:
        value = value.replace(".", ",")
    texts = {"sensor_id": sensor, "timestamp": moment, "value": value}
    return [
        _field(texts.get(name.lower(), draw.choice(EXTRAS)), style, draw) for name in style.columns
    ]


def _damaged(line: str, style: _Style, draw: Random) -> str:
    """A line with something done to it somewhere."""
    at = draw.randrange(len(line) + 1)
    what = draw.choice(
        (style.quote, style.quote, style.delimiter, "\0", "\x1a", "\r", "\n", "\\", "é", "'", '"')
    )
    return line[:at] + what + line[at + draw.choice((0, 1)) :]


_KINDS = ("reading",) * 12 + (
    *("damaged", "damaged", "blank", "comment", "header", "units", "cut", "trailing", "words"),
    *("bytes", "long", "several_lines"),
)


def _line(seed: int, style: _Style) -> bytes:
    draw = Random(seed)
    kind = _KINDS[seed % len(_KINDS)]
    if kind not in ("reading", "trailing") and draw.random() > style.dirt * 2:
        kind = "reading"
    reading = _join(_reading(style, draw), style, draw)
    by_kind: dict[str, Callable[[], str]] = {
        "reading": lambda: reading,
        "damaged": lambda: _damaged(reading, style, draw),
        "blank": lambda: draw.choice(("", " ", "\t \t", "\x1a")),
        "comment": lambda: "# " + reading,
        "header": lambda: _join(list(style.columns), style, draw),
        "units": lambda: _join(list(draw.choice(UNITS)), style, draw),
        "cut": lambda: reading[: draw.randrange(len(reading) + 1)],
        "trailing": lambda: reading + style.delimiter * draw.choice((1, 1, 3)),
        "words": lambda: draw.choice(WORDS),
        "bytes": lambda: reading,
        "long": lambda: reading + "x" * draw.choice((90, 200)),
        "several_lines": lambda: _join(
            [_quoted("a\nb", style), *_reading(style, draw)[1:]], style, draw
        ),
    }
    text = by_kind[kind]().encode()
    if kind == "bytes":
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice((b"\xe9", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80")) + text[at:]
    return text


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Files of up to some dozens of lines in any dialect, clean to hopeless, with options."""
    style = _Style(
        delimiter=draw(st.sampled_from(DELIMITERS)),
        quote=draw(st.sampled_from(('"', '"', '"', "'"))),
        escape=draw(st.sampled_from((False, False, True))),
        quoting=draw(st.sampled_from((0.0, 0.1, 1.0))),
        columns=draw(
            st.sampled_from(
                (
                    ("sensor_id", "timestamp", "value"),
                    ("sensor_id", "timestamp", "value"),
                    ("Value", "SENSOR_ID", "note", "timestamp"),
                    ("sensor_id", "timestamp", "value", "unit", ""),
                    ("timestamp", "value"),
                )
            )
        ),
        dirt=draw(st.sampled_from((0.0, 0.1, 0.3, 0.6))),
        padding=draw(st.sampled_from((0.0, 0.2))),
    )
    random = Random(draw(st.integers(0, 1 << 20)))
    lines: list[bytes] = []
    lines += [w.encode() for w in draw(st.lists(st.sampled_from(WORDS), max_size=2))]
    if draw(st.sampled_from((True, True, False))):
        mark = draw(st.sampled_from(("", "", "", "# ")))
        lines.append((mark + _join(list(style.columns), style, random)).encode())
        if draw(st.sampled_from((False, False, True))):
            units = list(draw(st.sampled_from(UNITS)))
            lines.append(_join(units, style, random).encode())
    lines += [_line(seed, style) for seed in draw(st.lists(st.integers(0, 1 << 30), max_size=40))]
    ends = draw(st.sampled_from((LINE_ENDS[:1], LINE_ENDS[1:2], LINE_ENDS[2:], LINE_ENDS)))
    data = draw(st.sampled_from((b"", b"", b"", b"\xef\xbb\xbf")))
    data += b"".join(line + random.choice(ends) for line in lines)
    ending = draw(st.sampled_from(("kept", "kept", "none", "ctrl-z", "nul")))
    if ending == "none":
        data = data.rstrip(b"\r\n")
    elif ending != "kept":
        data += b"\x1a" if ending == "ctrl-z" else b"\0\0\0"
    prescribed = draw(st.sampled_from((False, False, False, True)))
    asked = Asked()
    if prescribed:
        asked = Asked(
            delimiter=draw(st.sampled_from((None, style.delimiter, ","))),
            quote=draw(st.sampled_from((None, style.quote))),
            escape=draw(st.sampled_from((None, "none", "\\"))),
            comment=draw(st.sampled_from((None, "none", "#", "-"))),
            header=draw(st.sampled_from((None, True, False))),
            skip_lines=draw(st.sampled_from((0, 0, 1, 3))),
            units=draw(st.sampled_from((None, True, False))),
            decimal=draw(st.sampled_from((None, ".", ","))),
        )
    bounds = draw(
        st.sampled_from((Bounds(), Bounds(), Bounds(record_bytes=80), Bounds(record_lines=2)))
    )
    return Sample(data, asked, bounds)
