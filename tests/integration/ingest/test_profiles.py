"""`/api/v1/profiles`: what is saved is versioned, and no change is lost."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from schemas.instants import utc_now
from schemas.profiles import ProfileContent, SavedProfile
from sinks.clickhouse.client import Database
from sinks.profile_log import Change, ProfileLog

BODY: dict[str, Any] = {
    "title": "Klima",
    "match": {"filename": ["klima-*.csv"]},
    "options": {"timezone": "Europe/Berlin"},
}


@pytest.fixture
def name() -> str:
    return f"p-{uuid.uuid4().hex[:16]}"


def path(name: str) -> str:
    return f"/api/v1/profiles/{name}"


async def put(client: httpx.AsyncClient, name: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.put(path(name), json=BODY | more, headers=headers)


async def test_a_profile_is_saved_shown_changed_and_deleted(
    client: httpx.AsyncClient, name: str
) -> None:
    first = await put(client, name)
    assert first.status_code == 201
    assert first.headers["location"] == path(name)
    shown = await client.get(path(name))
    assert shown.json() == first.json()
    assert (shown.json()["version"], shown.json()["options"]) == (1, BODY["options"])
    same = await put(client, name)
    assert (same.status_code, same.json()["version"]) == (200, 1)
    second = await put(client, name, title="Klima GmbH")
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert (await client.get(path(name), params={"version": 1})).json() == first.json()

    assert (await client.delete(path(name))).status_code == 204
    assert (await client.delete(path(name))).status_code == 204
    gone = await client.get(path(name))
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_profile")
    again = await put(client, name)
    assert (again.status_code, again.json()["version"]) == (201, 4)
    versions = (await client.get(f"{path(name)}/versions")).json()["items"]
    assert [(one["version"], one["deleted"]) for one in versions] == [
        (4, False),
        (3, True),
        (2, False),
        (1, False),
    ]
    page = (await client.get(f"{path(name)}/versions", params={"limit": 3})).json()
    rest = await client.get(
        f"{path(name)}/versions", params={"limit": 3, "cursor": page["next_cursor"]}
    )
    assert [one["version"] for one in page["items"] + rest.json()["items"]] == [4, 3, 2, 1]
    assert rest.json()["next_cursor"] is None


async def test_changes_at_once_are_versions_of_their_own(
    client: httpx.AsyncClient, name: str
) -> None:
    answers = await asyncio.gather(*(put(client, name, title=f"{n}") for n in range(8)))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))
    versions = (await client.get(f"{path(name)}/versions")).json()["items"]
    assert {one["title"] for one in versions} == {f"{n}" for n in range(8)}


async def test_of_changes_at_once_to_one_version_one_is_made(
    client: httpx.AsyncClient, name: str
) -> None:
    etag = (await put(client, name)).headers["etag"]
    answers = await asyncio.gather(
        *(put(client, name, title=f"{n}", headers={"If-Match": etag}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert {a.json()["code"] for a in answers if a.status_code == 412} == {"profile_changed"}
    created = await put(client, name, headers={"If-None-Match": "*"})
    assert created.status_code == 412
    deleted = await client.delete(path(name), headers={"If-Match": etag})
    assert deleted.status_code == 412


async def test_logs_of_two_processes_lose_no_change(database: Database, name: str) -> None:
    logs = [ProfileLog(database, utc_now) for _ in range(2)]

    def change(log: ProfileLog, title: str) -> Any:
        async def decide(_: SavedProfile | None) -> Change | None:
            return Change(ProfileContent(title=title), None)

        return log.change(name, decide)

    saved = await asyncio.gather(*(change(logs[n % 2], f"{n}") for n in range(6)))
    assert sorted(one.version for one in saved) == [1, 2, 3, 4, 5, 6]
    assert len({one.revision for one in saved}) == 6
    # Every revision stays what it was.
    for one in saved:
        then = {profile.name: profile for profile in await logs[0].at(one.revision)}
        assert then[name] == one


async def test_profiles_are_saved_after_a_revision_that_is_used_and_has_no_row(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    await put(client, name)
    lost = await ProfileLog(database, utc_now).revision()
    # What is left if the database ends between the token of an insert and its row.
    await database.command(f"DELETE FROM profile_changes WHERE revision = {lost}")
    answer = await put(client, name)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], await ProfileLog(database, utc_now).revision()) == (
        1,
        lost + 1,
    )


async def test_built_in_profiles_are_listed_after_those_of_users_and_stay(
    client: httpx.AsyncClient, name: str
) -> None:
    await put(client, name)
    listed: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"limit": 25} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/profiles", params=params)).json()
        listed += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    names = [one["name"] for one in listed]
    assert len(names) == len(set(names))
    assert names.index(name) < names.index("campbell-toa5")
    assert [one["built_in"] for one in listed] == sorted(one["built_in"] for one in listed)
    found = (await client.get("/api/v1/profiles", params={"q": "TOA5", "built_in": True})).json()
    assert [one["name"] for one in found["items"]] == ["campbell-toa5"]

    maker = (await client.get(path("campbell-toa5"))).json()
    assert maker["match"]["lines"]
    for answer in (await put(client, "campbell-toa5"), await client.delete(path("campbell-toa5"))):
        assert (answer.status_code, answer.json()["code"]) == (409, "built_in_profile")
    copied = await put(
        client, f"copy-{name}", match=maker["match"], options=maker["options"], title="Copy"
    )
    assert copied.status_code == 201
    assert copied.json()["options"] == maker["options"]


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"{", "malformed_body", None),
        (b"[]", "invalid_profile", "body"),
        (b'{"options": {"timezone": "Mars"}}', "invalid_profile", "options"),
        (b'{"match": {"lines": ["("]}}', "invalid_profile", "match.lines"),
        (b'{"title": "' + b"x" * 300_000 + b'"}', "body_too_large", None),
    ],
)
async def test_a_profile_that_cannot_be_is_rejected_with_its_place(
    client: httpx.AsyncClient, name: str, body: bytes, code: str, place: str | None
) -> None:
    answer = await client.put(path(name), content=body)
    assert (answer.json()["code"], answer.json().get("place")) == (code, place)
    assert answer.json()["detail"]
    assert (await client.get(path(name))).status_code == 404


@pytest.mark.parametrize("name", ["auto", "none", "Klima", "k%20l"])
async def test_a_name_that_cannot_be_is_rejected(client: httpx.AsyncClient, name: str) -> None:
    answer = await put(client, name)
    assert (answer.status_code, answer.json()["place"]) == (400, "name")
