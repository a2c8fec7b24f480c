"""`validate`: the dry run, offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from cli import render
from cli.client import Params
from cli.contents import Content, code_of_all, contents
from cli.exit_codes import FAILED, CommandError, code_of, worst
from cli.inputs import sources
from cli.reading_options import read_options_of
from cli.terminal import complain, printable, say
from dryrun.request import DryRunRequest
from dryrun.run import dry_run
from ingest.http.errors import Problem, missing_file, wrong_type
from rows.sniff.file_types import HEAD_BYTES, looks_like_columns
from schemas.errors import BadData
from schemas.file_document import encode
from schemas.read_options import ReadOptions


def validate_all(
    paths: Sequence[str], *, filename: str | None, options: Params, as_json: bool
) -> int:
    """Print the result each file of `paths` would have; returns the exit code for all of them."""
    files = sources(paths, filename)
    chosen = read_options_of(options)
    codes = []
    for number, file in enumerate(files):
        if number and not as_json:
            say()
        try:
            member_codes = [_validated(content, chosen, as_json) for content in contents(file)]
        except OSError as exc:
            raise CommandError(f"{file.path}: {exc.strerror or exc}") from exc
        codes.append(code_of_all(member_codes))
    return worst(codes)


def _validated(file: Content, chosen: ReadOptions, as_json: bool) -> int:
    """Print the document of one file; its exit code."""
    try:
        if file.refused is not None:
            raise file.refused
        document = dry_run(_checked(file), DryRunRequest(filename=file.filename, options=chosen))
    except Problem as problem:
        complain(f"{printable(file.label)}: {problem.title}", problem.detail)
        return FAILED
    except BadData as exc:
        complain(f"{printable(file.label)}: {exc.reason}")
        return FAILED
    if as_json:
        from cli.context import print_body  # and the client of the API with it

        print_body(encode(document))
    else:
        say("\n".join(render.file_lines(document)))
    return code_of(document["status"])


def _checked(file: Content) -> Iterator[bytes]:
    """The bytes of `file`, unless an upload would refuse them.

    Raises:
        Problem: as the API answers it.
    """
    chunks = file.read()
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
