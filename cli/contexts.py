"""Named contexts: addresses and keys of several servers, and which of them commands use."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from cli.exit_codes import OTHER, WRONG_USE, CommandError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Context:
    """A server: the address of its API, and the key it is used with."""

    api: str
    key: str | None = None


@dataclass(slots=True)
class Contexts:
    """What the file of contexts has; `current` is the one that commands use."""

    contexts: dict[str, Context] = field(default_factory=dict)
    current: str | None = None

    def named(self, name: str) -> Context:
        """The context of a name.

        Raises:
            CommandError: there is none.
        """
        try:
            return self.contexts[name]
        except KeyError:
            known = ", ".join(sorted(self.contexts)) or "none yet"
            raise CommandError(
                f"there is no context {name}; known: {known}",
                "`csv-processor context add` adds one",
                WRONG_USE,
            ) from None


def contexts_path() -> Path:
    """The file of contexts: in $XDG_CONFIG_HOME, or ~/.config."""
    return _folder("XDG_CONFIG_HOME", ".config") / "contexts.json"


def state_folder() -> Path:
    """Where commands remember what they did: in $XDG_STATE_HOME, or ~/.local/state."""
    return _folder("XDG_STATE_HOME", ".local/state")


def check_name(name: str) -> None:
    """Refuse a name that cannot be one.

    Raises:
        CommandError: it is empty, long, or has other characters.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} is no name of a context",
            "letters, digits, and . _ - after the first one; 64 at most",
            WRONG_USE,
        )


def read_contexts() -> Contexts:
    """The contexts; none if there is no file.

    Raises:
        CommandError: the file cannot be read, or is no file of contexts.
    """
    path = contexts_path()
    try:
        found = json.loads(path.read_bytes())
        return Contexts(
            {name: _context(one) for name, one in found["contexts"].items()}, found["current"]
        )
    except FileNotFoundError:
        return Contexts()
    except OSError as exc:
        raise CommandError(f"{path}: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CommandError(
            f"{path} is no file of contexts", "correct it, or delete it", OTHER
        ) from exc


def write_contexts(contexts: Contexts) -> None:
    """Store the contexts, readable by their owner alone because they have keys.

    Raises:
        CommandError: the file cannot be written.
    """
    path = contexts_path()
    content = {
        "current": contexts.current,
        "contexts": {name: asdict(one) for name, one in contexts.contexts.items()},
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its mode is 0600 from the beginning.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".contexts-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.write("\n")
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise CommandError(f"{exc.filename or path}: {exc.strerror or exc}") from exc


def _context(one: Any) -> Context:
    api, key = one["api"], one.get("key")
    if not isinstance(api, str) or not (key is None or isinstance(key, str)):
        raise TypeError("api and key are texts")
    return Context(api, key)


def _folder(variable: str, default: str) -> Path:
    base = os.environ.get(variable)
    # What is no absolute path is to be ignored, by the specification.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / default
    return root / "csv-processor"
