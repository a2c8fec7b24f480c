"""How a command reaches the API, and how an answer is handed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cli.client import Api, ApiProblem
from cli.exit_codes import WRONG_USE, CommandError
from runtime.secrets import UnusableSecret, secret_of

DEFAULT_API = "http://127.0.0.1:8000"


@contextmanager
def the_api(as_json: bool = False) -> Iterator[Api]:
    """The API that the environment names. With `as_json` its error document is printed too."""
    base = os.environ.get("CSV_PROCESSOR_API") or DEFAULT_API
    with Api(base, api_key()) as api:
        try:
            yield api
        except ApiProblem as problem:
            if as_json:
                print_body(problem.body)
            raise


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
