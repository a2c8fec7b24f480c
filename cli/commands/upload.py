"""The command that writes: upload, and waiting for what was uploaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cli import render
from cli.client import Api, ApiRefused, Params, document
from cli.context import print_body, the_api
from cli.exit_codes import OTHER, WRONG_USE, CommandError, code_of, worst
from cli.inputs import Source, sources
from cli.members import say_members
from cli.progress import Bar, LineBars, LiveBars, bars
from cli.terminal import complain, note, say
from cli.wait import until_terminal


def upload_all(
    paths: Sequence[str],
    *,
    filename: str | None = None,
    options: Params,
    key: str | None = None,
    wait: bool = False,
    timeout: float | None = None,
    parallel: int = 1,
    as_json: bool = False,
) -> int:
    """Send all files of `paths`, `parallel` at a time; the exit code that speaks for all of them.

    A file that the API refuses does not hold up the others. With `as_json` every answer is
    printed on a line of its own; with `wait` that is the terminal document.
    """
    files = sources(paths, filename)
    if key is not None and len(files) > 1:
        raise CommandError("--idempotency-key stands for one file", code=WRONG_USE)
    with the_api(as_json) as api:
        with bars(quiet=as_json) as shown:
            sent = _in_parallel(
                lambda file: _send(api, file, options, key, shown, as_json), files, parallel
            )
            done = [a for a in sent if a is not None]
            if wait:
                done = [_finished(api, body, bar, timeout) for body, bar in done]
        codes = [OTHER for answer in sent if answer is None]
        bodies = [body for body, _ in done]
        if as_json:
            for body in bodies:
                print_body(body)
        else:
            _show(api, [document(body) for body in bodies], wait)
        return worst([*codes, *(code_of(document(body).get("status")) for body in bodies)])


def send(api: Api, file: Source, options: Params, key: str | None, bar: Bar) -> tuple[bytes, bool]:
    """Send one file; the API's answer, and whether the file is new to it."""
    headers = {"content-type": file.content_type}
    if key is not None:
        headers["idempotency-key"] = key
    try:
        return api.upload(file.filename, file.chunks(bar.sent), file.size, headers, options)
    except OSError as exc:
        raise CommandError(f"{file.path}: {exc.strerror or exc}") from exc


def _send(
    api: Api,
    file: Source,
    options: Params,
    key: str | None,
    shown: LiveBars | LineBars,
    as_json: bool,
) -> tuple[bytes, Bar] | None:
    bar = shown.file(file.filename, file.size)
    try:
        body, new = send(api, file, options, key, bar)
    except ApiRefused as refused:
        complain(f"{file.path or '-'}: {refused.what}", refused.do)
        if as_json:
            print_body(refused.body)
        return None
    doc = document(body)
    bar.seen(doc)
    if doc.get("reprocessing") and not as_json:
        note(f"{file.filename}: {doc['reprocessing']['message']}")
    elif not new and not as_json:
        note(f"{file.filename} was uploaded before; --force uploads it again as a file of its own")
    return body, bar


def _in_parallel(
    send_one: Callable[[Source], tuple[bytes, Bar] | None], files: Sequence[Source], at_once: int
) -> list[tuple[bytes, Bar] | None]:
    """What `send_one` gives for each file, in their order. A failure lets no further one begin."""
    with ThreadPoolExecutor(min(at_once, len(files) or 1)) as pool:
        tasks = [pool.submit(send_one, file) for file in files]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            for task in tasks:
                task.cancel()
            raise


def _finished(api: Api, body: bytes, bar: Bar, timeout: float | None) -> tuple[bytes, Bar]:
    doc = document(body)
    if doc.get("status") != "waiting":
        return body, bar
    return until_terminal(api, str(doc.get("file_id")), bar.seen, timeout), bar


def _show(api: Api, docs: Sequence[dict[str, Any]], wait: bool) -> None:
    if not docs:
        return
    for doc in docs:
        if doc.get("duplicate_of"):
            note(
                f"{doc.get('filename')} has the bytes of {doc['duplicate_of']} and does not count; "
                f"csv-processor replay {doc.get('file_id')} processes it anyway"
            )
    if wait and len(docs) == 1:
        say("\n".join(render.file_lines(docs[0])))
        say_members(api, docs[0])
        return
    say("\n".join(render.files_lines(docs)))
    if len(docs) > 1:
        say(render.summary(docs))
    if not wait:
        one = docs[0].get("file_id") if len(docs) == 1 else "ID"
        note(f"csv-processor watch {one} shows what comes of it")
