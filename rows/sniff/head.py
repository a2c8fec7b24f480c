"""From the first bytes of a file, in its encoding, to how the file is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rows.decode.compression import Compression
from rows.decode.encoding import Decoder, find_encoding, may_be_another, other_encodings
from rows.decode.offsets import original_size
from rows.sniff.doubt import Alternative, InDoubt, Question
from rows.sniff.file_types import NotCsv, kind_of
from rows.sniff.own_profiles import NO_CANDIDATES, Candidates
from rows.sniff.profile import AUTO, NO_PROFILE
from rows.sniff.resolve import resolve
from rows.sniff.suggest import in_doubt
from schemas.encoding_labels import LATIN, WINDOWS
from schemas.errors import BadData
from schemas.events import Detected, DialectSpec, PropertySource
from schemas.limits import Limits
from schemas.notices import Notice, NoticeCode
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
    own: Candidates = NO_CANDIDATES,
) -> DialectSpec:
    """How the file that begins with `head` is to be read.

    Args:
        head: its first `HEAD_BYTES` (expanded, if it is compressed), or all there are.
        complete: whether `head` is the whole file.
        filename: for `{filename}`, `{stem}` and `filename_pattern`.
        own: profiles of users that the file can have.
        limits: of its records; they go with the dialect.
        compression, said: how the file is compressed, and how it is said to be.

    Raises:
        NotCsv: it is no text in columns.
        InDoubt: it can be read in more than one way, or in none that is known.
        BadData: `bad_option`, `too_many_columns`; `compression_corrupt` if it is said to be
            compressed, and is neither that nor text.
    """
    try:
        with _no_collection():
            return _dialect(head, options, complete, limits, compression, filename, own)
    except NotCsv as exc:
        if said is None or compression is not None:
            raise
        raise BadData(
            "compression_corrupt",
            f"compression_corrupt: the file is said to be {said}-compressed, and is damaged at byte "
            "0: it does not begin like that; compress it again",
        ) from exc


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from looking at the thousands of records of a head again and again.

    They have no cycles and are freed at the end. Threads may do so at the same time: each switches
    the collector on again that found it on.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _dialect(
    head: bytes,
    options: ReadOptions,
    complete: bool,
    limits: Limits | None,
    compression: Compression | None,
    filename: str,
    own: Candidates,
) -> DialectSpec:
    kind = kind_of(head)
    if kind is not None:
        raise NotCsv(kind.reason)
    limits = limits or Limits()
    by_profile = _encoding_by_profile(head, options, own)
    if by_profile is not None:
        options = options.model_copy(update={"encoding": by_profile})

    def attempt(more: ReadOptions) -> tuple[bytes, DialectSpec]:
        encoding, mark = find_encoding(head, more.encoding)
        text = bytes(Decoder(encoding).feed(head[mark:]))
        rest = more.model_copy(update={"encoding": None})
        return text, resolve(
            text, rest, filename=filename, complete=complete, limits=limits, own=own
        )

    encoding, mark = find_encoding(head, options.encoding)
    others = () if options.encoding is not None else other_encodings(head)
    if others:
        question = _unknown_encoding((*others, WINDOWS))
        question.detected = Detected().with_property("compression", compression, "content")
        raise in_doubt(question, options, attempt, limits)
    name_from: PropertySource = "content"
    if options.encoding is not None:
        name_from = "profile" if by_profile is not None else "option"
    try:
        text, found = attempt(options)
    except InDoubt as doubt:
        known = doubt.detected.with_property("encoding", encoding, name_from)
        doubt.detected = known.with_property("compression", compression, "content")
        raise
    notices = found.notices
    if options.encoding is None and encoding in (LATIN, WINDOWS) and may_be_another(head):
        notices += (_GUESSED,)
    sources: dict[str, PropertySource] = {**found.sources, "encoding": name_from}
    return found.model_copy(
        update={
            "encoding": encoding,
            "compression": compression,
            "data_start": mark + original_size(text[: found.data_start], encoding),
            "notices": notices,
            "sources": sources,
        }
    )


def _encoding_by_profile(head: bytes, options: ReadOptions, own: Candidates) -> str | None:
    """The encoding that the file's profile names; None if there is none, or the options name one.

    Names in the header are compared in the encoding of each profile, because the bytes alone may
    not show it.
    """
    if options.encoding is not None or options.profile == NO_PROFILE:
        return None
    wanted = options.profile
    if wanted not in (None, AUTO):
        named = own.named.get(wanted or "")
        return None if named is None else named.options.encoding
    encodings = own.encodings()
    if not encodings:
        return None
    try:
        found, mark = find_encoding(head, None)
        first = own.find(bytes(Decoder(found).feed(head[mark:])), wanted)
        if first is not None:
            return first.options.encoding
        for name in encodings:
            encoding, mark = find_encoding(head, name)
            text = bytes(Decoder(encoding).feed(head[mark:]))
            if own.with_encoding(name).find(text, wanted) is not None:
                return name
    except Question:
        pass  # asked when the file is resolved
    return None


_GUESSED: Final = Notice(
    code=NoticeCode.ENCODING,
    message="the file is no UTF-8 and was read as windows-1252; some letters may be wrong",
    suggestion="say with encoding what it is, such as windows-1250, if names look wrong",
)


def _unknown_encoding(others: tuple[str, ...]) -> Question:
    return Question(
        "encoding_unknown",
        "the file is no UTF-8, and its letters are not those of Western Europe; say with encoding "
        "what it is",
        [Alternative({"encoding": name}, f"the file is {name}") for name in others],
    )
