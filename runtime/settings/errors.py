"""Raised by a settings model if a value is missing or unsafe."""

from __future__ import annotations

from pydantic import ValidationError


class SettingsProblem(ValueError):  # noqa: N818
    """A value that cannot be worked with; the text says what would be right."""


class InvalidSettings(Exception):  # noqa: N818
    """The process must not start. The text is one line per problem, fit for a terminal."""


def explain(error: ValidationError) -> str:
    """Each problem of `error` in one line that names its variable; no secret is repeated."""
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in item["loc"]).upper()
        if item["type"] == "missing":
            lines.append(f"{name} is not set")
            continue
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {message}" if name else message)
    return "; ".join(lines)
