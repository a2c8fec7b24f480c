"""Header words: one role per word, in every language; names are matched as a whole."""

from __future__ import annotations

from collections import defaultdict

import pytest

from rows.header_words import word_list
from rows.sniff.words import QUALIFIERS, HeaderRole, folded, role_of

LANGUAGES = {"en", "de", "fr", "es", "it", "nl", "sv", "pl"}


def test_a_word_has_one_role_in_all_languages() -> None:
    roles: defaultdict[str, set[str]] = defaultdict(set)
    for word in word_list():
        if word.role not in QUALIFIERS:
            roles[folded(word.text)].add(word.role)
    assert {word: found for word, found in roles.items() if len(found) > 1} == {}


@pytest.mark.parametrize("role", ["sensor", "timestamp", "date", "time", "value"])
def test_every_language_has_words_for_every_role(role: str) -> None:
    either = {"date": {"date", "date_or_sensor"}, "time": {"time", "time_or_hour"}}.get(
        role, {role}
    )
    found = {word.language for word in word_list() if word.role in either}
    # `date`, `datum` and `data` are words of several languages, and in the list once.
    shared = {"fr", "sv", "pl"} if role == "date" else set()
    assert LANGUAGES - found - shared == set()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Timestamp", "timestamp"), ("Date Time, GMT-05:00", "timestamp"), ("deviceId", "sensor"),
        ("readingTypeId", "quantity"), ("Zeitstempel", "timestamp"), ("Messwert", "value"),
        ("Horodatage", "timestamp"), ("Valeur", "value"), ("Fecha y hora", "timestamp"),
        ("Data/Ora", "timestamp"), ("Meetwaarde", "value"), ("Tidpunkt", "timestamp"),
        ("Wartość", "value"), ("Zählernummer", "sensor"), ("#", "counter"), ("Unnamed: 0", "counter"),
        ("Temperature", None), ("Wind Speed", None), ("P1", None), ("", None), ("start value", None),
    ],
)  # fmt: skip
def test_role_of_a_name(name: str, role: str | None) -> None:
    found = role_of(name)
    assert (found.role if found else None) == role


def test_qualifiers_are_kept() -> None:
    assert role_of("End Time") == HeaderRole("time", frozenset({"end"}))
    assert role_of("UTC_DATE") == HeaderRole("date", frozenset({"utc"}))
    assert role_of("Read Date and End Time") == HeaderRole("timestamp", frozenset({"end"}))


def test_types_of_data_after_a_name_are_no_part_of_it() -> None:
    names = ["deviceId.String", "timestamp.DateTime", "seq.Long", "time::timestamp"]
    assert [role_of(name) for name in names] == [
        HeaderRole("sensor"), HeaderRole("timestamp"), role_of("seq"), HeaderRole("time")
    ]  # fmt: skip
    assert role_of("seq") is not None
    assert role_of("Strom.String") is None
