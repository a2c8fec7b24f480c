"""Idempotency keys: a client's own name for a request that it may have to repeat."""

from __future__ import annotations

from typing import Final

from ingest.http.errors import Problem, invalid_parameter
from schemas.file_record import FileRecord
from schemas.own_keys import own_key

_LENGTH: Final = 200


def read_idempotency_key(header: str | None, holder: str | None) -> str | None:
    """The key of a request as it is stored: one holder's key is not another's.

    Args:
        header: `Idempotency-Key` as it was sent.
        holder: id of the API key of the request; None if the API takes requests without one.

    Raises:
        Problem: 400, if it is empty or too long.
    """
    if header is None:
        return None
    if not 0 < len(header) <= _LENGTH:
        raise invalid_parameter(f"Idempotency-Key must have 1 to {_LENGTH} characters.")
    return header if holder is None else own_key("held", holder, header)


def key_reused(first: FileRecord) -> Problem:
    """The key of the request was used before, with other bytes."""
    return Problem(
        "idempotency_key_reused",
        f"This Idempotency-Key was used for the file {first.file_id} ({first.filename}), which has "
        "other bytes. Send another key for another file.",
    )
