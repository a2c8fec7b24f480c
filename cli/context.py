"""How a command reaches the API, and how an answer is handed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cli.client import Api, ApiProblem
from cli.contexts import Context, read_contexts
from cli.exit_codes import WRONG_USE, CommandError
from runtime.secrets import UnusableSecret, secret_of

DEFAULT_API = "http://127.0.0.1:8000"
API_VARIABLE = "CSV_PROCESSOR_API"
# Name of the context that is to be used instead of the current one.
CONTEXT_VARIABLE = "CSV_PROCESSOR_CONTEXT"


@contextmanager
def the_api(as_json: bool = False) -> Iterator[Api]:
    """The API that is to be used. With `as_json` its error document is printed too."""
    found = server()
    with Api(found.api, found.key) as api:
        try:
            yield api
        except ApiProblem as problem:
            if as_json:
                print_body(problem.body)
            raise


def server() -> Context:
    """The server of the environment, else of the context that is chosen, else of this machine.

    A key of a context is never sent to another server.
    """
    base = os.environ.get(API_VARIABLE)
    if base:
        return Context(base, api_key())
    chosen = chosen_context()
    if chosen is None:
        return Context(DEFAULT_API, api_key())
    return Context(chosen.api, api_key() or chosen.key)


def is_named() -> bool:
    """Whether the environment or a context names a server."""
    return bool(os.environ.get(API_VARIABLE)) or chosen_context() is not None


def chosen_context() -> Context | None:
    """The context of CSV_PROCESSOR_CONTEXT, or the current one; None if there is neither."""
    contexts = read_contexts()
    name = os.environ.get(CONTEXT_VARIABLE) or contexts.current
    return None if name is None else contexts.named(name)


def api_key() -> str | None:
    """The API key from CSV_PROCESSOR_KEY, or from the file that CSV_PROCESSOR_KEY_FILE names."""
    name = "CSV_PROCESSOR_KEY"
    try:
        return secret_of(name, os.environ) or os.environ.get(name)
    except UnusableSecret as exc:
        raise CommandError(str(exc), None, WRONG_USE) from exc


def print_body(body: bytes) -> None:
    """An answer of the API, byte for byte, on a line of its own."""
    if not body:
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.buffer.flush()
