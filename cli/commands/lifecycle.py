"""The commands that do something to a file after its first run: replay, resubmit, delete."""

from __future__ import annotations

import sys
from typing import Any

from cli.client import Params, document, file_path
from cli.commands.files import answer_file
from cli.commands.member_rows import resubmit_to_members, say_taken
from cli.context import print_body, the_api
from cli.exit_codes import PARTIAL, PROCESSED, WRONG_USE, CommandError, code_of, worst
from cli.file_names import file_named
from cli.format import many
from cli.inputs import sources
from cli.progress import bars
from cli.terminal import note, printable, say
from cli.wait import until_terminal


def replay_file(
    file_id: str, options: Params, *, wait: bool, timeout: float | None, as_json: bool
) -> int:
    """Process a file again; with `wait` the exit code reports its status."""
    with the_api(as_json) as api:
        file_id = file_named(api, file_id)
        body = api.post(file_path(file_id, "replay"), options)
        if not wait:
            if as_json:
                print_body(body)
            else:
                say(f"generation {document(body).get('generation')} of {file_id} has begun")
                note(f"csv-processor watch {file_id} shows what comes of it")
            return PROCESSED
        with bars(quiet=as_json) as shown:
            body = until_terminal(api, file_id, shown.file(file_id, None).seen, timeout)
        return answer_file(body, as_json=as_json)


def resubmit_rows(
    file_id: str,
    path: str,
    *,
    filename: str | None,
    key: str | None,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Send corrected rows; exit code 3 if one of them was rejected."""
    found = sources([path], None)
    if len(found) > 1:
        raise CommandError(f"resubmit takes one file; {path} are {len(found)}", code=WRONG_USE)
    (source,) = found
    headers = {"content-type": "text/csv"}
    if key is not None:
        headers["idempotency-key"] = key
    with the_api(as_json) as api:
        file_id = file_named(api, file_id)
        if document(api.get(file_path(file_id))).get("container") is not None:
            if filename is not None:
                raise CommandError(
                    f"{file_id} is a container: the rows of each member are a file of their own",
                    "leave --filename out",
                    WRONG_USE,
                )
            return resubmit_to_members(
                api, source, headers, wait=wait, timeout=timeout, as_json=as_json
            )
        with bars(quiet=as_json) as shown:
            bar = shown.file(source.filename, source.size)
            try:
                body = api.send(
                    file_path(file_id, "resubmit"),
                    source.chunks(bar.sent),
                    source.size,
                    headers,
                    {"filename": filename},
                )
            except OSError as exc:
                raise CommandError(f"{source.path}: {exc.strerror or exc}") from exc
            doc = document(body)
            bar.seen(doc)
            if wait:
                ended = until_terminal(api, str(doc.get("file_id")), bar.seen, timeout)
        taken: dict[str, Any] = doc.get("resubmission") or {}
        if not as_json:
            say_taken(doc, taken)
        code = PARTIAL if taken.get("refused") else PROCESSED
        if wait:
            return worst([code, answer_file(ended, as_json=as_json)])
        if as_json:
            print_body(body)
        return worst([code, code_of(doc.get("status"))])


def delete_file(file_id: str, *, yes: bool, as_json: bool) -> int:
    """Delete a file after the user at the terminal confirms."""
    with the_api(as_json) as api:
        if not yes:
            if as_json or not sys.stdin.isatty():
                raise CommandError(
                    "there is no terminal to confirm the deletion",
                    "--yes confirms it",
                    code=WRONG_USE,
                )
            file_id = file_named(api, file_id)
            doc = document(api.get(file_path(file_id)))
            rows = many((doc.get("aggregations") or {}).get("row_count") or 0, "valid row")
            note(
                f"{printable(str(doc.get('filename')))}, {rows}: its bytes and results are deleted"
            )
            note("for good. Delete it? Type yes to do so:")
            if sys.stdin.readline().strip().lower() not in ("y", "yes"):
                raise CommandError("nothing was deleted")
        file_id = file_named(api, file_id)
        api.delete(file_path(file_id))
    if not as_json:
        say(f"deleted {file_id}")
    return PROCESSED
