"""SQL reads and writes no files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from embedded.endpoints import FILE
from tests.integration.embedded.attacks.sql_port import SECRET, Port, assert_refused, listener


def file_reads(path: Path) -> list[str]:
    at = str(path)
    return [
        f"SELECT file('{at}')",
        f"SELECT `file`('{at}')",
        f"SELECT * APPLY(file) FROM (SELECT '{at}')",
        f"SELECT arrayMap(file, ['{at}'])",
        f"WITH (x -> file(x)) AS f SELECT f('{at}')",
        f"SELECT throwIf(1, concat(file('{at}'), ''))",
        f"SELECT 1 WHERE file('{at}') = ''",
        f"SHOW COLUMNS FROM files WHERE file('{at}') != ''",
        f"EXPLAIN SELECT file('{at}')",
        f"SELECT * FROM file('{at}', LineAsString)",
        f"SELECT * FROM file('{at}', CSV, 'a String')",
        f"SELECT * FROM `{at}`",
        f"SELECT * FROM default.`{at}`",
        f'SELECT * FROM "default"."{at}"',
        f"DESCRIBE file('{at}')",
        f"SELECT * FROM filesystem('{at}')",
        f"SELECT * FROM sqlite('{at}', 't')",
        f"SELECT * FROM executable('cat {at}', TSV, 'a String')",
        f"SELECT * FROM deltaLakeLocal('{at}')",
        f"SELECT * FROM icebergLocal('{at}')",
        f"SELECT * FROM url('file://{at}', LineAsString)",
        f"SELECT * FROM format(Template, 'x') SETTINGS format_template_row = '{at}'",
        f"SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{at}'",
        f"SELECT 1 FORMAT Protobuf SETTINGS format_schema = '{at}:M'",
        f"INSERT INTO files FROM INFILE '{at}' FORMAT LineAsString",
        f"SELECT * FROM input('a String') FORMAT CSV\n{at}",
        f"SELECT catboostEvaluate('{at}', 1)",
        f"\\i {at}",
        f"SELECT dictGet(dictionary('{at}'), 'a', 1)",
        "SELECT * FROM Python(SECRET)",
        "SELECT * FROM Python(password)",
        "SELECT * FROM arrowstream(password)",
    ]


def test_no_query_of_a_reader_reads_a_file(port: Port, secret_file: Path) -> None:
    for sql in file_reads(secret_file):
        answer = port.ask(sql)
        assert answer.status_code >= 400 or answer.text == "", f"{sql}: {answer.text}"
        assert SECRET not in answer.text
    name = port.ask(
        "SELECT arrayMap({f:Identifier}, [{p:String}])",
        params={"param_f": "file", "param_p": str(secret_file)},
    )
    assert_refused(name)
    own = port.stack.data_dir / FILE
    assert_refused(port.ask(f"SELECT file('{own}')"))
    assert_refused(port.ask("SELECT file('/proc/self/environ')"))


def test_the_owner_reads_no_files_either(port: Port, secret_file: Path) -> None:
    for sql in file_reads(secret_file):
        answer = port.ask(sql, user=port.owner)
        assert SECRET not in answer.text, sql
    # Nor by a setting of the request, in a query or an insert.
    for name in ("format_schema", "output_format_schema", "format_template_resultset",
                 "format_template_row", "format_avro_schema_registry_url"):  # fmt: skip
        for sql in ("SELECT 1", "INSERT INTO lost SELECT 1"):
            answer = port.ask(sql, user=port.owner, params={name: str(secret_file)})
            assert_refused(answer)
            assert "SETTING_CONSTRAINT_VIOLATION" in answer.text, answer.text


def test_no_query_of_a_reader_writes_a_file(port: Port, tmp_path: Path) -> None:
    at = tmp_path / "out"
    for sql in (
        f"SELECT 1 INTO OUTFILE '{at}'",
        f"SELECT 1 INTO OUTFILE '{at}' FORMAT JSON",
        f"SELECT 1 INTO OUTFILE '{at}' AND STDOUT",
        f"SELECT 1 INTO OUTFILE '{at}' TRUNCATE",
        f"SELECT 1 INTO OUTFILE '{at}' APPEND",
        f"SELECT 1 into/**/outfile '{at}'",
        f"SELECT 1 INTO OUTFILE '{at}'; nonsense (",
        f"SHOW TABLES INTO OUTFILE '{at}'; nonsense (",
        f"SELECT 1 INTO -- x\nOUTFILE '{at}' COMPRESSION 'gzip'",
        f"SELECT $$'$$ INTO OUTFILE '{at}' -- '",
        f"EXPLAIN SELECT 1 INTO OUTFILE '{at}'",
        f"SHOW TABLES INTO OUTFILE '{at}'",
        f"DESCRIBE files INTO OUTFILE '{at}'",
        f"EXISTS files INTO OUTFILE '{at}'",
        f"INSERT INTO FUNCTION file('{at}', 'CSV', 'a Int8') VALUES (1)",
        f"INSERT INTO FUNCTION file('{at}', 'CSV', 'a Int8') SELECT 1",
        f"BACKUP DATABASE csv_processor TO File('{at}')",
        f"SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = '{at}'",
    ):
        assert_refused(port.ask(sql))
    assert list(tmp_path.iterdir()) == []


def test_tables_that_come_with_a_query_are_not_a_way_in(port: Port) -> None:
    files = {"x": ("x.tsv", b"1\n")}
    for structure in ("a Int8", "a Int8) ENGINE = Memory; SET ROLE owner; DROP VIEW files; --"):
        params = {"query": "SELECT * FROM x", "x_structure": structure}
        assert_refused(httpx.post(port.url, params=params, files=files, auth=port.reader))
    params["x_structure"] = "a Int8) ENGINE = Memory; DROP VIEW files; SELECT (1"
    assert_refused(httpx.post(port.url, params=params, files=files, auth=port.owner))
    assert port.ask("EXISTS files").text == "1\n"


SWEEP = """
import sys
from pathlib import Path
from embedded.clickhouse.access import Role
from embedded.clickhouse.engine import Engine
from embedded.clickhouse.errors import QueryError

folder, path, url, secret = sys.argv[1:]
engine = Engine(Path(folder), {"max_threads": "1"}, "d", ["v"])
with engine.link(None, {}) as link:
    names = link.run("SELECT name FROM system.functions WHERE NOT is_aggregate").decode().split()
found = []
with engine.reading_link(Role.READER, None, {}) as link:
    for name in names:
        if name.lower() in ("sleep", "sleepeachrow"):
            continue
        for arguments in (f"'{path}'", f"'{url}', '{path}'"):
            try:
                text = link.run(f"SELECT `{name}`({arguments})").decode("utf-8", "replace")
            except QueryError as exc:
                text = str(exc)
            if secret in text:
                found.append(name)
print(len(names), *found)
"""


def test_no_function_of_the_engine_reads_a_file_or_calls_an_address(
    tmp_path: Path, secret_file: Path
) -> None:
    """All of them are tried: a version of the engine with a new one fails here."""
    with listener() as (at, calls):
        arguments = [str(tmp_path), str(secret_file), f"http://127.0.0.1:{at}/", SECRET]
        done = subprocess.run(
            [sys.executable, "-c", SWEEP, *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    count, *found = done.stdout.split()
    assert int(count) > 1000
    assert found == []
    assert calls == []
