"""Which of the forms that a call has a client asks for (RFC 9110, Accept)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ingest.http.errors import Problem

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv"
PARQUET_TYPE: Final = "application/vnd.apache.parquet"
ARROW_TYPE: Final = "application/vnd.apache.arrow.stream"


def negotiated(accept: str | None, offered: Sequence[str]) -> str:
    """The media type to answer with: the one that the client likes best, of equals the first one.

    Args:
        offered: what the call has; the first one is for clients that do not say.

    Raises:
        Problem: 406 `not_acceptable`.
    """
    if accept is None or not accept.strip():
        return offered[0]
    wanted = [_weighted(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda kind: _weight(kind, wanted))
    if _weight(best, wanted) <= 0:
        raise Problem(
            "not_acceptable",
            f"Accept is {accept[:200]!r}; this call answers {', '.join(offered)}.",
        )
    return best


def _weighted(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return kind, min(1.0, max(0.0, float(value)))
            except ValueError:
                return kind, 1.0
    return kind, 1.0


def _weight(kind: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that has `kind`; 0 if there is none."""
    ranges = dict(wanted)
    for name in (kind, f"{kind.partition('/')[0]}/*", "*/*", "*"):
        if name in ranges:
            return ranges[name]
    return 0.0
