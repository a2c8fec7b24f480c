"""Invalid rows are exported as CSV, corrected, and resubmitted: on the running product."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import httpx
import pytest

from tests.e2e.test_deletion import delete
from tests.harness import comparison
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import SensorFile

HEADER = "sensor_id,timestamp,value\n"
ROWS = [
    "back-1,2026-03-01T00:00:00Z,-5",
    "back-1,2026-03-01T00:01:00Z,",
    "-back-2,2026-03-01T00:02:00Z,-1.5x",
    "back-1,yesterday,-7",
    "back-1,2026-03-01T00:04:00Z",
    '=cmd|"/C calc"!A0,2026-03-01,-4..0',
    "back-1,2026-03-01T00:06:00Z,8,kept",
    '"back, 3",2026-03-01T00:07:00Z,nan',
    "back-1,2026-03-01T00:08:00Z,9",
]
# What a person makes of the invalid ones, by row.
MENDED = {
    2: ("back-1", "2026-03-01T00:01:00Z", "-6"),
    3: ("-back-2", "2026-03-01T00:02:00Z", "-1.5"),
    4: ("back-1", "2026-03-01T00:03:00Z", "-7"),
    5: ("back-1", "2026-03-01T00:04:00Z", "+7.5"),
    6: ('=cmd|"/C calc"!A0', "2026-03-01", "-4.0"),
    7: ("back-1", "2026-03-01T00:06:00Z", "8"),
    8: ("back, 3", "2026-03-01T00:07:00Z", "0"),
}
# Names differ, so that no file is taken for one that was seen before.
SENT = 0


async def upload(client: Client, rows: list[str] = ROWS) -> str:
    """A new file of `rows`, processed; its id."""
    global SENT
    SENT += 1
    file = SensorFile(f"to-correct-{SENT}.csv", (HEADER + "\n".join(rows)).encode())
    # Its rows are those of other tests.
    answer = await client.upload(file, params={"force": "true"})
    file_id: str = answer.json()["file_id"]
    await client.ended(file_id)
    return file_id


async def export(client: Client, file_id: str, **params: str) -> list[dict[str, str]]:
    """The invalid rows as a spreadsheet reads them."""
    path = f"/api/v1/files/{file_id}/invalid-rows"
    answer = await client.request("GET", path, params=params, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def sheet(rows: list[dict[str, str]], **dialect: Any) -> bytes:
    """`rows` as a spreadsheet writes them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def send(client: Client, file_id: str, body: bytes) -> httpx.Response:
    path = f"/api/v1/files/{file_id}/resubmit"
    return await client.request("POST", path, content=body, headers={"Content-Type": "text/csv"})


async def shown(client: Client, file_id: str, count: int) -> dict[str, Any]:
    """The document once it shows so many corrected rows."""
    async with asyncio.timeout(30):
        while True:
            document: dict[str, Any] = await client.get(f"/api/v1/files/{file_id}")
            if document["corrected_count"] == count:
                return document
            await asyncio.sleep(0.02)


def mend(rows: list[dict[str, str]], *, defused: bool) -> list[dict[str, str]]:
    """Each row with its fields made right; what the person left alone is as it was exported."""
    mended = []
    for row in rows:
        fields = dict(
            zip(("sensor_id", "timestamp", "value"), MENDED[int(row["row"])], strict=True)
        )
        for name, value in fields.items():
            if row[name].removeprefix("'") == value and defused:
                fields[name] = row[name]
        mended.append({**row, **fields})
    return mended


@pytest.mark.parametrize("defused", [True, False])
@pytest.mark.parametrize("dialect", [{}, {"delimiter": ";", "lineterminator": "\n"}])
async def test_every_corrected_row_is_valid(
    client: Client, defused: bool, dialect: dict[str, Any]
) -> None:
    file_id = await upload(client)
    before = await client.get(f"/api/v1/files/{file_id}")
    rows = await export(client, file_id)
    assert [int(row["row"]) for row in rows] == list(MENDED)
    for row, item in zip(rows, await client.invalid_rows(file_id), strict=True):
        assert (int(row["line"]), int(row["byte"]), row["code"], row["column"] or None) == (
            item["line"], item["byte"], item["code"], item["column"],
        )  # fmt: skip
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rows[1]["sensor_id"] == "'-back-2"
    assert (rows[2]["timestamp"], rows[2]["value"]) == ("yesterday", "'-7")

    answer = await send(client, file_id, sheet(mend(rows, defused=defused), **dialect))
    assert answer.status_code == 202, answer.text
    assert answer.json()["resubmission"] == {
        "accepted": 7, "unchanged": 0, "refused": 0, "refusals": [],
    }  # fmt: skip
    new_id = answer.json()["file_id"]
    ended = await client.ended(new_id)
    assert (ended["status"], ended["resubmission_of"]) == ("processed", file_id)
    assert ended["aggregations"]["row_count"] == 7
    want = HEADER + "\n".join(
        ",".join(f'"{field.replace(chr(34), chr(34) * 2)}"' for field in fields)
        for fields in MENDED.values()
    )
    assert comparison.sensors(expect(want.encode()), await client.sensors(new_id)) == []

    # The first shows its previous results, and its corrections.
    now = await shown(client, file_id, 7)
    links = {
        "corrected_count": 7,
        "mended_count": 7,
        "resubmissions": [{"file_id": new_id, "corrected_count": 7, "mended_count": 7}],
    }
    assert now == {**before, **links}
    sql = await client.sql(
        "SELECT row, resubmission_id FROM csv_processor.mended_rows WHERE file_id = {id:String}"
        " ORDER BY row",
        id=file_id,
    )
    assert [(r["row"], r["resubmission_id"]) for r in sql] == [(row, new_id) for row in MENDED]
    listed = await client.get("/api/v1/files", q=file_id)
    assert listed["items"][0]["corrected_count"] == 7

    # Sent again it is the same file; its rows are corrected already, with any other content.
    again = await send(client, file_id, sheet(mend(rows, defused=defused), **dialect))
    assert (again.status_code, again.json()["file_id"]) == (200, new_id)
    other = await send(client, file_id, sheet(mend(rows, defused=not defused)[:3]))
    if other.status_code != 200:
        assert (other.status_code, other.json()["code"]) == (400, "no_rows_accepted")
        assert {one["code"] for one in other.json()["refusals"]} == {"already_corrected"}
    replayed = await client.request("POST", f"/api/v1/files/{file_id}/replay")
    assert (replayed.status_code, replayed.json()["code"]) == (409, "has_resubmissions")
    await delete(client, new_id)
    after = await client.get(f"/api/v1/files/{file_id}")
    assert comparison.of_itself(after) == comparison.of_itself(before)
    await delete(client, file_id)


# Rows whose cells alone would make a reading that the file does not have.
DAMAGED = [
    "back-1,2026-03-01T00:00:00Z,23,1",
    '"back-1,2026-03-01T00:01:00Z,5',
    'back-1,"2026-03-01T00:02:00Z"x,6,5',
    "back-1,2026-03-01T00:03:00Z",
    'back-1,2026-03-01T00:04:00Z,"1,234"',
    "back-1,2026-03-01T00:05:00Z,7",
]


@pytest.mark.parametrize("dialect", [{}, {"delimiter": ";", "quoting": csv.QUOTE_ALL}])
async def test_an_unedited_export_changes_nothing(client: Client, dialect: dict[str, Any]) -> None:
    file_id = await upload(client, DAMAGED)
    before = await client.get(f"/api/v1/files/{file_id}")
    rows = await export(client, file_id)
    assert [row["code"] for row in rows] == [
        "extra_fields", "quote_not_closed", "bad_quote", "missing_fields", "value_format",
    ]  # fmt: skip
    items = await client.invalid_rows(file_id)
    assert [item["fields"]["value"] for item in items] == ["23,1", "5", "6,5", "", "1,234"]
    assert [row["value"] for row in rows] == ["'23,1", "5", "'6,5", "", "'1,234"]
    answer = await send(client, file_id, sheet(rows, **dialect))
    assert (answer.status_code, answer.json()["code"]) == (400, "no_rows_accepted")
    assert (answer.json()["unchanged"], answer.json()["refused"]) == (5, 0)
    after = await client.get(f"/api/v1/files/{file_id}")
    assert comparison.of_itself(after) == comparison.of_itself(before)
    assert await export(client, file_id) == rows

    # One row is edited: it is the one that counts. Another one is edited beside its fault.
    rows[0]["value"] = "23.1"
    rows[1]["value"] = "5.5"
    answer = await send(client, file_id, sheet(rows, **dialect))
    assert answer.status_code == 202, answer.text
    taken = answer.json()["resubmission"]
    assert (taken["accepted"], taken["unchanged"], taken["refused"]) == (1, 3, 1)
    assert [(r["row"], r["code"]) for r in taken["refusals"]] == [("2", "still_invalid")]
    assert taken["refusals"][0]["reason"].endswith("sensor_id")
    new_id = answer.json()["file_id"]
    assert (await client.ended(new_id))["status"] == "processed"
    (sensor,) = await client.sensors(new_id)
    assert (sensor["sensor_id"], sensor["row_count"], sensor["max_value"]) == ("back-1", 1, 23.1)
    await shown(client, file_id, 1)
    await delete(client, new_id)
    await delete(client, file_id)


@pytest.mark.slow
async def test_rows_that_are_still_invalid_can_be_corrected_in_either_file(client: Client) -> None:
    file_id = await upload(client)
    rows = {int(row["row"]): row for row in await export(client, file_id)}
    # One right, one still wrong, one left alone, some that cannot be.
    sent = [
        {**rows[2], "value": "1"},
        {**rows[3], "value": "still wrong"},
        rows[4],
        {**rows[2], "value": "2"},
        {**rows[2], "row": "1"},
        {**rows[2], "row": "one"},
        {**rows[2], "row": "9999"},
    ]
    answer = await send(client, file_id, sheet(sent))
    taken = answer.json()["resubmission"]
    assert (taken["accepted"], taken["unchanged"], taken["refused"]) == (2, 1, 4)
    assert [(one["line"], one["row"], one["code"]) for one in taken["refusals"]] == [
        (5, "2", "twice"), (7, "one", "no_number"), (6, "1", "not_invalid"),
        (8, "9999", "not_invalid"),
    ]  # fmt: skip
    first = answer.json()["file_id"]
    assert (await client.ended(first))["status"] == "partial"
    await shown(client, file_id, 1)

    # What is still invalid is corrected in the new file; that counts for the first one too.
    (wrong,) = await export(client, first)
    assert wrong["value"] == "still wrong"
    second = (await send(client, first, sheet([{**wrong, "value": "3"}]))).json()["file_id"]
    assert (await client.ended(second))["status"] == "processed"
    assert (await shown(client, first, 1))["resubmission_of"] == file_id
    document = await shown(client, file_id, 2)
    assert document["resubmissions"] == [
        {"file_id": first, "corrected_count": 1, "mended_count": 1},
        {"file_id": second, "corrected_count": 1, "mended_count": 1},
    ]
    again = await send(client, file_id, sheet([{**rows[3], "value": "4"}]))
    assert (again.status_code, again.json()["refusals"][0]["code"]) == (400, "already_corrected")
    # Both gone, the row may come back again.
    await delete(client, second)
    await shown(client, file_id, 1)
    third = await send(client, file_id, sheet([{**rows[3], "value": "4"}]))
    assert third.status_code == 202
    await client.ended(third.json()["file_id"])
    await shown(client, file_id, 2)
    # Each corrected row is in the totals once.
    totals = await client.sql(
        "SELECT sum(row_count) AS n FROM csv_processor.sensor_results"
        " WHERE file_id IN ({a:String}, {b:String}, {c:String})",
        a=file_id, b=first, c=third.json()["file_id"],
    )  # fmt: skip
    assert totals == [{"n": 2 + 2}]


WIDE = """Datum;Zeit;Vorlauf;Rücklauf
01.07.2025;10:00;21,5;19,25
01.07.2025;10:15;defekt;kaputt
01.07.2025;25:99;22,5;1.020,5
31.07.2025;10:45;23,5;21,0
"""
WIDE_OPTIONS = {"timezone": "Europe/Berlin", "thousands": ".", "decimal": ","}


@pytest.mark.slow
async def test_cells_and_records_of_a_wide_file_are_corrected_with_its_plan(client: Client) -> None:
    file = SensorFile("to-correct-wide.csv", WIDE.encode())
    file_id = (await client.upload(file, params=WIDE_OPTIONS)).json()["file_id"]
    before = await client.ended(file_id)
    assert before["dialect"]["layout"]["value"] == "wide"
    assert before["dialect"]["timezone"] == {"value": "Europe/Berlin", "source": "option"}
    (in_sql,) = await client.sql(
        "SELECT dialect FROM csv_processor.files WHERE file_id = {id:String}", id=file_id
    )
    assert json.loads(in_sql["dialect"]) == before["dialect"]
    rows = await export(client, file_id)
    assert [(row["row"], row["cell"], row["sensor_id"], row["value"]) for row in rows] == [
        ("2", "0", "Vorlauf", "defekt"), ("2", "1", "Rücklauf", "kaputt"), ("3", "0", "*", "*"),
    ]  # fmt: skip

    # One cell first; the other cell of its row, and the record that is invalid as a whole, later.
    some = sheet([{**rows[0], "value": "21,75"}], delimiter=";")
    first = (await send(client, file_id, some)).json()["file_id"]
    assert (await client.ended(first))["status"] == "processed"
    await shown(client, file_id, 1)
    rest = [
        {**rows[0], "value": "99"},
        {**rows[1], "value": "1.019,5"},
        {**rows[2], "timestamp": "01.07.2025 10:30"},
    ]
    answer = await send(client, file_id, sheet(rest, delimiter=";"))
    taken = answer.json()["resubmission"]
    assert (taken["accepted"], [one["code"] for one in taken["refusals"]]) == (
        2, ["already_corrected"],
    )  # fmt: skip
    second = answer.json()["file_id"]
    assert (await client.ended(second))["status"] == "processed"
    await shown(client, file_id, 3)
    read = {}
    for new_id in (first, second):
        for sensor in await client.sensors(new_id):
            name = sensor["sensor_id"]
            read[new_id, name] = (
                sensor["first_timestamp"],
                sensor["first_value"],
                sensor["last_value"],
            )
    assert read == {
        (first, "Vorlauf"): ("2025-07-01T08:15:00.000000Z", 21.75, 21.75),
        (second, "Vorlauf"): ("2025-07-01T08:30:00.000000Z", 22.5, 22.5),
        (second, "Rücklauf"): ("2025-07-01T08:15:00.000000Z", 1019.5, 1020.5),
    }
    listed = await client.sql(
        "SELECT row, cell, resubmission_id FROM csv_processor.mended_rows"
        " WHERE file_id = {id:String} ORDER BY row, cell, resubmission_row LIMIT 1 BY row, cell",
        id=file_id,
    )
    assert [tuple(one.values()) for one in listed] == [
        (2, 0, first),
        (2, 1, second),
        (3, 0, second),
    ]
    # A replay of corrected rows reads them as before.
    assert (await client.request("POST", f"/api/v1/files/{second}/replay")).status_code == 202
    async with asyncio.timeout(60):
        while True:
            now = await client.get(f"/api/v1/files/{second}")
            if now["generation"] == 2:
                break
            await asyncio.sleep(0.02)
    assert (now["status"], now["aggregations"]["row_count"]) == ("processed", 3)


async def test_many_callers_send_the_same_rows_once(client: Client) -> None:
    file_id = await upload(client)
    rows = [{**row, "value": "1"} for row in await export(client, file_id, code="value_empty")]
    bodies = [sheet([{**row, "raw": f"caller {n % 3}"} for row in rows]) for n in range(6)]
    answers = await asyncio.gather(*(send(client, file_id, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 202, 400, 400, 400, 400]
    (new_id,) = {a.json()["file_id"] for a in answers if a.status_code < 300}
    await client.ended(new_id)
    assert [r["file_id"] for r in (await shown(client, file_id, 1))["resubmissions"]] == [new_id]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "missing_file"),
        (b"sensor_id,timestamp,value\na,2026-03-01,1\n", "invalid_resubmission"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "invalid_resubmission"),
        (b"row,sensor_id,timestamp,value\n", "no_rows_accepted"),
        ("row;sensor_id;timestamp;value\n7;a;b;c\n".encode("utf-16"), "no_rows_accepted"),
    ],
)
async def test_what_is_no_export_is_refused(client: Client, body: bytes, code: str) -> None:
    file_id = await upload(client, ROWS[:3])
    answer = await send(client, file_id, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await client.get(f"/api/v1/files/{file_id}"))["resubmissions"] == []
