"""Which names a bucket may have."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def is_bucket_name(name: str) -> bool:
    """S3's rule. It also keeps a bucket of a folder store inside of its folder."""
    return _NAME.fullmatch(name) is not None and ".." not in name
