"""What a statement is, as far as the HTTP interface must know: where the data of an INSERT begins,
which FORMAT was asked for, whether rows come back. Everything else is the engine's to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

# Only what matters is matched; numbers, commas and operators are skipped by the search. Strings
# and comments are matched whole so that nothing in them is taken for a keyword.
_TOKEN: Final = re.compile(
    rb"--[^\n]*|\#[ !][^\n]*|/\*.*?\*/"
    rb"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`"
    rb"|[A-Za-z_][A-Za-z0-9_]*|[().;]",
    re.DOTALL,
)
_WORD: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*\Z")
_COMMENT: Final = (b"--", b"#", b"/*")
_AFTER_FORMAT: Final = re.compile(rb"[ \t\f]*\r?\n?")


class Kind(Enum):
    """How a statement is run."""

    SELECT = "rows come back and can be streamed"
    INSERT = "data follows the statement"
    OTHER = "anything else"


@dataclass(frozen=True, slots=True)
class Statement:
    """What was found in a statement.

    `format` is the one the statement itself names. Of an INSERT with data, `head` is the statement
    without its SETTINGS, FORMAT and VALUES, `settings` is what follows SETTINGS, and `data_at` is
    the place in the text at which data begins. Of others, `tail_at` is the place of FORMAT, of a
    semicolon, or the end.
    """

    kind: Kind
    verb: str
    format: str | None = None
    head: bytes = b""
    settings: bytes = b""
    data_at: int = 0
    tail_at: int = 0
    keeps_state: bool = False
    into_outfile: bool = False
    from_infile: bool = False


def _tokens(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and text of every token that is no comment."""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if not token.startswith(_COMMENT):
            yield match.start(), match.end(), token


def read_statement(text: bytes) -> Statement:
    """Classify a statement; of an INSERT the text may go on with its data.

    Never fails: what cannot be understood is `Kind.OTHER`, and the engine will say what is wrong.
    """
    tokens = _tokens(text)
    first = next(tokens, None)
    if first is None:
        return Statement(Kind.OTHER, "")
    verb = first[2].upper().decode("latin-1")
    if verb == "INSERT":
        return _read_insert(text, tokens)
    kind = Kind.SELECT if verb in ("SELECT", "WITH", "FROM", "(") else Kind.OTHER
    keeps_state = verb in ("SET", "USE")
    if verb == "CREATE":
        keeps_state = b"TEMPORARY" in [t[2].upper() for t in _take(tokens, 3)]
    return _read_tail(text, kind, verb, keeps_state)


def without_hints(text: bytes) -> bytes:
    """The text without comments that hold a brace.

    chDB is made from ClickHouse's own test client, to which a comment `{ serverError 252 }` says
    that this error is expected: it hides the error, and may repeat the statement.
    """
    if b"{" not in text:
        return text

    def keep(match: re.Match[bytes]) -> bytes:
        token = match.group()
        return b" " if token.startswith(_COMMENT) and b"{" in token else token

    return _TOKEN.sub(keep, text)


def _take(tokens: Iterator[tuple[int, int, bytes]], count: int) -> Iterator[tuple[int, int, bytes]]:
    for _ in range(count):
        token = next(tokens, None)
        if token is None:
            return
        yield token


def _read_tail(text: bytes, kind: Kind, verb: str, keeps_state: bool) -> Statement:
    """[INTO OUTFILE …] [FORMAT name] [SETTINGS …] [;] at the end, outside of brackets."""
    depth = 0
    state = 0  # 1: FORMAT was seen, 2: and a name after it
    name = b""
    tail_at = format_at = len(text)
    into_outfile = False
    previous = b""
    for start, _, token in _tokens(text):
        upper = token.upper()
        if token == b"(":
            depth += 1
        elif token == b")":
            depth -= 1
        if state == 1 and _WORD.match(token) and upper != b"FORMAT":
            state, name = 2, token
        elif depth == 0 and upper == b"FORMAT":  # also after a column of that name
            state, format_at = 1, start
        elif state == 2 and upper in (b"SETTINGS", b"INTO", b";"):
            break
        else:
            state = 0
        if depth == 0 and upper == b"OUTFILE" and previous == b"INTO":
            into_outfile = True
        if token == b";":
            tail_at = start
            break
        previous = upper
    found = state == 2
    return Statement(
        kind,
        verb,
        name.decode() if found else None,
        tail_at=format_at if found else tail_at,
        keeps_state=keeps_state,
        into_outfile=into_outfile,
    )


def _read_insert(text: bytes, tokens: Iterator[tuple[int, int, bytes]]) -> Statement:
    """INSERT INTO [TABLE] [FUNCTION] name [(columns)] [SETTINGS …] [FORMAT name | VALUES | SELECT …]."""
    other = Statement(Kind.OTHER, "INSERT", tail_at=len(text))
    words = iter([t for t in _take(tokens, 1) if t[2].upper() != b"INTO"])
    token = next(words, None) or next(tokens, None)
    while token is not None and token[2].upper() in (b"TABLE", b"FUNCTION"):
        token = next(tokens, None)
    if token is None:
        return other
    # `token` is the table's name, even if it is a keyword; a database may precede it.
    depth = 0
    previous = token[2]
    settings: tuple[int, int] | None = None  # where SETTINGS begins, and what follows it

    def with_data(fmt: str | None, end: int, data_at: int) -> Statement:
        begin, after = settings or (end, end)
        head, rest = without_hints(text[:begin]), without_hints(text[after:end])
        return Statement(Kind.INSERT, "INSERT", fmt, head, rest, data_at)

    for start, end, word in tokens:
        upper = word.upper()
        if upper in (b"SELECT", b"WITH", b"WATCH") and (depth == 0 or previous == b"("):
            return other
        if word == b"(":
            depth += 1
        elif word == b")":
            depth -= 1
        elif depth == 0 and previous != b".":
            if upper == b"FROM":
                return replace(other, from_infile=True)
            if upper == b";":
                return other
            if upper == b"SETTINGS":
                settings = start, end
            elif upper == b"VALUES":
                return with_data("Values", start, end)
            elif upper == b"FORMAT":
                name = next(tokens, None)
                if name is None or not _WORD.match(name[2]):
                    return other
                skip = _AFTER_FORMAT.match(text, name[1])
                data_at = skip.end() if skip else name[1]
                return with_data(name[2].decode(), start, data_at)
        previous = word
    return with_data(None, len(text), len(text))
