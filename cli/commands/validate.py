"""`validate`: the dry run, offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from cli import render
from cli.client import Params
from cli.exit_codes import FAILED, CommandError, code_of, worst
from cli.inputs import Source, sources
from cli.reading_options import read_options_of
from cli.terminal import complain, say
from dryrun.request import DryRunRequest
from dryrun.run import dry_run
from ingest.http.errors import Problem, missing_file, wrong_type
from rows.sniff.file_types import HEAD_BYTES, looks_like_columns
from schemas.file_document import encode


def validate_all(
    paths: Sequence[str], *, filename: str | None, options: Params, as_json: bool
) -> int:
    """Print the result each file of `paths` would have; returns the exit code for all of them."""
    files = sources(paths, filename)
    told = read_options_of(options)
    codes = []
    for number, file in enumerate(files):
        if number and not as_json:
            say()
        try:
            document = dry_run(_checked(file), DryRunRequest(filename=file.filename, options=told))
        except Problem as problem:
            complain(f"{file.path or '-'}: {problem.title}", problem.detail)
            codes.append(FAILED)
            continue
        except OSError as exc:
            raise CommandError(f"{file.path}: {exc.strerror or exc}") from exc
        if as_json:
            from cli.context import print_body  # and the client of the API with it

            print_body(encode(document))
        else:
            say("\n".join(render.file_lines(document)))
        codes.append(code_of(document["status"]))
    return worst(codes)


def _checked(file: Source) -> Iterator[bytes]:
    """The bytes of `file`, unless an upload would refuse them.

    Raises:
        Problem: as the API answers it.
    """
    chunks = file.chunks(lambda _: None)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    if not head:
        raise missing_file("The file is empty.")
    if not looks_like_columns(file.filename, file.content_type, head[:HEAD_BYTES]):
        raise wrong_type(file.filename, file.content_type, head[:HEAD_BYTES])
    yield from chain([head], chunks)
