"""What a shell completes: ids and names, asked of the API. It never fails, and never waits long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from cli.client import Api, Params, document
from cli.context import server
from cli.contexts import read_contexts

_MOST: Final = 50
_SECONDS: Final = 2.0

Found = list[tuple[str, str]]


def file_names(begin: str) -> Found:
    """Names of files and ids that begin so: the name is completed, unless an id is being typed."""
    found: dict[str, str] = {}
    for item in _items("/api/v1/files", {"q": begin or None, "sort": "-upload_time"}):
        name, file_id = str(item.get("filename")), str(item.get("file_id"))
        if name.startswith(begin) and name not in found:
            found[name] = f"{item.get('status')}, {file_id}"
        elif begin and file_id.startswith(begin):
            found[file_id] = name
    return list(found.items())


def profiles(begin: str) -> Found:
    """Names of profiles that begin so."""
    return _beginning("/api/v1/profiles", "name", "title", begin)


def sensors(begin: str) -> Found:
    """Ids of sensors that begin so."""
    items = _items("/api/v1/sensors", {"q": begin or None})
    ids = (str(item.get("sensor_id")) for item in items)
    return [(sensor, "") for sensor in ids if sensor.startswith(begin)]


def webhooks(begin: str) -> Found:
    """Ids of webhooks that begin so."""
    return _beginning("/api/v1/webhooks", "webhook_id", "url", begin)


def contexts(begin: str) -> Found:
    """Names of contexts that begin so."""
    with suppress(Exception):
        known = read_contexts().contexts
        return [(name, one.api) for name, one in sorted(known.items()) if name.startswith(begin)]
    return []


def _beginning(path: str, name: str, about: str, begin: str) -> Found:
    return [
        (str(item.get(name)), str(item.get(about) or ""))
        for item in _items(path, {})
        if str(item.get(name)).startswith(begin)
    ]


def _items(path: str, params: Params) -> Iterator[dict[str, Any]]:
    """The first items of a list; none if the API cannot be asked.

    A shell shows what is printed beside what is being typed, so nothing is.
    """
    with suppress(Exception):
        found = server()
        with Api(found.api, found.key, seconds=_SECONDS) as api:
            yield from document(api.get(path, {**params, "limit": _MOST}))["items"]
