"""TypeScript types of the API's documents, by openapi-typescript, for the web UI."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from scripts.reference.http_api import description

ROOT: Final = Path(__file__).resolve().parents[2]
TYPES: Final = ROOT / "ui" / "src" / "api" / "schema.ts"
_PROGRAM: Final = ROOT / "ui" / "node_modules" / ".bin" / "openapi-typescript"
_HEADER: Final = (
    "/** Generated from the API's OpenAPI description by `make reference`. Do not edit. */\n\n"
)


def installed() -> bool:
    """Whether the development tools of the web UI are installed."""
    return _PROGRAM.exists()


def types() -> str:
    """The types of every document of the API.

    Raises:
        subprocess.CalledProcessError: openapi-typescript rejects the description.
    """
    documents = {**description(), "paths": {}}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(json.dumps(documents))
        subprocess.run(
            [_PROGRAM, source, "--root-types", "--root-types-no-schema-prefix", "-o", target],
            check=True,
            capture_output=True,
        )
        text = target.read_text()
    return _HEADER + text[text.index("export interface components") :]
