"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def size(count: int) -> str:
    """Bytes: `512 B`, `1.4 MB`."""
    if count < 1000:
        return f"{count} B"
    scaled, units = count / 1000, ("kB", "MB", "GB", "TB", "PB")
    step = 0
    while scaled >= 999.5 and step < len(units) - 1:
        scaled, step = scaled / 1000, step + 1
    return f"{scaled:.1f} {units[step]}" if scaled < 99.95 else f"{scaled:.0f} {units[step]}"


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def value(number: object) -> str:
    """A measured value in at most ten digits, `-` if there is none."""
    if number is None:
        return "-"
    return f"{number:.10g}" if isinstance(number, int | float) else str(number)


def took(milliseconds: object) -> str:
    """`3 ms`, `1.24 s`, `-` if it is not known."""
    if not isinstance(milliseconds, int | float):
        return "-"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def moment(text: object) -> str:
    """An ISO 8601 time in UTC to the second; any other text unchanged."""
    if not isinstance(text, str):
        return "-"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S")
