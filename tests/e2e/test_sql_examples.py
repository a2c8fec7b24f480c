"""Every SQL example of the documents, and every panel of the dashboard of the data, run as the user
for SQL clients over ClickHouse's HTTP interface."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from embedded.stack import Stack
from tests.harness.client import Client
from tests.harness.sensor_files import SensorFile

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "csv-processor-data.json"
_BEGIN, _END = "2032-01-01 00:00:00", "2032-01-02 00:00:00"


def blocks(language: str) -> list[tuple[str, str]]:
    """(document, text) of every block of a language in the documents."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        (path.name, text)
        for path in documents
        for text in re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.M | re.S)
    ]


def expanded(sql: str, sensor: str, begin: str = _BEGIN, end: str = _END) -> str:
    """The query as the plugin of Grafana sends it for a range and a chosen sensor."""
    first, last = (f"toDateTime64('{moment}', 3, 'UTC')" for moment in (begin, end))
    sql = re.sub(
        r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 60 second)", sql
    )
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {first} AND \1 <= {last}", sql)
    sql = sql.replace("$__fromTime", first).replace("$__toTime", last)
    sql = sql.replace("${sensor:singlequote}", f"'{sensor}'")
    assert "$" not in sql, sql
    return sql


def panels() -> list[tuple[str, str]]:
    dashboard = json.loads(DASHBOARD.read_text())
    found = [(p["title"], p["targets"][0]["rawSql"]) for p in dashboard["panels"]]
    return [*found, *((one["label"], one["query"]) for one in dashboard["templating"]["list"])]


def ask(stack: Stack, sql: str) -> list[dict[str, Any]]:
    """The rows of a query of a SQL client."""
    url = urlsplit(stack.endpoints["SQL_URL"])
    answer = httpx.post(
        f"http://{url.hostname}:{url.port}/",
        params={"database": url.path.strip("/"), "default_format": "JSON"},
        auth=(url.username or "", url.password or ""),
        content=sql,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


@pytest.fixture
async def gateway(client: Client) -> str:
    """A sensor with two readings and an invalid row in the range of the dashboard."""
    data = (
        b"sensor_id,timestamp,value\n"
        b"grafana-1,2032-01-01T06:00:00Z,1\ngrafana-1,2032-01-01T06:00:30Z,3\n"
        b"grafana-1,2032-01-01T06:01:00Z,x\n"
    )
    answer = await client.upload(SensorFile("grafana.csv", data))
    await client.ended(answer.json()["file_id"])
    return "grafana-1"


def test_there_are_examples() -> None:
    assert {name for name, _ in blocks("sql")} >= {"sql.md", "tutorial.md"}
    assert len(panels()) >= 12


@pytest.mark.parametrize(("document", "sql"), blocks("sql"))
async def test_an_example_runs(stack: Stack, gateway: str, document: str, sql: str) -> None:  # noqa: ARG001
    ask(stack, expanded(sql, gateway))


@pytest.mark.parametrize(("title", "sql"), panels())
async def test_a_panel_runs(stack: Stack, gateway: str, title: str, sql: str) -> None:  # noqa: ARG001
    ask(stack, expanded(sql, gateway))


async def test_the_dashboard_shows_what_there_is(stack: Stack, gateway: str) -> None:
    of = dict(panels())
    assert ask(stack, expanded(of["Sensors over time"], gateway)) == [
        {"time": "2032-01-01 06:00:00", "sensor_id": gateway, "value": 2}
    ]
    (complete,) = ask(
        stack, expanded(of["Completeness: readings per sensor and interval"], gateway)
    )
    assert int(complete["readings"]) == 2
    always = {"begin": "2020-01-01 00:00:00", "end": "2100-01-01 00:00:00"}
    rejects = ask(stack, expanded(of["Invalid rows by source and code"], gateway, **always))
    assert {"upload", "value_format"} <= {
        value for row in rejects for value in row.values() if isinstance(value, str)
    }
    sensors = ask(stack, expanded(of["Sensor"], gateway))
    assert {"sensor_id": gateway} in sensors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "code"), [(d, c) for d, c in blocks("python") if "SQL_URL" in c]
)
async def test_a_program_runs(stack: Stack, gateway: str, document: str, code: str) -> None:  # noqa: ARG001
    env = {**os.environ, "SQL_URL": stack.endpoints["SQL_URL"]}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert gateway in done.stdout or "..." in done.stdout
