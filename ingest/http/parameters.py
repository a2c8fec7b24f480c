"""Query parameters and form fields that a route does not know are rejected, not ignored: a typing
error such as `?timestamp-format=` would otherwise be ignored silently.

What a route knows is what it declares: the parameters of its function and of its dependencies, and
what its `openapi_extra` describes.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from ingest.http.errors import Problem, invalid_parameter

FORM: Final = "multipart/form-data"
# How alike two names have to be for one to be a typing error of the other.
_ALIKE: Final = 0.6
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route knows: names of query parameters, of those that can be repeated, and of the
    fields of its form."""

    query: frozenset[str]
    repeated: frozenset[str]
    fields: frozenset[str]


def check_query(request: Request) -> None:
    """Check the names in the query of a request.

    Raises:
        Problem: 400 `unknown_parameter` for a name that the route does not know; 400
            `invalid_parameter` for one that is given twice and cannot be.
    """
    if not request.query_params:
        return
    declared = declared_by(request)
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in declared.query:
            raise unknown_parameter("query parameter", name, declared.query)
        if name in seen and name not in declared.repeated:
            raise invalid_parameter(f"{name} is given more than once; send it once.")
        seen.add(name)


def unknown_parameter(kind: str, name: str, known: Collection[str]) -> Problem:
    """A name that is not known, and the nearest one that is."""
    folded = {one.replace("_", "").casefold(): one for one in known}
    plain = name.replace("-", "").replace("_", "").casefold()
    found = difflib.get_close_matches(plain, folded, n=1, cutoff=_ALIKE)
    nearest = folded[found[0]] if found else None
    if nearest is not None:
        hint = f"Did you mean {nearest}?"
    elif known:
        hint = f"Known are {', '.join(sorted(known))}."
    else:
        hint = "This call has none."
    return Problem(
        "unknown_parameter",
        f"There is no {kind} {name[:_SHOWN]!r} here. {hint}",
        nearest=nearest,
    )


def declared_by(request: Request) -> Declared:
    """What the route of a request knows."""
    route: APIRoute = request.scope["route"]
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = _declared(route)
    return known


# By the function of the route, which lives as long as the process.
_KNOWN: WeakKeyDictionary[Any, Declared] = WeakKeyDictionary()


def _declared(route: APIRoute) -> Declared:
    extra: dict[str, Any] = route.openapi_extra or {}
    described = [one for one in extra.get("parameters", ()) if one["in"] == "query"]
    form = extra.get("requestBody", {}).get("content", {}).get(FORM, {})
    return Declared(
        query=frozenset(_query_names(route.dependant)) | {one["name"] for one in described},
        repeated=frozenset(
            one["name"] for one in described if one.get("schema", {}).get("type") == "array"
        ),
        fields=frozenset(form.get("schema", {}).get("properties", ())),
    )


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)
