"""Suggestions as documents, events and records carry them, with a command to copy."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from rows.sniff.doubt import InDoubt, Suggestion
from schemas.errors import BadData
from schemas.events import Detected
from schemas.read_options import Option, options
from schemas.suggestions import Suggestion as CarriedSuggestion


def command_line(chosen: Mapping[str, object], verb: str = "convert", path: str = "FILE") -> str:
    """A command to copy that reads a file with these options."""
    words = ["csv-processor", verb, path]
    for option in options():
        if option.name in chosen:
            words += _flags(option, chosen[option.name])
    return shlex.join(words)


def _flags(option: Option, value: object) -> list[str]:
    if isinstance(value, bool):
        return [option.flag if value else option.flag.replace("--", "--no-", 1)]
    texts = value if isinstance(value, tuple | list) else (value,)
    return [f"{option.flag}={text}" for text in texts]


def suggestion_document(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as documents carry it."""
    chosen = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in suggestion.options.items()
    }
    return {
        "message": suggestion.sentence,
        "options": chosen,
        "command": command_line(chosen),
        "readings": [
            {"sensor_id": r.sensor_id, "timestamp": r.timestamp, "value": r.value}
            for r in suggestion.readings
        ],
    }


def suggestions_in(error: BadData) -> tuple[CarriedSuggestion, ...]:
    """The suggestions of an error as events and records carry them; none if it is no doubt."""
    if not isinstance(error, InDoubt):
        return ()
    return tuple(
        CarriedSuggestion.model_validate(suggestion_document(one)) for one in error.suggestions
    )


def detected_in(error: BadData) -> Detected | None:
    """What is settled of a file that is in doubt; None if the error is no doubt."""
    return error.detected if isinstance(error, InDoubt) else None
