"""Files come in through the page: dropped or chosen, one or several, with what becomes of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.ui.api import Api
from tests.e2e.ui.browser import ROOT, Visit
from tests.e2e.ui.network_proxy import Line

_SAMPLES = ROOT / "samples"

# A browser makes these events of a drag; nothing else does with files in them.
_DROP = """files => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    document.querySelector('main').dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
    if (kind === 'dragover') window.overlay = document.body.innerText.includes('Let go to send');
  }
}"""


def test_several_files_dropped_anywhere_end_with_their_results(page: Page, api: Api) -> None:
    page.goto("/sensors")
    page.evaluate(
        _DROP,
        [
            ["dropped-clean.csv", "sensor_id,timestamp,value\nd1,2026-01-01,1\nd1,2026-01-02,3\n"],
            ["dropped-partial.csv", "sensor_id,timestamp,value\nd1,2026-01-01,1\nd1,soon,3\n"],
        ],
    )
    page.get_by_role("link", name="Files", exact=True).click()
    uploads = page.get_by_role("region", name="Uploads")
    clean = uploads.get_by_role("listitem").filter(has_text="dropped-clean.csv")
    partial = uploads.get_by_role("listitem").filter(has_text="dropped-partial.csv")
    expect(clean).to_contain_text("processed")
    expect(clean).to_contain_text("2 valid, took")
    expect(partial).to_contain_text("1 valid, 1 invalid")
    # And the list below has learned of them without a reload.
    files = page.get_by_role("region", name="Files", exact=True)
    expect(files.get_by_role("row").filter(has_text="dropped-partial.csv")).to_contain_text(
        "partial"
    )
    clean.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped-clean.csv")
    file_id = page.url.rpartition("/")[2]
    assert api.get(f"/files/{file_id}")["aggregations"]["row_count"] == 2


def test_a_file_dragged_over_the_page_shows_the_drop_target(page: Page) -> None:
    page.goto("/")
    over = (
        "document.body.dispatchEvent(new DragEvent('dragenter', {bubbles: true, dataTransfer: t}))"
    )
    page.evaluate(
        f"() => {{ const t = new DataTransfer(); t.items.add(new File(['x'], 'x.csv')); {over} }}"
    )
    expect(page.get_by_text("Let go to send")).to_be_visible()


def test_progress_goes_by_bytes_while_a_file_is_sent(page: Page, tmp_path: Path) -> None:
    rows = "".join(f"slow-{n % 7},2026-01-01T00:00:00Z,{n}\n" for n in range(60_000))
    large = tmp_path / "sent-slowly.csv"
    large.write_text(f"sensor_id,timestamp,value\n{rows}")
    page.goto("/")
    line = page.context.new_cdp_session(page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000},
    )
    page.get_by_test_id("choose-files").set_input_files(large)
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row).to_contain_text("sending, ")
    bar = row.get_by_role("progressbar")
    part = float(bar.get_attribute("aria-valuenow") or 0)
    page.wait_for_function(
        "before => Number(document.querySelector('li [role=progressbar]')"
        "?.getAttribute('aria-valuenow') ?? 101) > before",
        arg=part,
    )
    expect(row).to_contain_text("60,000 valid, took")


@pytest.mark.slow
def test_several_files_are_sent_in_the_order_chosen_with_their_count_on_every_page(
    page: Page, tmp_path: Path
) -> None:
    names = [f"ordered-{n:02}.csv" for n in range(12)]
    for n, name in enumerate(names):
        (tmp_path / name).write_text(f"sensor_id,timestamp,value\no,2026-01-01,{n}\n")
    sent: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        name = parse_qs(urlsplit(route.request.url).query)["filename"][0]
        sent.append(name)
        if name == names[5]:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/files?*filename=*", hold)
    page.goto("/")
    page.get_by_test_id("choose-files").set_input_files([tmp_path / name for name in names])
    summary = page.get_by_role("link", name="Uploads:")
    expect(summary).to_contain_text("Sending 11 of 12")
    page.get_by_role("link", name="Sensors", exact=True).click()
    expect(page.get_by_role("heading", name="Sensors", exact=True)).to_be_visible()
    expect(summary).to_contain_text("Sending 11 of 12")
    assert sent == names
    held[0].continue_()
    expect(summary).to_have_count(0)
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_role("heading", name="12 uploads")).to_be_visible()


def test_a_file_that_is_no_csv_is_refused_with_the_reason(page: Page) -> None:
    page.goto("/")
    page.get_by_test_id("choose-files").set_input_files(_SAMPLES / "not-a-csv.png")
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row).to_contain_text("not taken")
    expect(row.get_by_role("alert")).to_contain_text("does not look like text in columns")
    row.get_by_role("button", name="Take from this list").click()
    expect(row).to_have_count(0)


@pytest.mark.slow
def test_the_same_bytes_under_the_same_name_are_known_and_may_be_taken_as_new(
    page: Page, api: Api, tmp_path: Path
) -> None:
    name = f"known-{uuid.uuid4().hex[:8]}.csv"
    body = f"sensor_id,timestamp,value\n{name},2026-01-01,1\n".encode()
    api.processed(name, body)
    (tmp_path / name).write_bytes(body)
    page.goto("/")
    page.get_by_test_id("choose-files").set_input_files(tmp_path / name)
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row).to_contain_text("same name and bytes are here already")
    row.get_by_role("button", name="Take it as new").click()
    expect(row).not_to_contain_text("already")
    expect(row).to_contain_text("1 valid, took")
    assert len(api.get("/files", q=name)["items"]) == 2


@pytest.mark.slow
def test_read_options_can_be_set_for_the_next_uploads(page: Page, api: Api, tmp_path: Path) -> None:
    (tmp_path / "with-options.csv").write_text("s1|03.02.2026 10:00|1,5\ns1|04.02.2026 10:00|2,5\n")
    page.goto("/")
    page.get_by_text("How files are read: detected").click()
    page.get_by_label("Delimiter").fill("pipe")
    page.get_by_label("Decimal").select_option("comma")
    page.get_by_label("Header", exact=True).select_option("no")
    page.get_by_label("Timestamp format").fill("%d.%m.%Y %H:%M")
    expect(page.locator("summary").first).to_contain_text("delimiter pipe, decimal ,")
    page.get_by_test_id("choose-files").set_input_files(tmp_path / "with-options.csv")
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row).to_contain_text("2 valid, took")
    dialect = api.get("/files", q="with-options.csv")["items"][0]["dialect"]
    found = [dialect[name]["value"] for name in ("delimiter", "decimal", "header")]
    assert found == ["|", ",", False]
    assert dialect["delimiter"]["source"] == "option"
    # A value that cannot be is answered by the API, in its words.
    page.get_by_label("Timestamp format").fill("%d.%m.%Q")
    page.get_by_test_id("choose-files").set_input_files(tmp_path / "with-options.csv")
    expect(page.get_by_role("alert")).to_contain_text("timestamp_format is '%d.%m.%Q'")
    page.get_by_role("button", name="Detect everything").click()
    expect(page.locator("summary").first).to_contain_text("detected")


@pytest.mark.slow
def test_an_upload_whose_network_is_gone_can_be_tried_again(page: Page, tmp_path: Path) -> None:
    (tmp_path / "later.csv").write_text("sensor_id,timestamp,value\nl1,2026-01-01,1\n")
    page.goto("/")
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_test_id("choose-files").set_input_files(tmp_path / "later.csv")
    row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row.get_by_role("alert")).to_contain_text("does not answer")
    page.context.set_offline(False)
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("1 valid, took")


@pytest.mark.slow
def test_a_large_file_goes_on_where_its_line_was_cut(
    visiting: Callable[..., Visit], api: Api, tmp_path: Path
) -> None:
    rows = "".join(f"big-{n % 9},2026-01-01T00:00:00Z,{n}\n" for n in range(400_000))
    large = tmp_path / "cut-and-resumed.csv"
    large.write_text(f"sensor_id,timestamp,value\n{rows}")
    offsets: list[int] = []

    def asked(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    with Line(api.address) as line:
        page = visiting(address=line.address).page
        page.on("request", asked)
        page.goto("/")
        page.context.new_cdp_session(page).send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 6e6},
        )
        page.get_by_test_id("choose-files").set_input_files(large)
        row = page.get_by_role("region", name="Uploads").get_by_role("listitem")
        page.wait_for_function(
            "() => Number(document.querySelector('li [role=progressbar]')"
            "?.getAttribute('aria-valuenow') ?? 0) > 60"
        )
        line.cut()
        expect(page.get_by_role("status")).to_contain_text("does not answer")
        line.mend()
        expect(row).to_contain_text("400,000 valid, took", timeout=180_000)
        assert offsets[0] == 0
        assert offsets[-1] > 0
        # The same once more: it is there, and that is said of large files too.
        page.reload()
        page.get_by_test_id("choose-files").set_input_files(large)
        expect(row).to_contain_text("same name and bytes are here already", timeout=180_000)
