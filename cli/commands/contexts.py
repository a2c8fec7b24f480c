"""`context`: add, choose, list and remove servers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cli.client import Api
from cli.context import API_VARIABLE, CONTEXT_VARIABLE
from cli.contexts import Context, check_name, read_contexts, write_contexts
from cli.exit_codes import WRONG_USE, CommandError
from cli.terminal import note, say


def add_context(name: str, address: str, key: str | None, *, use: bool) -> None:
    """Store a server under a name; the first one is used from then on, another one with `use`."""
    check_name(name)
    with Api(address):
        pass  # it is an address
    contexts = read_contexts()
    contexts.contexts[name] = Context(address.rstrip("/"), key)
    if use or contexts.current is None:
        contexts.current = name
    write_contexts(contexts)
    say(f"{name}  {address.rstrip('/')}" + ("  (used)" if contexts.current == name else ""))


def key_of(file: str | None) -> str | None:
    """The key in a file (-: standard input), or as it is typed without being shown; None for none."""
    if file is None:
        if not sys.stdin.isatty():
            return None
        import getpass

        return getpass.getpass("API key (none: Enter): ").strip() or None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as exc:
        raise CommandError(f"{file}: {exc.strerror}", None, WRONG_USE) from exc
    if not text.strip():
        raise CommandError(f"{file} has no key in it", None, WRONG_USE)
    return text.strip()


def use_context(name: str) -> None:
    """Use a context from now on."""
    contexts = read_contexts()
    found = contexts.named(name)
    contexts.current = name
    write_contexts(contexts)
    say(f"{name}  {found.api}")
    for variable in (API_VARIABLE, CONTEXT_VARIABLE):
        if os.environ.get(variable):
            note(f"{variable} is set, and comes first")


def list_contexts() -> None:
    """Print the contexts; the one that is used has an asterisk."""
    contexts = read_contexts()
    for name, one in sorted(contexts.contexts.items()):
        mark = "*" if name == contexts.current else " "
        say(f"{mark} {name}  {one.api}" + ("" if one.key is None else "  (with a key)"))
    if not contexts.contexts:
        note("no contexts; `csv-processor context add NAME URL` adds one")


def remove_context(name: str) -> None:
    """Forget a context and its key."""
    contexts = read_contexts()
    contexts.named(name)
    del contexts.contexts[name]
    if contexts.current == name:
        contexts.current = None
        note("no context is used any more; `csv-processor context use NAME` chooses one")
    write_contexts(contexts)
