"""`resubmit` for a container: each member takes its own rows of the export."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any, Final

from cli import render
from cli.client import Api, ApiRefused, document, file_path
from cli.exit_codes import PARTIAL, PROCESSED, CommandError, worst
from cli.format import many
from cli.inputs import Source
from cli.progress import bars
from cli.terminal import note, printable, say
from cli.wait import until_terminal

_MEMORY: Final = 4 << 20


def resubmit_to_members(
    api: Api,
    source: Source,
    headers: Mapping[str, str],
    *,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Send the rows of `source` to the members that they are of; exit code 3 if one was rejected.

    Raises:
        CommandError: a row does not say which member it is of; nothing was sent then.
    """
    # The engine is loaded only when it is needed.
    from rows.invalid.csv_export import RowsByFile
    from schemas.errors import BadData

    code = PROCESSED
    answers = []
    with (
        tempfile.SpooledTemporaryFile(_MEMORY) as sent,
        tempfile.SpooledTemporaryFile(_MEMORY) as kept,
    ):
        try:
            for chunk in source.chunks(lambda _: None):
                sent.write(chunk)
        except OSError as exc:
            raise CommandError(f"{source.path}: {exc.strerror or exc}") from exc
        try:
            rows = RowsByFile(sent, kept)
        except BadData as exc:
            raise CommandError(
                f"these rows cannot be read: {exc.reason}",
                "send the rows as `csv-processor invalid ID --csv` of the container has them",
            ) from exc
        if not list(rows):
            raise CommandError("no rows were sent")
        for file_id in rows:
            own = dict(headers)
            if (key := own.get("idempotency-key")) is not None:
                own["idempotency-key"] = f"{key} {file_id}"  # each member is a request of its own
            pieces, size = rows.rows(file_id), rows.size(file_id)
            try:
                doc = document(api.send(file_path(file_id, "resubmit"), pieces, size, own, {}))
            except ApiRefused as exc:
                if not _is_unchanged(exc):
                    code = PARTIAL
                note(f"{file_id}: {exc}")
                continue
            taken: dict[str, Any] = doc.get("resubmission") or {}
            if taken.get("refused"):
                code = PARTIAL
            if wait:
                with bars(quiet=as_json) as shown:
                    bar = shown.file(str(doc.get("filename")), None)
                    doc = document(until_terminal(api, str(doc.get("file_id")), bar.seen, timeout))
            answers.append({**doc, "resubmission": taken or None})
            if not as_json:
                say_taken(doc, taken, of_member=True)
    if as_json:
        say(_json(answers))
    return worst([code, *([] if answers else [PARTIAL])])


def _is_unchanged(answer: ApiRefused) -> bool:
    """Whether there was nothing to take because no row of the member was edited."""
    problem = document(answer.body)
    return problem.get("code") == "no_rows_accepted" and not problem.get("refused")


def _json(answers: list[dict[str, Any]]) -> str:
    import json

    return json.dumps({"items": answers}, indent=2)


def say_taken(doc: dict[str, Any], taken: dict[str, Any], *, of_member: bool = False) -> None:
    """Print what became of rows that were sent.

    Args:
        of_member: lines are not those of what the user sent, but of the member's part of it.
    """
    if not taken:
        note("the same rows were sent before")
        say("\n".join(render.files_lines([doc])))
        return
    rows = many(taken.get("accepted") or 0, "row")
    say(f"{rows} taken as {doc.get('file_id')}, {printable(str(doc.get('filename')))}")
    if taken.get("unchanged"):
        say(f"{many(taken['unchanged'], 'row')} left as exported, and still wrong")
    for one in taken.get("refusals") or []:
        line = "" if of_member else f"line {one.get('line')}, "
        say(f"{line}row {printable(str(one.get('row')))}: {one.get('reason')}")
    listed = len(taken.get("refusals") or [])
    if (taken.get("refused") or 0) > listed:
        say(f"and {taken['refused'] - listed:,} more")
