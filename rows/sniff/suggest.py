"""Suggestions: each way to settle a doubt, with the first readings that it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rows.sniff.doubt import MOST_SUGGESTIONS, FirstReading, InDoubt, Question, Suggestion
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.instants import moment_of
from schemas.limits import Limits
from schemas.read_options import ReadOptions, read_options

_READINGS: Final = 3
_BYTES: Final = 64 << 10


def in_doubt(
    question: Question,
    options: ReadOptions,
    attempt: Callable[[ReadOptions], tuple[bytes, DialectSpec]],
    limits: Limits,
) -> InDoubt:
    """A question with its suggestions. Those that lead to another doubt are tried one step further.

    Args:
        attempt: the head as UTF-8, and how it is read, with other options.
    """
    found: list[Suggestion] = []
    for alternative in question.alternatives:
        _follow(alternative.options, alternative.sentence, options, attempt, limits, found, 2)
        if len(found) >= MOST_SUGGESTIONS:
            break
    return InDoubt(
        question.code, question.reason, tuple(found[:MOST_SUGGESTIONS]), question.detected
    )


def _follow(
    more: Any,
    sentence: str,
    options: ReadOptions,
    attempt: Callable[[ReadOptions], tuple[bytes, DialectSpec]],
    limits: Limits,
    found: list[Suggestion],
    steps: int,
) -> None:
    try:
        merged = read_options({**set_options(options), **more})
        text, dialect = attempt(merged)
    except Question as question:
        if steps > 0:
            for further in question.alternatives[:MOST_SUGGESTIONS]:
                replaced = set(more) <= set(further.options)
                said = further.sentence if replaced else f"{sentence}; {further.sentence}"
                _follow(
                    {**more, **further.options}, said, options, attempt, limits, found, steps - 1
                )
        return
    except BadData:
        return
    if any(set_options(merged) == suggestion.options for suggestion in found):
        return
    readings = first_readings(text, dialect, limits)
    if readings:  # without any it settles nothing
        found.append(Suggestion(set_options(merged), sentence, readings))


def set_options(options: ReadOptions) -> dict[str, object]:
    """The options that are set, by name, in the order of their declaration."""
    values = ((name, getattr(options, name)) for name in type(options).model_fields)
    return {name: value for name, value in values if value not in (None, ())}


def first_readings(
    head: bytes, dialect: DialectSpec, limits: Limits, count: int = _READINGS
) -> tuple[FirstReading, ...]:
    """The first readings of the head's records; fewer if it has fewer valid ones."""
    from rows.parse import parse_batch

    data = head[dialect.data_start : dialect.data_start + _BYTES]
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 if len(data) == _BYTES else len(data)
    outcome = parse_batch(
        data[:end], dialect, limits, first_row=1, first_line=dialect.data_line, readings=True
    )
    if outcome.readings is None:
        return ()
    rows = outcome.readings.slice(0, count)
    stamps = rows.column("timestamp").cast("int64").to_pylist()
    return tuple(
        FirstReading(sensor, _written(micros), value)
        for sensor, micros, value in zip(
            rows.column("sensor_id").to_pylist(),
            stamps,
            rows.column("value").to_pylist(),
            strict=True,
        )
    )


def _written(micros: int) -> str:
    return moment_of(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
