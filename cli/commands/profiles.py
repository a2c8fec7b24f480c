"""The commands about profiles: list, show, versions, save, copy, preview, replay, delete."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cli.client import Api, ApiRefused, Params, document
from cli.commands.bulk import carry_out
from cli.context import print_body, the_api
from cli.exit_codes import PARTIAL, PROCESSED, WRONG_USE, CommandError
from cli.format import many, moment
from cli.reading_options import ReadingOptions, read_options_of
from cli.terminal import note, printable, say, table
from schemas.corrections import MAX_FILE_IDS

_CONDITIONS: Final = ("filename", "header", "lines", "api_key", "topic", "object_prefix")
_PAGE: Final = 200
Doc = dict[str, Any]


def list_profiles(params: Params, *, as_json: bool) -> None:
    """A page of profiles."""
    _page("/api/v1/profiles", params, as_json=as_json)


def list_versions(name: str, params: Params, *, as_json: bool) -> None:
    """A page of the versions of a profile."""
    _page(_path(name, "versions"), params, as_json=as_json)


def show_profile(name: str, version: int | None, *, as_json: bool) -> None:
    """A profile."""
    with the_api(as_json) as api:
        body = api.get(_path(name), {"version": version})
    if as_json:
        print_body(body)
    else:
        say("\n".join(_lines(document(body))))


def content_of(
    path: str | None, title: str | None, match: Sequence[str], exact: bool, reading: ReadingOptions
) -> Doc:
    """The profile that options and a file name; what an option says replaces what the file does.

    Raises:
        CommandError: one of them cannot be followed; it is a wrong use.
    """
    found: Doc = _read(path) if path is not None else {}
    if title is not None:
        found["title"] = title
    conditions: dict[str, list[str]] = {}
    for one in match:
        name, sign, text = one.partition("=")
        if not sign or name.replace("-", "_") not in _CONDITIONS:
            raise CommandError(
                f"--match is {one!r}",
                f"CONDITION=TEXT is meant, with one of {', '.join(_CONDITIONS)}",
                WRONG_USE,
            )
        conditions.setdefault(name.replace("-", "_"), []).append(text)
    if conditions or exact:
        found["match"] = {
            **found.get("match", {}),
            **conditions,
            **({"exact": True} if exact else {}),
        }
    if reading:
        options = read_options_of(reading).model_dump(mode="json", exclude_defaults=True)
        found["options"] = {**found.get("options", {}), **options}
    return found


def save_profile(
    name: str, content: Doc, if_version: int | None, *, yes: bool, as_json: bool
) -> None:
    """Save a version. At a terminal the user first sees what a change does to earlier files."""
    if not (yes or as_json) and sys.stdin.isatty() and _is_known(name):
        preview_profile(name, content, {}, as_json=False)
        _confirm(f"This is how {name} would change what was read before. Save it?", "change")
    headers = {} if if_version is None else {"if-match": f'"{if_version}"'}
    with the_api(as_json) as api:
        body = api.put(_path(name), content, headers)
    _saved(body, as_json=as_json)


def copy_profile(source: str, name: str, *, as_json: bool) -> None:
    """Save what a profile says under a name that is free."""
    with the_api(as_json) as api:
        doc = document(api.get(_path(source)))
        content = {key: doc[key] for key in ("title", "match", "options")}
        body = api.put(_path(name), content, {"if-none-match": "*"})
    _saved(body, as_json=as_json)


def delete_profile(name: str, *, yes: bool) -> None:
    """Delete a profile after the user at the terminal confirms."""
    if not yes:
        _confirm(f"files are read without the profile {name} from now on. Delete it?", "deletion")
    with the_api() as api:
        api.delete(_path(name))
    say(f"deleted {name}")


def preview_profile(name: str, content: Doc | None, params: Params, *, as_json: bool) -> None:
    """Which earlier files would be read differently."""
    with the_api(as_json) as api:
        body = api.post_json(_path(name, "preview"), content, params)
    if as_json:
        print_body(body)
        return
    found = document(body)
    items = found.get("items") or []
    if items:
        say("\n".join(_differing(items)))
    totals = found.get("totals") or {}
    old, new = totals.get("old") or {}, totals.get("new") or {}
    say(
        f"{found.get('differing', 0):,} of {many(found.get('checked') or 0, 'file')} would be read "
        f"differently: {old.get('row_count', 0):,} valid and {old.get('invalid_count', 0):,} invalid "
        f"rows become {new.get('row_count', 0):,} and {new.get('invalid_count', 0):,}"
    )
    if found.get("next_cursor"):
        note(f"there are earlier files: --cursor {found['next_cursor']}")


def replay_files(name: str, *, yes: bool, as_json: bool) -> int:
    """Replay the files that the profile reads differently; exit code 3 if one was rejected."""
    with the_api(as_json) as api:
        found = list(_to_replay(api, name))
        if not found:
            note("no earlier file would be read differently")
            return PROCESSED
        if not yes:
            _confirm(f"{many(len(found), 'file')} are read again. Go on?", "replay")
        codes = []
        for first in range(0, len(found), MAX_FILE_IDS):
            ids = [item["file_id"] for item in found[first : first + MAX_FILE_IDS]]
            request = {"files": {"file_ids": ids}}
            codes.append(carry_out(api, "reprocessings", request, as_json=as_json))
    return PARTIAL if PARTIAL in codes else PROCESSED


def _to_replay(api: Api, name: str) -> Iterator[Doc]:
    cursor: str | None = None
    while True:
        page = document(
            api.post_json(_path(name, "preview"), None, {"limit": _PAGE, "cursor": cursor})
        )
        yield from page.get("items") or []
        cursor = page.get("next_cursor")
        if cursor is None:
            return


def _path(name: str, what: str = "") -> str:
    return f"/api/v1/profiles/{quote(name, safe='')}" + (f"/{what}" if what else "")


def _read(path: str) -> Doc:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{path}: {exc}", code=WRONG_USE) from exc
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as exc:
        raise CommandError(f"{path} is neither JSON nor TOML: {exc}", code=WRONG_USE) from exc
    # As `profiles show --json` prints it, and as built-in profiles are written.
    return {key: found[key] for key in found if key in ("title", "match", "options")}


def _is_known(name: str) -> bool:
    with the_api() as api:
        try:
            api.get(_path(name))
        except ApiRefused as problem:
            if problem.status == HTTPStatus.NOT_FOUND:
                return False
            raise
    return True


def _confirm(question: str, what: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError(
            f"there is no terminal to confirm the {what}", "--yes confirms it", code=WRONG_USE
        )
    note(f"{question} Type yes to do so:")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was done")


def _page(path: str, params: Params, *, as_json: bool) -> None:
    with the_api(as_json) as api:
        body = api.get(path, params)
    if as_json:
        print_body(body)
        return
    page = document(body)
    rows = [
        (
            printable(str(doc["name"])),
            f"{doc['version']}",
            "deleted" if doc["deleted"] else "built in" if doc["built_in"] else "own",
            moment(doc["changed_at"]),
            printable(str(doc["title"])),
        )
        for doc in page.get("items") or []
    ]
    if rows:
        say("\n".join(table(["name", "version", "kind", "changed", "title"], rows, ["version"])))
    else:
        note("no profiles")
    if page.get("next_cursor"):
        note(f"there is more: --cursor {page['next_cursor']}, or a higher --limit (to 1000)")


def _saved(body: bytes, *, as_json: bool) -> None:
    if as_json:
        print_body(body)
        return
    doc = document(body)
    say(f"{doc.get('name')} is version {doc.get('version')}")
    note(f"csv-processor profiles preview {doc.get('name')} shows what it does to earlier files")


def _lines(doc: Doc) -> list[str]:
    kind = "built in" if doc["built_in"] else "deleted" if doc["deleted"] else "own"
    lines = [f"{doc['name']}  version {doc['version']}, {kind}"]
    if doc["title"]:
        lines.append(printable(str(doc["title"])))
    for head in ("match", "options"):
        said: Mapping[str, Any] = {k: v for k, v in doc[head].items() if v not in ([], False, None)}
        lines += ["", head]
        width = max(map(len, said), default=0)
        lines += [f"  {name:<{width}}  {printable(_text(value))}" for name, value in said.items()]
        if not said:
            lines.append("  none")
    return lines


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _differing(items: Sequence[Doc]) -> list[str]:
    rows = []
    for item in items:
        old, new = item["old"], item["new"]
        rows.append(
            (
                str(item["file_id"]),
                _counts(old),
                "too large to count" if new is None else _counts(new),
                ", ".join(item["changes"]) or "-",
                printable(str(item["filename"])),
            )
        )
    return table(["id", "is", "would be", "changes", "file"], rows)


def _counts(counts: Doc) -> str:
    return f"{counts['status']} {counts['row_count'] or 0:,}+{counts['invalid_count'] or 0:,}"
