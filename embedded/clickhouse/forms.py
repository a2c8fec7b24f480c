"""multipart/form-data: queries and parameters too long for an address, and tables for one query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from embedded.clickhouse.engine import Link, quote_name
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.inserts import received, run_insert
from embedded.clickhouse.statement import Kind, Statement

MAX_FORM_BYTES: Final = 256 << 20
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_FIELD: Final = re.compile(rb'[; ]name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILE: Final = re.compile(rb"filename\*?=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, and the contents of its files, by name."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]


def read_form(content_type: str, body: Iterator[bytes]) -> Form:
    """Take a form apart (RFC 7578).

    Raises:
        QueryError: it is none, or too large.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise QueryError(36, "A form without a boundary", "BAD_ARGUMENTS")
    pieces, size = [b"\r\n"], 0
    for piece in body:
        pieces.append(piece)
        size += len(piece)
        if size > MAX_FORM_BYTES:
            raise QueryError(
                229, f"The form is longer than {MAX_FORM_BYTES} bytes", "QUERY_IS_TOO_LARGE"
            )
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    parts = b"".join(pieces).split(b"\r\n--" + boundary[1].encode("latin-1"))
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise QueryError(36, "A form that ends early", "BAD_ARGUMENTS")
    for part in parts[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _FIELD.search(head)
        if name is None:
            raise QueryError(36, "A form with a part that has no name", "BAD_ARGUMENTS")
        key = name[1].decode("utf-8", "replace")
        if _FILE.search(head):
            files[key] = content
        else:
            fields[key] = content.decode("utf-8", "surrogateescape")
    return Form(fields, files)


def external_tables(form: Form | None, params: Mapping[str, str]) -> list[ExternalTable]:
    """The tables that come with a query: one per file, described by parameters.

    `<name>_structure` has names and types, or `<name>_types` types alone (the columns are `_1`,
    `_2`, …); `<name>_format` is the format of the data, TabSeparated if it is missing.

    Raises:
        QueryError: a file without a description.
    """
    tables = []
    for name, data in (form.files if form else {}).items():
        structure = params.get(f"{name}_structure")
        if structure is None and f"{name}_types" in params:
            types = split_types(params[f"{name}_types"])
            structure = ", ".join(f"_{n} {kind}" for n, kind in enumerate(types, 1))
        if structure is None:
            raise QueryError(36, f"No structure of external table {name}", "BAD_ARGUMENTS")
        fmt = params.get(f"{name}_format", "TabSeparated")
        tables.append(ExternalTable(name, structure, fmt, data))
    return tables


def split_types(text: str) -> list[str]:
    """Types separated by commas, those inside brackets not counted."""
    types, depth, begin = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            types.append(text[begin:at].strip())
            begin = at + 1
    return [*types, text[begin:].strip()]


@dataclass(frozen=True, slots=True)
class ExternalTable:
    """A table that lives as long as one query."""

    name: str
    structure: str
    format: str
    data: bytes

    def create(self, link: Link) -> None:
        """Make it and fill it."""
        name = quote_name(self.name)
        create = f"CREATE TEMPORARY TABLE {name} ({self.structure}) ENGINE = Memory"
        link.classified(create.encode("utf-8", "surrogateescape"))
        link.run(create)
        statement = Statement(Kind.INSERT, "INSERT", head=f"INSERT INTO {name}".encode())
        with received(iter((self.data,)), link.scratch) as descriptor:
            run_insert(link, statement, self.format, descriptor)

    def drop(self, link: Link) -> None:
        """Remove it."""
        link.run(f"DROP TEMPORARY TABLE IF EXISTS {quote_name(self.name)}")
