"""The tables of docs/files.md that follow from data: header words and built-in profiles.

`python -m rows.sniff.document` writes them into the document.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rows.header_words import word_list
from rows.sniff.profile import built_in

DOCUMENT: Final = Path("docs") / "files.md"


def words_table() -> str:
    """A line for each role, with its words by language."""
    roles: dict[str, dict[str, list[str]]] = {}
    for word in word_list():
        roles.setdefault(word.role, {}).setdefault(word.language, []).append(word.text)
    lines = ["| role | words |", "|---|---|"]
    for role, languages in roles.items():
        words = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in languages.items())
        lines.append(f"| `{role}` | {words} |")
    return "\n".join(lines)


def profiles_table() -> str:
    """A line for each built-in profile."""
    lines = ["| profile | files |", "|---|---|"]
    lines += [f"| `{profile.name}` | {profile.title} |" for profile in built_in()]
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """The document with its tables as they follow from the data."""
    for name, table in (("words", words_table()), ("profiles", profiles_table())):
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = before + begin + table + end + rest.partition(end)[2]
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
