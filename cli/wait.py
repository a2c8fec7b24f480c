"""Following a file until its status is terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cli.client import Api, ApiAway, document, file_path
from cli.exit_codes import CommandError
from runtime.pauses import growing

_FIRST_SECONDS, _GROWTH, _LONGEST_SECONDS = 0.03, 1.4, 0.5
# The API may restart meanwhile; the file is processed regardless.
_AWAY_SECONDS = 30.0


def until_terminal(
    api: Api, file_id: str, seen: Callable[[dict[str, Any]], None], timeout: float | None = None
) -> bytes:
    """The file document, as the API wrote it, once its status is terminal and no replay is in progress.

    `seen` hears every document on the way. A pause of the API up to half a minute is sat out.

    Raises:
        CommandError: after `timeout` seconds, or where the API stays away.
    """
    started = answered = time.monotonic()
    pauses = growing(_FIRST_SECONDS, _LONGEST_SECONDS, _GROWTH)
    while True:
        try:
            body = api.get(file_path(file_id))
            answered = time.monotonic()
            now = document(body)
            seen(now)
            if now.get("status") != "waiting" and not now.get("replay"):
                return body
        except ApiAway:
            if time.monotonic() - answered > _AWAY_SECONDS:
                raise
        pause = next(pauses)
        if timeout is not None and time.monotonic() - started + pause > timeout:
            raise CommandError(
                f"{file_id} is still waiting after {timeout:g} s",
                f"it goes on: csv-processor watch {file_id}",
            )
        time.sleep(pause)
