"""Plain English: words that a reader has to translate first are not used in code, tests or docs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = (
    *("broker", "cli", "csv_processor", "dryrun", "embedded", "ingest", "rows", "runtime"),
    *("schemas", "sinks", "storage", "stream", "tests", "bench", "scripts", "docs", "deploy"),
    *("examples", "ui/src", "README.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile"),
)
KINDS = {".py", ".md", ".ts", ".tsx", ".yaml", ".toml", ""}
# Word, and what it is in plain English.
WORDS = {
    "anew": "again",
    "under way": "in progress",
    "somebody": "the client, the worker, a user",
    "nobody": "no client, no process; not visible",
    "everybody": "every user",
    "whoever": "the caller, the program that",
    "wherever": "if, in every place that",
    "lying": "stored",
    "comes to": "results in",
    "came to": "the result",
    "as it came": "unchanged, as it was sent",
    "told": "configured, declared, reported",
    "behind": "after",
}
_FOUND = re.compile(
    rf"(?<![a-z])(?:{'|'.join(WORDS).replace(' ', '[ _]')})(?![a-z])", re.IGNORECASE
)
# Comments of kernels are part of what their compiled form is identified by; the others are made, or
# are texts of others.
DATA = (
    "rows/kernels/",
    "tests/data/",
    "tests/differential/sensor_files.py",
    "ui/src/api/schema.ts",
)
NAMES = {"tests/integration/embedded/attacks/test_other_users.py": 4}  # the user `nobody` of Unix


def texts() -> dict[str, str]:
    found = {}
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = file.relative_to(ROOT).as_posix()
            if not file.is_file() or file.suffix not in KINDS or name.startswith(DATA):
                continue
            if file != Path(__file__) and "__pycache__" not in name:
                found[name] = file.read_text(encoding="utf-8", errors="replace")
    return found


def test_texts_are_in_plain_english() -> None:
    wrong = []
    for name, text in texts().items():
        hits = [
            f"{name}:{number}: {found[0]!r}: better {WORDS[found[0].lower().replace('_', ' ')]}"
            for number, line in enumerate(text.splitlines(), 1)
            for found in _FOUND.finditer(line)
        ]
        if len(hits) > NAMES.get(name, 0):
            wrong += hits
    assert not wrong, "\n".join(wrong)
