"""JSON schemas of the events, for producers and readers in other languages, and the read options as
the web UI's form needs them.

python -m schemas.generate           writes schemas/json/<type>.v<version>.schema.json and
                                     ui/src/options/readOptions.json
python -m schemas.generate --check   exits with 1 if one of them differs from the models
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from schemas.events import INTERNAL, PUBLIC, Event
from schemas.read_options import options

FOLDER: Final = Path(__file__).parent / "json"
OPTIONS: Final = FOLDER.parents[1] / "ui" / "src" / "options" / "readOptions.json"
EVENTS: Final[tuple[type[Event], ...]] = (*INTERNAL, *PUBLIC)


def name_of(event: type[Event]) -> str:
    """`<type>.v<version>`: what the files of an event are called."""
    return f"{event.TYPE}.v{event.VERSION}"


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON schema of an event on the wire."""
    schema = event.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = f"{name_of(event)}.schema.json"
    if event in INTERNAL:
        envelope = {"type": {"const": event.TYPE}, "version": {"const": event.VERSION}}
        schema["properties"] = envelope | schema["properties"]
        schema["required"] = [*envelope, *schema["required"]]
    return schema


def text_of(event: type[Event]) -> str:
    """The content of an event's schema file."""
    return json.dumps(schema_of(event), indent=2, ensure_ascii=False) + "\n"


def options_text() -> str:
    """The read options in the order of their declaration, as JSON."""
    listed = [
        {
            "name": option.name,
            "kind": option.kind,
            "repeated": option.repeated,
            "choices": list(option.choices),
            "help": option.help,
            "example": option.example,
        }
        for option in options()
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def expected() -> dict[Path, str]:
    """Every generated file with its content."""
    schemas = {FOLDER / f"{name_of(event)}.schema.json": text_of(event) for event in EVENTS}
    # The web UI's sources are not installed with the product.
    return schemas | {OPTIONS: options_text()} if OPTIONS.parent.exists() else schemas


def differences() -> list[str]:
    """Names of files that are missing, say something else, or belong to no event."""
    wanted = expected()
    wrong = [p.name for p, text in wanted.items() if not p.exists() or p.read_text() != text]
    return sorted(wrong + [p.name for p in FOLDER.glob("*") if p not in wanted])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate")
    parser.add_argument("--check", action="store_true", help="compare only")
    if parser.parse_args().check:
        for name in differences():
            print(f"{name} differs from the models", file=sys.stderr)
        return 1 if differences() else 0
    FOLDER.mkdir(exist_ok=True)
    for path, text in expected().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
