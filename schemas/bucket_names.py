"""Which names buckets and objects may have."""

from __future__ import annotations

import re

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# S3's limit, in bytes of UTF-8.
_KEY_BYTES = 1024


def is_bucket_name(name: str) -> bool:
    """S3's rule. It also keeps a bucket of a folder store inside of its folder."""
    return _BUCKET.fullmatch(name) is not None and ".." not in name


def is_object_key(key: str) -> bool:
    """A path that every store can hold: no part empty, `.` or `..`, nothing that is not printed."""
    parts = key.split("/")
    return (
        len(key.encode("utf-8", "surrogatepass")) <= _KEY_BYTES
        and _CONTROL.search(key) is None
        and not any(part in ("", ".", "..") for part in parts)
    )
