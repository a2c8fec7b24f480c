"""The name under which a file is known."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LENGTH = 255


def clean_filename(name: str) -> str:
    """`name` without its folders and without what no one can see; may be empty.

    Browsers send whole paths now and then. Nothing is ever stored under this name.
    """
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    # A lone surrogate cannot be written as UTF-8.
    base = base.encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub("", base).strip()[:_LENGTH]
