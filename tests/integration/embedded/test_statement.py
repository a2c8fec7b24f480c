"""What the ClickHouse front reads out of a statement."""

from __future__ import annotations

import pytest

from embedded.clickhouse.statement import Kind, read_statement, without_hints


@pytest.mark.parametrize(
    ("text", "head", "fmt", "data"),
    [
        ("INSERT INTO t FORMAT CSV\n1", "INSERT INTO t ", "CSV", "1"),
        ("INSERT INTO t FORMAT CSV 1", "INSERT INTO t ", "CSV", "1"),
        ("INSERT INTO t FORMAT CSV\r\n\n1", "INSERT INTO t ", "CSV", "\n1"),
        ("insert into t format Native \n\0", "insert into t ", "Native", "\0"),
        ("INSERT INTO t VALUES (1)", "INSERT INTO t ", "Values", " (1)"),
        ("INSERT INTO t(a)VALUES(1)", "INSERT INTO t(a)", "Values", "(1)"),
        ("INSERT INTO t", "INSERT INTO t", None, ""),
        ("INSERT INTO t (a, b)", "INSERT INTO t (a, b)", None, ""),
        ("INSERT INTO values FORMAT CSV\n1", "INSERT INTO values ", "CSV", "1"),
        ("INSERT INTO d.format VALUES 1", "INSERT INTO d.format ", "Values", " 1"),
        ("INSERT INTO `a FORMAT b` VALUES 1", "INSERT INTO `a FORMAT b` ", "Values", " 1"),
        ("INSERT INTO t (`VALUES`) FORMAT X\n", "INSERT INTO t (`VALUES`) ", "X", ""),
        ("INSERT INTO t /* VALUES */ FORMAT X\n", "INSERT INTO t /* VALUES */ ", "X", ""),
        ("INSERT INTO t -- FORMAT Y\nFORMAT X\n", "INSERT INTO t -- FORMAT Y\n", "X", ""),
        ("INSERT INTO t SETTINGS a='VALUES' VALUES", "INSERT INTO t ", "Values", ""),
        ("INSERT INTO t (a) SETTINGS a=1 FORMAT X\n", "INSERT INTO t (a) ", "X", ""),
        ("INSERT INTO settings VALUES 1", "INSERT INTO settings ", "Values", " 1"),
        ("INSERT INTO t -- { serverError 1 }\nFORMAT X\n", "INSERT INTO t  \n", "X", ""),
        ("INSERT INTO TABLE FUNCTION file('x') FORMAT X\n", "INSERT INTO TABLE FUNCTION file('x') ", "X", ""),
        ("INSERT t FORMAT X\n", "INSERT t ", "X", ""),
    ],
)  # fmt: skip
def test_where_the_data_of_an_insert_begins(
    text: str, head: str, fmt: str | None, data: str
) -> None:
    statement = read_statement(text.encode())
    assert statement.kind is Kind.INSERT
    assert (statement.head.decode(), statement.format) == (head, fmt)
    assert text[statement.data_at :] == data


def test_settings_of_an_insert() -> None:
    text = b"INSERT INTO t SETTINGS a = 'FORMAT', b = 2 FORMAT CSV\n1"
    assert read_statement(text).settings == b" a = 'FORMAT', b = 2 "
    assert read_statement(b"INSERT INTO t VALUES (1)").settings == b""


@pytest.mark.parametrize(
    ("text", "without"),
    [
        (b"SELECT 1 -- { serverError 1 }\n, 2", b"SELECT 1  \n, 2"),
        (b"SELECT 1 /* { serverError 1 } */", b"SELECT 1  "),
        (b"SELECT {x:UInt8} -- kept", b"SELECT {x:UInt8} -- kept"),
        (b"SELECT '-- {}', {x:UInt8}", b"SELECT '-- {}', {x:UInt8}"),
    ],
)
def test_hints_for_a_test_client_are_removed(text: bytes, without: bytes) -> None:
    assert without_hints(text) == without


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t SELECT 1 FORMAT CSV",
        "INSERT INTO t (a) (SELECT 1)",
        "INSERT INTO t (a) WITH 1 AS x SELECT x",
        "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        "INSERT",
        "INSERT INTO",
    ],
)
def test_an_insert_without_data(text: str) -> None:
    assert read_statement(text.encode()).kind is Kind.OTHER


@pytest.mark.parametrize(
    ("text", "fmt", "tail"),
    [
        ("SELECT 1", None, ""),
        ("SELECT 1 FORMAT CSV", "CSV", "FORMAT CSV"),
        ("SELECT 1 FORMAT CSV;", "CSV", "FORMAT CSV;"),
        ("SELECT 1\n FORMAT Native -- x", "Native", "FORMAT Native -- x"),
        ("SELECT 1 FORMAT CSV SETTINGS a=1", "CSV", "FORMAT CSV SETTINGS a=1"),
        ("SELECT 1;", None, ";"),
        ("SELECT format FROM t", None, ""),
        ("SELECT 1 AS format\nFORMAT JSON", "JSON", "FORMAT JSON"),
        ("SELECT ' FORMAT CSV'", None, ""),
        ("SELECT 1 -- FORMAT CSV", None, ""),
        ("SELECT (SELECT 1 FORMAT CSV)", None, ""),
        ("WITH 1 AS x SELECT x FORMAT TSV", "TSV", "FORMAT TSV"),
        ("(SELECT 1) UNION ALL (SELECT 2) FORMAT TSV", "TSV", "FORMAT TSV"),
        ("SELECT 'it''s \\' FORMAT A' FORMAT B", "B", "FORMAT B"),
    ],
)
def test_the_format_of_a_query(text: str, fmt: str | None, tail: str) -> None:
    statement = read_statement(text.encode())
    assert statement.kind is Kind.SELECT
    assert (statement.format, text[statement.tail_at :]) == (fmt, tail)


@pytest.mark.parametrize(
    ("text", "keeps_state", "into_outfile"),
    [
        ("SET a = 1", True, False),
        ("use x", True, False),
        ("CREATE TEMPORARY TABLE t (a Int8)", True, False),
        ("CREATE OR REPLACE TEMPORARY TABLE t (a Int8)", True, False),
        ("CREATE TABLE t (a Int8)", False, False),
        ("SELECT 1 INTO OUTFILE 'x'", False, True),
        ("SELECT 'INTO OUTFILE'", False, False),
        ("", False, False),
        (";", False, False),
        ("'unclosed", False, False),
    ],
)
def test_what_else_matters(text: str, keeps_state: bool, into_outfile: bool) -> None:
    statement = read_statement(text.encode())
    assert (statement.keeps_state, statement.into_outfile) == (keeps_state, into_outfile)


def test_a_long_statement_is_read_quickly() -> None:
    """The whole text is scanned once; a list of 200,000 numbers is no burden."""
    text = b"SELECT a FROM t WHERE a IN (" + b",".join(b"%d" % n for n in range(200_000)) + b")"
    assert read_statement(text).tail_at == len(text)
