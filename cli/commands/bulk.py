"""The commands about many files at once: correct, reprocess."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.client import Api, ApiAway, document
from cli.context import print_body, the_api
from cli.exit_codes import PARTIAL, PROCESSED, WRONG_USE, CommandError
from cli.file_names import file_named
from cli.format import many
from cli.terminal import note, printable, say, table
from runtime.pauses import growing

_COLUMNS: Final = ("sensor_id", "timestamp", "value")
_FIRST_SECONDS, _GROWTH, _LONGEST_SECONDS = 0.05, 1.4, 1.0
# The API may restart meanwhile; the operation goes on.
_AWAY_SECONDS: Final = 60.0
_SHOWN: Final = 10
Doc = dict[str, Any]


def changes_of(
    replace: Sequence[str], words: Sequence[str], formats: Sequence[str], shift: str | None
) -> list[Doc]:
    """The changes that options name, in the order: text, words, formats, shift.

    Raises:
        CommandError: one of them cannot be followed; it is a wrong use.
    """
    changes = [_replacement(one) for one in replace]
    if words:
        pairs = [word.rpartition("=") for word in words]
        for word, (before, sign, _) in zip(words, pairs, strict=True):
            if not sign or not before:
                raise CommandError(f"--map is {word!r}", "WORD=VALUE is meant: ON=1", WRONG_USE)
        changes.append({"kind": "map", "words": {word: text for word, _, text in pairs}})
    changes += [{"kind": "time_format", "format": one} for one in formats]
    if shift is not None:
        changes.append({"kind": "shift", "by": shift})
    if not changes:
        raise CommandError(
            "nothing says how to correct rows",
            "--replace, --map, --time-format or --shift does",
            WRONG_USE,
        )
    return changes


def _replacement(text: str) -> Doc:
    column, sign, pair = text.partition(":")
    find, equals, replacement = pair.partition("=")
    if column not in _COLUMNS or not sign or not equals or not find:
        raise CommandError(
            f"--replace is {text!r}",
            f"COLUMN:OLD=NEW is meant, with a column of {', '.join(_COLUMNS)}",
            WRONG_USE,
        )
    return {"kind": "replace", "column": column, "find": find, "replacement": replacement}


def correct_files(request: Doc, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Preview a correction, then do it; exit code 3 if a file was rejected."""
    with the_api(as_json) as api:
        _resolve(api, request)
        if dry_run or not yes:
            body = api.post_json("/api/v1/corrections/preview", request, {})
            found = document(body)
            if dry_run and as_json:
                print_body(body)
                return PROCESSED
            _show_preview(found)
            if dry_run:
                return PROCESSED
            if not found.get("corrected"):
                note("there is nothing to correct")
                return PROCESSED
            rows, files = found["corrected"], found.get("changed_files") or 0
            _confirm(f"Correct {many(rows, 'row')} of {many(files, 'file')}?")
        return carry_out(api, "corrections", request, as_json=as_json)


def reprocess_files(request: Doc, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Process files again; exit code 3 if a file was rejected."""
    with the_api(as_json) as api:
        _resolve(api, request)
        if dry_run or not yes:
            body = api.post_json("/api/v1/reprocessings/preview", request, {})
            found = document(body)
            if dry_run and as_json:
                print_body(body)
                return PROCESSED
            files = found.get("files") or 0
            names = ", ".join(printable(str(name)) for name in found.get("examples") or [])
            say(f"{many(files, 'file')}" + (f": {names}" if names else ""))
            if dry_run or not files:
                return PROCESSED
            _confirm(f"Process {many(files, 'file')} again?")
        return carry_out(api, "reprocessings", request, as_json=as_json)


def _resolve(api: Api, request: Doc) -> None:
    """Names of files become ids."""
    files = request["files"]
    if not files:
        raise CommandError(
            "nothing says which files",
            "name them, or use --of-profile, --status, --q, --parent or --since",
            WRONG_USE,
        )
    if "file_ids" in files:
        files["file_ids"] = [file_named(api, one) for one in files["file_ids"]]
    if "parent_id" in files:
        files["parent_id"] = file_named(api, files["parent_id"])


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to confirm this", "--yes confirms it", WRONG_USE)
    note(f"{question} Type yes to do so:")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was done")


def carry_out(api: Api, path: str, request: Doc, *, as_json: bool) -> int:
    """Begin an operation, wait for its end and show what became of its files; exit code 3 if one was
    rejected. If the command ends before, the operation goes on."""
    # A repetition of this request, if its answer is lost, is the same operation.
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    operation = document(_patient(lambda: api.post_json(f"/api/v1/{path}", request, {}, headers)))
    where = str(operation["links"]["self"])
    pauses = growing(_FIRST_SECONDS, _LONGEST_SECONDS, _GROWTH)
    reported = time.monotonic()
    while operation.get("status") != "done":
        time.sleep(next(pauses))
        operation = document(_patient(lambda: api.get(where)))
        if not as_json and time.monotonic() - reported > 5:
            reported = time.monotonic()
            note(
                f"{operation.get('files_done', 0):,} of {many(operation.get('files') or 0, 'file')}"
            )
    body = _patient(lambda: api.get(where))
    if as_json:
        print_body(body)
    else:
        _show(api, operation)
    return PARTIAL if (operation.get("results") or {}).get("rejected") else PROCESSED


def _patient(call: Any) -> bytes:
    """What `call` returns; repeated while the API is unavailable."""
    began = time.monotonic()
    while True:
        try:
            body: bytes = call()
            return body
        except ApiAway:
            if time.monotonic() - began > _AWAY_SECONDS:
                raise
            time.sleep(_LONGEST_SECONDS)


def _show_preview(found: Doc) -> None:
    rows = [
        (
            f"{printable(str(one.get('filename')))}, row {one.get('row')}",
            _cells(one.get("before") or {}),
            _cells(one.get("after") or {}),
        )
        for one in (found.get("examples") or [])[:_SHOWN]
    ]
    if rows:
        say("\n".join(table(["row", "before", "after"], rows, [])))
    say(
        f"{found.get('corrected', 0):,} of {many(found.get('matched') or 0, 'invalid row')} of "
        f"{many(found.get('files') or 0, 'file')} would be corrected"
    )
    for name, what in (
        ("unchanged", "that the rule does not change"),
        ("still_invalid", "that stay invalid in another cell"),
        ("corrected_before", "that are corrected already"),
    ):
        if found.get(name):
            say(f"{many(found[name], 'row')} {what}")


def _cells(cells: Mapping[str, object]) -> str:
    return printable(" | ".join(str(cells.get(name, "")) for name in _COLUMNS))


def _show(api: Api, operation: Doc) -> None:
    results = operation.get("results") or {}
    if operation.get("kind") == "correction":
        say(
            f"{many(operation.get('corrected') or 0, 'row')} of "
            f"{many(results.get('corrected') or 0, 'file')} corrected, in new files"
        )
    else:
        say(f"{many(results.get('reprocessing') or 0, 'file')} processed again")
    if results.get("nothing_to_do"):
        say(f"{many(results['nothing_to_do'], 'file')} with nothing to do")
    if results.get("rejected"):
        body = api.get(operation["links"]["files"], {"result": "rejected", "limit": _SHOWN})
        for one in document(body).get("items") or []:
            say(f"{printable(str(one.get('filename')))}: {printable(str(one.get('detail')))}")
        if results["rejected"] > _SHOWN:
            say(f"and {results['rejected'] - _SHOWN:,} more that were rejected")
