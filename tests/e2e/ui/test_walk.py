"""The README's way through the page: send a file, see its errors, correct a row of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.browser import ROOT


@pytest.mark.slow
def test_a_newcomer_corrects_a_row_of_a_file_and_sees_that_it_counts(
    page: Page, tmp_path: Path
) -> None:
    # The sample with a name and bytes of its own: other tests send it too.
    sent = tmp_path / "newcomer.csv"
    sent.write_bytes((ROOT / "samples" / "invalid-rows.csv").read_bytes() + b"\n")
    page.goto("/")
    page.get_by_test_id("choose-files").first.set_input_files(sent)
    upload = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(upload).to_contain_text("6 valid, 13 invalid")
    upload.get_by_role("link", name="newcomer.csv").click()
    page.get_by_role("tab", name="Invalid rows").click()
    rows = page.get_by_role("region", name="Invalid rows").locator("tbody tr")
    expect(rows.filter(has_text="01.03.2026 07:40").locator("mark")).to_have_text(
        "01.03.2026 07:40"
    )
    page.get_by_role("group", name="Cells of row 13").get_by_label("timestamp").fill(
        "2026-03-01T07:40:00Z"
    )
    page.get_by_role("button", name="Resubmit").click()
    expect(page.get_by_role("link", name="corrected-newcomer.csv")).to_be_visible()
    # The page updates by itself when the corrected rows have been processed.
    corrected = page.get_by_role("note").filter(has_text="1 of 13 invalid rows were corrected")
    expect(corrected).to_be_visible()
