"""What the bytes of an input mean: eight choose options, limits and how the file is fed, the rest is its text."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from rows.decode.compression import Compression
from runtime.zstd import zstd
from schemas.limits import ExpansionLimits, Limits
from schemas.read_options import BadOption, ReadOptions, read_options

T = TypeVar("T")

CHOICES: Final = 8  # bytes before the text
_DELIMITERS: Final = (None, ",", ";", "\t", "|", " ", ":")
_QUOTES: Final = (None, '"', "'")
_ESCAPES: Final = (None, "\\", "none")
_COMMENTS: Final = (None, "#", "none", "-")
_YES_NO: Final = (None, True, False)
_DECIMALS: Final = (None, ".", ",")
_SKIPPED: Final = (None, 1, 3)
_FORMATS: Final = (
    None,
    None,
    None,
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%y %I:%M %p",
    "%Y-%j %H:%M:%S.%f%z",
)
# How the text is written, and the read options.
_WRITTEN: Final = (
    *("utf-8", "utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"),
    *("utf-16-le without a mark", "latin-1", "windows-1252"),
)
_ENCODINGS: Final = (None, None, None, "utf-8", "latin-1", "windows-1252", "utf-16", "utf-16-be")
_COMPRESSED: Final = (None, None, None, "gzip", "zstd", "gzip in members", "zstd in frames")
_DAMAGE: Final = ("none", "none", "none", "cut", "byte", "tail")
_RECORD_BYTES: Final = (1 << 20, 1 << 20, 80, 16, 1)
_RECORD_LINES: Final = (100, 100, 2, 1)
_RAW_BYTES: Final = (1000, 1000, 10, 0)
_COLUMNS: Final = (1000, 1000, 3)
_BATCHES: Final = (1 << 20, 1, 7, 16, 40, 64, 100, 200, 1000)
_CHUNKS: Final = (1 << 20, 1, 2, 7, 63, 64, 65, 500)
_EXPANSION: Final = (
    ExpansionLimits(),
    ExpansionLimits(max_bytes=200),
    ExpansionLimits(max_ratio=2, ratio_from=100),
)


@dataclass(frozen=True)
class Case:
    """A file, and how it is read. `text` is its decoded text if that is known without reading it."""

    data: bytes
    text: bytes | None
    options: ReadOptions
    limits: Limits
    expansion: ExpansionLimits
    said: Compression | None
    batch_bytes: int
    chunk: int
    filename: str = ""


class _Choices:
    """Numbers that are taken off a word, the lowest first."""

    def __init__(self, word: int) -> None:
        self._word = word

    def of(self, values: Sequence[T]) -> T:
        self._word, place = divmod(self._word, len(values))
        return values[place]


def case_of(data: bytes) -> Case:
    """What an input means; every one means something."""
    head = data[:CHOICES].ljust(CHOICES, b"\0")
    text = data[CHOICES:]
    # Each byte chooses by itself, so that a changed byte changes little.
    choices = [_Choices(byte) for byte in head]
    options = _possible(
        {
            "delimiter": choices[0].of(_DELIMITERS),
            "quote": choices[0].of(_QUOTES),
            "escape": choices[1].of(_ESCAPES),
            "comment": choices[1].of(_COMMENTS),
            "header": choices[1].of(_YES_NO),
            "units": choices[2].of(_YES_NO),
            "decimal": choices[2].of(_DECIMALS),
            "skip_lines": choices[2].of(_SKIPPED),
            "timestamp_format": choices[2].of(_FORMATS),
            "encoding": choices[3].of(_ENCODINGS),
        }
    )
    written, compressed, damage = (
        choices[3].of(_WRITTEN),
        choices[4].of(_COMPRESSED),
        choices[4].of(_DAMAGE),
    )
    limits = Limits(
        max_record_bytes=choices[5].of(_RECORD_BYTES),
        max_record_lines=choices[5].of(_RECORD_LINES),
        max_raw_bytes=choices[5].of(_RAW_BYTES),
        max_columns=choices[5].of(_COLUMNS),
    )
    file = _written(text, written)
    expected = file if written == "utf-8" or written == "utf-8-sig" else None
    said = _said(compressed)
    if compressed is not None:
        file = _compressed(file, compressed)
        expansion = choices[4].of(_EXPANSION)
        if expansion != ExpansionLimits():
            expected = None
    else:
        expansion = ExpansionLimits()
    if damage != "none":
        expected = None
        file = _damaged(file, damage, text)
    if options.encoding not in (None, "utf-8"):
        expected = None
    return Case(
        data=file,
        text=expected,
        options=options,
        limits=limits,
        expansion=expansion,
        said=said,
        batch_bytes=choices[6].of(_BATCHES),
        chunk=choices[7].of(_CHUNKS),
    )


def _written(text: bytes, how: str) -> bytes:
    if how == "utf-8":
        return text
    if how == "utf-8-sig":
        return b"\xef\xbb\xbf" + text
    if how == "latin-1" or how == "windows-1252":
        return text.decode("utf-8", "replace").encode(how, "replace")
    if how == "utf-16-le without a mark":
        return text.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass")
    marked = "\ufeff" + text.decode("utf-8", "surrogateescape")
    return marked.encode(how, "surrogatepass")


def _said(compressed: str | None) -> Compression | None:
    said: Literal["gzip", "zstd"] | None = None
    if compressed is not None:
        said = "gzip" if compressed.startswith("gzip") else "zstd"
    return said


def _compressed(file: bytes, how: str) -> bytes:
    half = len(file) // 2
    parts = (file[:half], file[half:]) if "in" in how.split() else (file,)
    if how.startswith("gzip"):
        return b"".join(gzip.compress(part, 1, mtime=0) for part in parts)
    return b"".join(zstd.compress(part, 1) for part in parts)


def _damaged(file: bytes, damage: str, text: bytes) -> bytes:
    """`file` with damage at a place that follows from the text."""
    if not file:
        return file
    at = sum(text[-8:]) * 7 % len(file)
    if damage == "cut":
        return file[:at]
    if damage == "byte":
        return file[:at] + bytes([file[at] ^ 0x55]) + file[at + 1 :]
    return file + text[-8:]


def _possible(fields: dict[str, object]) -> ReadOptions:
    """The options; one that contradicts another is left out."""
    try:
        return read_options(fields)
    except BadOption as exc:
        return _possible({**fields, exc.name: None})
