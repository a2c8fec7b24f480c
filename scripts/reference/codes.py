"""The closed lists of codes: of API errors, invalid rows, files in doubt, notices, damaged files."""

from __future__ import annotations

from ingest.http.error_codes import CODES
from rows import reader
from rows.sniff import doubt
from schemas import invalid_codes
from schemas import notices as notice_codes
from schemas.invalid_codes import COLUMN_OF, InvalidCode
from schemas.notices import NoticeCode
from scripts.reference.markdown import table


def problems() -> str:
    """The codes of problem documents."""
    return table(
        ("code", "status", "title", "when"),
        ((f"`{kind.code}`", str(kind.status), kind.title, kind.meaning) for kind in CODES.values()),
    )


def invalid_rows() -> str:
    """The codes of invalid rows, in the order in which the first fault of a row is chosen."""
    return table(
        ("code", "column", "meaning"),
        (
            (
                f"[`{code}`](rows.md#{code})",
                COLUMN_OF[code] or "structure",
                invalid_codes.MEANING[code],
            )
            for code in InvalidCode
        ),
    )


def doubts() -> str:
    """The codes of files that are in doubt."""
    return table(("code", "meaning"), ((f"`{k}`", text) for k, text in doubt.CODES.items()))


def notices() -> str:
    """The codes of notices."""
    return table(
        ("code", "meaning"), ((f"`{code}`", notice_codes.MEANING[code]) for code in NoticeCode)
    )


def damages() -> str:
    """The codes of damaged compressed files."""
    return table(
        ("code", "what the error says"),
        ((f"[`{code}`](files.md#{code})", text) for code, text in reader.ADVICE.items()),
    )
