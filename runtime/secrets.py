"""Secrets from files: `NAME_FILE` names a file that holds the value of the variable `NAME`.

The convention of container images: a password that is mounted as a file appears neither in
`docker inspect` nor in the environment of child processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

SUFFIX: Final = "_FILE"


class UnusableSecret(ValueError):  # noqa: N818
    """A secret's file that cannot be used; the text says what would be right."""


def secret_of(name: str, env: Mapping[str, str]) -> str | None:
    """The secret `name` in the file that `name`_FILE names, without the line break at its end.

    Returns None if the variable is not set or is empty.

    Raises:
        UnusableSecret: the file cannot be read or is empty, or `name` is set too.
    """
    variable = name + SUFFIX
    path = env.get(variable)
    if not path:
        return None
    if env.get(name):
        raise UnusableSecret(f"{name} and {variable} are both set; keep one of them")
    try:
        value = Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "is not UTF-8"
        raise UnusableSecret(f"{variable}: {path} cannot be read: {reason}") from exc
    if not value:
        raise UnusableSecret(f"{variable}: {path} is empty")
    return value
