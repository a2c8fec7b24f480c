"""What S3 events name."""

from __future__ import annotations

import json
from typing import Any

from stream.announce import from_notification


def created(bucket: str, key: str, size: int) -> dict[str, Any]:
    return {
        "eventName": "s3:ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": size}},
    }


def keys(*records: dict[str, Any]) -> list[str]:
    value = json.dumps({"Records": records}).encode()
    return [found.ref.key for found in from_notification(value, "ours")]


def test_empty_folders_and_our_own_objects_are_no_files() -> None:
    files = [created("ours", "inbox/a%2Bb.csv", 10), created("theirs", "raw/1", 10)]
    assert keys(*files) == ["inbox/a+b.csv", "raw/1"]
    others = [created("theirs", "inbox/", 0), created("ours", "raw/1", 10)]
    assert keys(*others, files[0]) == ["inbox/a+b.csv"]


def test_an_empty_file_and_a_folder_with_bytes_are_looked_at() -> None:
    assert keys(created("theirs", "a.csv", 0), created("theirs", "a/", 3)) == ["a.csv", "a/"]
