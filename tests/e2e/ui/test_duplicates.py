"""A duplicate says which file counts, and can be processed anyway."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import PHONE, Visit
from tests.harness.containers import readings


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"scheme": "dark"}, {"size": PHONE}], ids=str)
def test_a_duplicate_leads_to_the_file_that_counts_and_is_processed_anyway(
    api: Api, visiting: Callable[..., Visit], how: dict[str, object]
) -> None:
    run = uuid.uuid4().hex[:8]
    data = readings(f"duplicates/{run}", 7)
    first = api.processed(f"first-{run}.csv", data)
    answer = api.client.post(
        "/api/v1/files", params={"filename": f"second-{run}.csv"}, content=data
    )
    second = answer.json()["file_id"]
    assert api.wait(second)["duplicate_of"] == first
    visit = visiting(**how)
    page = visit.page
    page.goto(f"/?q={run}")
    row = page.get_by_role("row").filter(has_text=f"second-{run}.csv")
    expect(row.get_by_role("link", name="duplicate")).to_be_visible()
    assert visit.axe() == []
    row.get_by_role("link", name=f"second-{run}.csv").click()
    note = page.get_by_role("note").filter(has_text="the same bytes as")
    expect(note.get_by_role("link", name=f"first-{run}.csv")).to_be_visible()
    assert api.get(f"/files/{second}")["generation"] == 2
    expect(page.get_by_text("run 2", exact=True)).to_have_count(0)
    assert visit.axe() == []
    assert visit.overflow() <= 0
    page.goto("/")
    again: FilePayload = {"name": f"third-{run}.csv", "mimeType": "text/csv", "buffer": data}
    page.get_by_test_id("choose-files").first.set_input_files(again)
    sent = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(sent).to_contain_text("has the bytes of an earlier file, and does not count again")
    page.goto(f"/files/{second}")
    note.get_by_role("button", name="Process anyway").click()
    expect(note).to_have_count(0)
    expect(page.get_by_text("duplicate", exact=True)).to_have_count(0)
    document = api.wait(second)
    assert document["aggregations"]["row_count"] == 7
