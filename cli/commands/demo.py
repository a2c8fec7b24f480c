"""`make demo`: everything started, the samples loaded, their results shown, and stay to be used."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from cli import render
from cli.client import Api, ApiRefused, document, file_path
from cli.commands.demo_samples import REFUSED, Sample, differences, samples
from cli.commands.stack import address_lines, running
from cli.commands.upload import send
from cli.context import api_key
from cli.exit_codes import OTHER, PROCESSED
from cli.format import took
from cli.inputs import sources
from cli.progress import Bar, LineBars, LiveBars, bars
from cli.sql import query
from cli.terminal import complain, note, say, styled, table, wrapped
from cli.wait import until_terminal

_TIMEOUT_SECONDS = 120.0
_PER_SENSOR_OF = "clean.csv"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one sample: its terminal document, or the text it was rejected with."""

    sample: Sample
    doc: dict[str, Any] | None
    refusal: str
    wrong: list[str]


def run_demo(api_port: int, data_dir: Path, workers: int) -> int:
    """Run the demo on the embedded stack of `data_dir`; 0 if every sample gave the expected result.

    A stack that is up on `data_dir` is used and left up; otherwise one is started, and stopped at
    the end. On a terminal it stays until Ctrl-C.
    """
    wanted = samples()
    signal.signal(signal.SIGTERM, _interrupt)
    env = {"READINGS": os.environ.get("READINGS") or "on"}
    with running(api_port, data_dir, workers, env) as addresses:
        with Api(addresses["CSV_PROCESSOR_API"], api_key()) as api:
            outcomes = _load(api, wanted, data_dir / "demo")
            _report(api, addresses, outcomes, data_dir)
        wrong = [outcome for outcome in outcomes if outcome.wrong]
        for outcome in wrong:
            complain(f"{outcome.sample.name} is not what was expected: {'; '.join(outcome.wrong)}")
        if not wrong:
            say(f"All {len(outcomes)} samples gave the expected result.")
        if stays():
            _stay()
    return OTHER if wrong else PROCESSED


def stays() -> bool:
    """Whether a user can end it: on a terminal, and not in CI."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return sys.stdin.isatty() and sys.stdout.isatty() and not in_ci


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stay() -> None:
    say(styled("Ctrl-C ends it.", "bold"))
    try:
        signal.pause()
    except KeyboardInterrupt:
        note()


def _load(api: Api, wanted: Sequence[Sample], scratch: Path) -> list[Outcome]:
    """Send the samples and wait for all of them.

    The first one goes alone: it is done once the workers are, so that the others show how long a
    file takes, not how long a worker takes to start.
    """
    with bars() as shown:
        outcomes = [_outcome(api, wanted[0], *_sent(api, wanted[0], scratch, shown))]
        sent = [(sample, *_sent(api, sample, scratch, shown)) for sample in wanted[1:]]
        return outcomes + [_outcome(api, *one) for one in sent]


def _sent(
    api: Api, sample: Sample, scratch: Path, shown: LiveBars | LineBars
) -> tuple[Bar, dict[str, Any] | str]:
    """The bar of a sample, and its document, or what it was refused with."""
    file = sources([str(sample.path(scratch))])[0]
    bar = shown.file(sample.name, file.size)
    try:
        body, _ = send(api, file, {"force": True}, None, bar)
        return bar, document(body)
    except ApiRefused as refused:
        bar.seen({"status": REFUSED})
        return bar, refused.what


def _outcome(api: Api, sample: Sample, bar: Bar, answer: dict[str, Any] | str) -> Outcome:
    if isinstance(answer, str):
        wrong = [] if sample.status == REFUSED else [f"refused: {answer}"]
        return Outcome(sample, None, answer, wrong)
    doc = document(until_terminal(api, str(answer["file_id"]), bar.seen, _TIMEOUT_SECONDS))
    return Outcome(sample, doc, "", differences(sample, doc))


def _report(
    api: Api, addresses: Mapping[str, str], outcomes: Sequence[Outcome], data_dir: Path
) -> None:
    by_name = {o.sample.name: o.doc for o in outcomes if o.doc is not None}
    _section("Results of the files")
    say("\n".join(_results(outcomes)))
    for outcome in outcomes:
        if outcome.refusal:
            say(wrapped(f"{outcome.sample.name} was refused: {outcome.refusal}"))
    say("\n".join(_speed(outcomes)))
    if doc := by_name.get(_PER_SENSOR_OF):
        _section(f"Results per sensor, {_PER_SENSOR_OF}")
        page = document(api.get(file_path(str(doc["file_id"]), "sensors")))
        say("\n".join(render.sensor_lines(page["items"])))
    for outcome in outcomes:
        if outcome.doc is not None and outcome.doc.get("status") == "partial":
            _section(f"What was wrong with which row, {outcome.sample.name}")
            page = document(api.get(file_path(str(outcome.doc["file_id"]), "invalid-rows")))
            say("\n".join(render.invalid_lines(page["items"])))
    if doc := by_name.get(_PER_SENSOR_OF):
        _section("The same in SQL")
        statement = (
            "SELECT sensor_id, row_count, round(mean_value, 3) AS mean\n"
            f"FROM sensor_results WHERE file_id = '{doc['file_id']}'\n"
            "ORDER BY mean DESC LIMIT 3"
        )
        say(styled(statement, "dim"))
        say(query(addresses["SQL_URL"], statement))
    _section("Where to look")
    say("\n".join(address_lines(addresses, data_dir)))
    say()


def _section(title: str) -> None:
    say()
    say(styled(title, "bold"))


def _speed(outcomes: Sequence[Outcome]) -> list[str]:
    """What the largest file says of the speed."""
    largest = max(outcomes, key=lambda outcome: outcome.sample.rows)
    took_ms = (largest.doc or {}).get("processing_ms")
    if not took_ms:
        return []
    rate = round(largest.sample.rows / took_ms) * 1000
    return [f"{largest.sample.name}: {rate:,} rows a second, from the upload to the results."]


def _results(outcomes: Sequence[Outcome]) -> list[str]:
    rows = []
    for outcome in outcomes:
        doc = outcome.doc or {}
        found = doc.get("aggregations") or {}
        rows.append(
            (
                outcome.sample.name,
                str(doc.get("status") or REFUSED),
                f"{found.get('row_count') or 0:,}",
                f"{doc.get('invalid_count') or 0:,}",
                took(doc.get("processing_ms")),
                "NOT as expected" if outcome.wrong else "as expected",
            )
        )
    head = ["file", "status", "rows", "invalid", "took", ""]
    return [line.rstrip() for line in table(head, rows, ["rows", "invalid", "took"])]
