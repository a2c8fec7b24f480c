"""From the first bytes of a file, in its encoding, to how the file is read."""

from __future__ import annotations

from rows.decode.compression import Compression
from rows.decode.encoding import Decoder, find_encoding
from rows.decode.offsets import original_size
from rows.sniff.file_types import NotCsv, kind_of
from rows.sniff.resolve import resolve
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import ReadOptions

# How much of a larger file the dialect is found from.
HEAD_BYTES = 256 << 10


def find_dialect(
    head: bytes,
    options: ReadOptions,
    *,
    complete: bool,
    limits: Limits | None = None,
    compression: Compression | None = None,
    said: Compression | None = None,
    filename: str = "",
) -> DialectSpec:
    """How the file that begins with `head` is to be read.

    Args:
        head: its first `HEAD_BYTES` (expanded, if it is compressed), or all there are.
        complete: whether `head` is the whole file.
        filename: for `{filename}`, `{stem}` and `filename_pattern`.
        limits: of its records; they go with the dialect.
        compression, said: how the file is compressed, and how it is said to be.

    Raises:
        NotCsv: it is no text in columns.
        InDoubt: it can be read in more than one way, or in none that is known.
        BadData: `bad_option`, `too_many_columns`; `compression_corrupt` if it is said to be
            compressed, and is neither that nor text.
    """
    try:
        return _dialect(head, options, complete, limits, compression, filename)
    except NotCsv as exc:
        if said is None or compression is not None:
            raise
        raise BadData(
            "compression_corrupt",
            f"compression_corrupt: the file is said to be {said}-compressed, and is damaged at byte "
            "0: it does not begin like that; compress it anew",
        ) from exc


def _dialect(
    head: bytes,
    options: ReadOptions,
    complete: bool,
    limits: Limits | None,
    compression: Compression | None,
    filename: str,
) -> DialectSpec:
    encoding, mark = find_encoding(head, options.encoding)
    kind = kind_of(head)
    if kind is not None:
        raise NotCsv(kind.reason)
    told = options.model_copy(update={"encoding": None})
    text = bytes(Decoder(encoding).feed(head[mark:]))
    found = resolve(text, told, filename=filename, complete=complete, limits=limits)
    return found.model_copy(
        update={
            "encoding": encoding,
            "compression": compression,
            "data_start": mark + original_size(text[: found.data_start], encoding),
        }
    )
