"""Examples of what the API answers about profiles."""

from __future__ import annotations

from typing import Any, Final

CONTENT: Final[dict[str, Any]] = {
    "title": "Klima GmbH, export of the building",
    "match": {"filename": ["klima-*.csv"], "header": ["Zeit", "Messwert"]},
    "options": {"timezone": "Europe/Berlin", "timestamp_format": ["%d.%m.%Y %H:%M"]},
}
PROFILE: Final[dict[str, Any]] = {
    "name": "klima",
    "version": 3,
    "built_in": False,
    "deleted": False,
    "source": None,
    **CONTENT,
    "match": {
        "exact": False,
        "lines": [],
        "api_key": [],
        "topic": [],
        "object_prefix": [],
        **CONTENT["match"],
    },
    "changed_at": "2026-03-01T06:10:00.000000Z",
    "changed_by": "3f2a9c01b7de",
    "links": {
        "self": "/api/v1/profiles/klima",
        "versions": "/api/v1/profiles/klima/versions",
    },
}
