"""The commands about services: migrate, up, down."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ingest.cli.exits import WRONG_USE, CommandError


def migrate_services() -> None:
    """Bring tables, topics and bucket to what this version needs; doing it again changes nothing."""
    from schemas.errors import Unavailable
    from settings import InvalidSettings, ServiceSettings, load

    try:
        settings = load(ServiceSettings)
    except InvalidSettings as exc:
        raise CommandError(str(exc), code=WRONG_USE) from exc

    from ingest.migrate import migrate_all

    try:
        migrate_all(settings)
    except Unavailable as exc:
        raise CommandError(str(exc), "is it up? `make up` starts the embedded stack") from exc


def start(api_port: int, data_dir: Path, workers: int) -> int:
    """Start the embedded stack of `data_dir`; its exit code."""
    return _embedded("up", api_port=api_port, data_dir=data_dir, workers=workers)


def stop(data_dir: Path) -> int:
    """Stop the embedded stack of `data_dir`; its exit code."""
    return _embedded("down", data_dir=data_dir)


def _embedded(action: str, **settings: object) -> int:
    told = {name.upper(): str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "embedded", action]
    return subprocess.run(command, env={**os.environ, **told}, check=False).returncode
