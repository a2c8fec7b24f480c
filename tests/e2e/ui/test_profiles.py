"""Profiles: made, changed, copied and deleted; what a change does is seen before it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit

_ROWS = b"Zeit;Vorlauf\n03.07.2025 12:00;40,5\n13.07.2025 12:00;41\n"


@pytest.fixture
def name() -> str:
    return f"ui-{uuid.uuid4().hex[:10]}"


def save(api: Api, name: str, **content: object) -> None:
    body = {"match": {"filename": [f"{name}-*.csv"]}, **content}
    api.client.put(f"/api/v1/profiles/{name}", json=body).raise_for_status()


@pytest.mark.slow
def test_a_profile_is_made_and_its_files_are_read_with_it(api: Api, page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Profiles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profiles")
    page.get_by_role("button", name="New profile…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("File names").fill(f"{name}-*.csv")
    dialog.get_by_label("Time zone").fill("Mars")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("timezone is 'Mars'")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("Europe/Berlin").first).to_be_visible()
    file_id = api.processed(f"{name}-1.csv", _ROWS)
    document = api.get(f"/files/{file_id}")
    assert (document["profile"], document["profile_version"]) == (name, 1)


@pytest.mark.slow
def test_a_change_is_previewed_saved_and_earlier_files_are_reprocessed(
    api: Api, page: Page, name: str
) -> None:
    save(api, name)
    file_id = api.processed(f"{name}-1.csv", _ROWS)
    page.goto(f"/profiles/{name}")
    page.get_by_role("button", name="Edit…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_label("Missing").fill("41")
    # What it does is shown first, also to a person who did not ask for it.
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("status")).to_have_text("1 of 1 file would be read differently.")
    row = dialog.get_by_role("row").filter(has_text=f"{name}-1.csv")
    expect(row).to_contain_text("Time zone: UTC → Europe/Berlin")
    expect(row).to_contain_text("2 → 1")
    assert api.get(f"/profiles/{name}")["version"] == 1, "nothing is saved yet"
    expect(dialog.get_by_role("status")).to_be_in_viewport()
    dialog.get_by_label("Missing").fill("99")
    dialog.get_by_role("button", name="Preview").click()
    expect(row).to_contain_text("→ 99")
    dialog.get_by_label("Missing").fill("41")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("→ 41")
    dialog.get_by_role("button", name="Save version 2").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text="Version 2")).to_be_visible()
    page.get_by_role("button", name="Reprocess 1 file").click()
    expect(page.get_by_text("1 file processed again.")).to_be_visible()
    page.get_by_role("link", name=f"{name}-1.csv").click()
    expect(page.get_by_text("Europe/Berlin").first).to_be_visible()
    document = api.get(f"/files/{file_id}")
    assert (document["generation"], document["profile_version"]) == (2, 2)


@pytest.mark.slow
def test_files_are_reprocessed_although_the_page_is_closed(
    api: Api, visiting: Callable[..., Visit], name: str
) -> None:
    save(api, name)
    files = [
        api.processed(f"{name}-{number}.csv", _ROWS.replace(b"40,5", b"%d,5" % number))
        for number in range(3)
    ]
    save(api, name, options={"timezone": "Europe/Berlin"})
    visit = visiting()
    visit.page.goto(f"/profiles/{name}")
    visit.page.get_by_role("button", name="Check earlier files").click()
    asked: list[str] = []
    visit.page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    with visit.page.expect_response("**/api/v1/reprocessings") as begun:
        visit.page.get_by_role("button", name="Reprocess 3 files").click()
    operation = begun.value.json()
    visit.page.close()
    assert [url.rpartition("/")[2] for url in asked] == ["reprocessings"]
    page = visiting().page
    page.goto("/status")
    listed = page.get_by_role("list", name="Operations").get_by_role("listitem")
    done = listed.filter(has_text="Reprocessing of 3 chosen files").first
    expect(done).to_contain_text("3 of 3 files processed again")
    assert api.get(f"/operations/{operation['id']}")["results"]["reprocessing"] == 3
    for file_id in files:
        document = api.wait(file_id, generation=2)
        assert (document["generation"], document["profile_version"]) == (2, 2)


def test_a_change_of_another_person_is_not_overwritten(api: Api, page: Page, name: str) -> None:
    save(api, name)
    page.goto(f"/profiles/{name}")
    page.get_by_role("button", name="Edit…").click()
    dialog = page.get_by_role("dialog")
    save(api, name, title="By another person")
    dialog.get_by_label("Title").fill("By me")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("version 2 by now")
    assert api.get(f"/profiles/{name}")["title"] == "By another person"


@pytest.mark.slow
def test_a_built_in_profile_is_copied_and_a_copy_deleted(api: Api, page: Page, name: str) -> None:
    page.goto("/profiles")
    page.get_by_label("Search profiles").fill("toa5")
    page.get_by_role("link", name="campbell-toa5").click()
    expect(page.get_by_role("button", name="Edit…")).to_have_count(0)
    page.get_by_role("button", name="Copy…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Lines", exact=True)).to_have_value('^"?TOA5"?,')
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    options = api.get("/profiles/campbell-toa5")["options"]
    assert api.get(f"/profiles/{name}")["options"] == options
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profiles")
    assert api.client.get(f"/api/v1/profiles/{name}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_pages_of_profiles_are_accessible(
    api: Api, name: str, visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    save(api, name, title="Klima", options={"timezone": "Europe/Berlin"})
    visit = visiting(**how)
    page = visit.page
    faults = {}
    page.goto("/profiles")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    faults["list"] = faults_of(visit)
    page.goto(f"/profiles/{name}")
    expect(page.get_by_role("listitem").filter(has_text="Version 1")).to_be_visible()
    page.get_by_role("button", name="Check earlier files").click()
    expect(page.get_by_role("status").filter(has_text="would be read")).to_be_visible()
    faults["profile"] = faults_of(visit)
    page.get_by_role("button", name="Edit…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    faults["edit"] = faults_of(visit)
    assert {where: found for where, found in faults.items() if found} == {}


def faults_of(visit: Visit) -> list[str]:
    wider = visit.overflow()
    return [*visit.axe(), *([f"{wider} pixels too wide"] if wider > 0 else [])]
