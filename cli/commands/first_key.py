"""The first API key of an embedded stack: created when the stack starts for the first time."""

from __future__ import annotations

import os
from pathlib import Path

from cli.commands.keys import create_first
from cli.terminal import note, say
from embedded.endpoints import read_endpoints
from runtime.settings import ApiSettings


def show_first_key(data_dir: Path) -> None:
    """Create a key with the scope admin and print it, if calls need keys and there is none.

    It is printed this once. What this process asks of the API afterwards is asked with it.
    """
    endpoints = read_endpoints(data_dir)
    known = {name.lower(): value for name, value in endpoints.items()}
    settings = ApiSettings(**{n: v for n, v in known.items() if n in ApiSettings.model_fields})  # type: ignore[arg-type]
    if not settings.keys_needed:
        return
    token = create_first(settings.clickhouse_url)
    if token is None:
        return
    os.environ["CSV_PROCESSOR_KEY"] = token
    note("Calls need an API key. This is the first one, with the scope admin; keep it, it is shown")
    note(
        "this once. Clients send it as `Authorization: Bearer KEY`, the web UI asks for it, and the"
    )
    note(
        "command line takes it from CSV_PROCESSOR_KEY. `csv-processor keys create` creates others."
    )
    say(token)
