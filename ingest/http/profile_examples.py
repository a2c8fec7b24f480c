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
_COUNTS: Final[dict[str, Any]] = {
    "status": "processed",
    "error": None,
    "row_count": 3,
    "invalid_count": 0,
    "sensor_count": 1,
    "min_value": 1.5,
    "max_value": 2.5,
}
PREVIEW: Final[dict[str, Any]] = {
    "items": [
        {
            "file_id": "0190d5a4c3f27b6e8d1f4a5b6c7d8e9f",
            "filename": "klima-2026-03.csv",
            "profile": "klima",
            "profile_version": 3,
            "would_be_profile": "klima",
            "changes": {"timezone": {"old": "UTC", "new": "Europe/Berlin"}},
            "old": _COUNTS,
            "new": _COUNTS,
        }
    ],
    "next_cursor": None,
    "checked": 12,
    "differing": 1,
    "unreadable": 0,
    "totals": {
        "old": {"row_count": 3, "invalid_count": 0},
        "new": {"row_count": 3, "invalid_count": 0},
    },
}
