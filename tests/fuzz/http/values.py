"""Nasty values: what no client should send, and some do."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zlib
from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote, quote_from_bytes

FILE: Final = "{FILE}"  # put in place of an id that exists by the time the case is sent
UPLOAD: Final = "{UPLOAD}"

TEXTS: Final = (
    *("", " ", "0", "-1", "true", "null", "NaN", "None", "undefined", "[]", "{}", "\0", "a\0b"),
    *("\ud800", "\udfff\ud800", "\ufeff", "\u202e", "é", "日本語", "💣" * 20, "\x7f", "\x1b[2J"),
    *("'", '"', "`", "\\", "%", "%s%n", "{0}", "${jndi:x}", "{{7*7}}", "';DROP TABLE files--"),
    *("../../etc/passwd", "..\\..\\x", "/etc/passwd", "file:///etc/passwd", "CON", "a/b", "."),
    *("a" * 300, "a" * 5_000, "," * 1_000, "\r\nX-Injected: 1", "\n", "\t", "<script>", "=1+1"),
)
NUMBERS: Final = (
    *("0", "1", "-1", "1001", "1e3", "1.5", "٣", "0x10", "1_000", "+1", " 1", "1 ", "01", ""),
    *("9" * 19, "9" * 400, str(1 << 31), str(1 << 63), str((1 << 64) - 1), "-9223372036854775809"),
    *("inf", "nan", "1e400", "²"),
)
MOMENTS: Final = (
    *(
        "2024-05-01",
        "2024-05-01T10:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ),
    *("2024-13-45", "-1", "1e18", "0", "now", "2024-05-01T10:00:00+99:99", "", "9" * 30),
)
SORTS: Final = (
    *(
        "filename",
        "-filename",
        "upload_time",
        "-size_bytes",
        "sensor_id",
        "-mean_value",
        "row_count",
    ),
    *("first_timestamp", "status", "--filename", "-", "", "file_id", "1;DROP", "\ud800"),
)
_SOUND_OPTIONS: Final = {
    "delimiter": (",", ";", "tab", " "),
    "encoding": ("utf-8", "utf-16", "windows-1252"),
    "header": ("true", "no"),
    "timestamp_format": ("%d.%m.%Y", "%Y-%m-%dT%H:%M:%SZ"),
    "decimal": (".",),
    "quote": ("'", '"'),
    "escape": ("none",),
    "comment": ("none", "%23"),
    "skip_lines": ("0", "2"),
    "units": ("true", "false"),
}
_OPTION_VALUES: Final = (
    *("%" * 70, "rot13", "idna", "unicode_escape", "auto", "none", "5", "999999", "|", "a", "-1"),
    *TEXTS,
)


def option(draw: Random) -> tuple[str, str]:
    """A read option, known or not, and a value."""
    if draw.random() < 0.1:
        unknown = ("timestamp-format", "delimeter", "timezones", "row", "__proto__", text(draw))
        return draw.choice(unknown), "x"
    name = draw.choice(list(_SOUND_OPTIONS))
    return name, draw.choice(_SOUND_OPTIONS[name] if draw.random() < 0.7 else _OPTION_VALUES)


METHODS: Final = (
    *("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"),
    *("get", "G" * 300, "GE\tT", "", "M-SEARCH", "QUERY", "\x00"),
)


def text(draw: Random) -> str:
    """Any text."""
    if draw.random() < 0.2:
        return "".join(
            chr(draw.choice((draw.randrange(128), draw.randrange(0x800)))) for _ in "123"
        )
    return draw.choice(TEXTS)


def in_url(value: str, draw: Random) -> str:
    """A value as written in a URL: encoded correctly, wrongly, or not at all."""
    how = draw.random()
    if how < 0.7:
        return quote(value.encode("utf-8", "surrogatepass"), safe="")
    if how < 0.8:
        return quote_from_bytes(draw.randbytes(draw.randrange(1, 9)), safe="")
    if how < 0.9:
        return draw.choice(
            ("%", "%zz", "%0", "%00", "%ed%a0%80", "%c0%ae", "%u0041", "+", "%25%30")
        )
    return "".join(c for c in value if c > " " and c not in "?#&\x7f") or "x"


def cursor(draw: Random) -> str:
    """A cursor made by hand."""
    key: object = draw.choice((draw.choice(TEXTS), 1, -1, 1.5, True, None, 1 << 63, 10**400, []))
    identity: object = draw.choice((draw.choice(TEXTS), 7, None, "x"))
    value: object = draw.choice(
        ([draw.choice(SORTS), [key, identity]], [key, identity], key, {"a": key}, [[[]]])
    )
    made = json.dumps(value, ensure_ascii=draw.random() < 0.8)
    if draw.random() < 0.1:
        made = "[" * draw.choice((10, 3_000, 20_000))
    encoded = base64.urlsafe_b64encode(made.encode("utf-8", "surrogatepass")).decode()
    return (
        encoded.rstrip("=") if draw.random() < 0.8 else encoded[: draw.randrange(len(encoded) + 1)]
    )


def metadata(draw: Random) -> str:
    """A tus Upload-Metadata header."""
    pairs = []
    for _ in range(draw.randrange(4)):
        name, value = option(draw)
        if draw.random() < 0.7:
            name = draw.choice(("filename", "filename", "filetype", "force", "\xe9", "", "x" * 99))
            value = draw.choice((value, "a.csv", "text/csv"))
        encoded = base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()
        wrong = draw.choice((encoded[:-1], value, "é", "=="))
        pairs.append(f"{name} {encoded if draw.random() < 0.7 else wrong}")
    return draw.choice((",", ", ", ",,")).join(pairs)


def _rows(draw: Random) -> bytes:
    count = draw.choice((0, 1, 3, 50))
    rows = (f"s{n % 7},2024-05-01T00:00:{n % 60:02}Z,{n}" for n in range(count))
    return "\n".join(("sensor_id,timestamp,value", *rows)).encode()


def _mutated_rows(draw: Random) -> bytes:
    data = bytearray(_rows(draw))
    for _ in range(draw.randrange(1, 8)):
        at = draw.randrange(len(data) + 1)
        data[at:at] = draw.choice(
            (b'"', b"\0", b",", b"\r", b"\xff", b"\xef\xbb\xbf", b"\n", b"'", b"\x1a")
        )
    return bytes(data)


def _gzipped(draw: Random) -> bytes:
    packed = gzip.compress(
        draw.choice((_rows(draw), b"\0" * 1_000_000, b"a,b,c\n" * 100_000)), mtime=0
    )
    return draw.choice(
        (packed, packed[:-5], packed + packed, packed[:20], b"\x1f\x8b", zlib.compress(packed))
    )


CONTENTS: Final[tuple[Callable[[Random], bytes], ...]] = (
    *[_rows] * 8,
    *[_mutated_rows] * 8,
    _gzipped,
    lambda draw: draw.randbytes(draw.choice((1, 20, 5_000))),
    lambda _: b"",
    lambda _: b"\n" * 1_000,
    lambda _: b"sensor_id,timestamp,value\n" + b"x" * 200_000,
    lambda _: b'sensor_id,timestamp,value\n"' + b"a\n" * 5_000,
    lambda draw: (
        b",".join(b"c%d" % n for n in range(draw.choice((999, 1_001, 65_536, 70_000)))) + b"\n"
    ),
    lambda draw: b"," * draw.choice((65_535, 65_536, 200_000)) + b"\n1,2,3\n",
    lambda draw: (
        _rows(draw).decode().encode(draw.choice(("utf-16", "utf-32", "utf-16-le", "cp037")))
    ),
    lambda draw: b"\x89PNG\r\n\x1a\n" + draw.randbytes(200),
    lambda draw: b"PK\x03\x04" + draw.randbytes(200),
    lambda draw: b"\x28\xb5\x2f\xfd" + draw.randbytes(50),
)


def content(draw: Random) -> bytes:
    """What might be sent as a file."""
    return draw.choice(CONTENTS)(draw)


def edited_rows(draw: Random) -> bytes:
    """What might be sent back as corrected rows."""
    out = io.StringIO()
    names = ["row", "sensor_id", "timestamp", "value"]
    if draw.random() < 0.2:
        names[draw.randrange(4)] = draw.choice(TEXTS)
    out.write(draw.choice((",", ";", "\t")).join(names) + "\n")
    for _ in range(draw.randrange(5)):
        cells = [
            draw.choice(("1", "6", "11", "16", *NUMBERS)),
            text(draw),
            draw.choice(MOMENTS),
            draw.choice(NUMBERS),
        ]
        out.write(",".join(f'"{c}"' if draw.random() < 0.5 else c for c in cells) + "\n")
    data = out.getvalue().encode("utf-8", "surrogatepass")
    return draw.choice(
        (data, data, data, data.replace(b"\n", b"\0"), b"\xff\xfe" + data, b'"' * 1_000, b"")
    )
