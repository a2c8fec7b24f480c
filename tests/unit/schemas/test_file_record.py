"""Records: which one holds, and that nothing is lost on the way into a row and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from schemas.file_fields import DELETED_VERSION, MemberSummary
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.file_state import FileState, Status
from schemas.read_options import ReadOptions
from tests.harness.records import FINISHED, partial, uploaded, waiting

LATER = FINISHED + timedelta(minutes=1)


def test_an_upload_comes_back_out_of_its_record() -> None:
    assert waiting().upload() == uploaded()
    assert partial().upload() == uploaded()


@pytest.mark.parametrize("record", [waiting(), partial()], ids=["waiting", "terminal"])
def test_a_record_comes_back_out_of_its_row(record: FileRecord) -> None:
    assert FileRecord.from_row(record.row()) == record
    assert FileRecord.from_json(record.row()["record"]) == record


def test_a_waiting_record_knows_no_results() -> None:
    record = waiting()
    assert record.status == "waiting"
    assert record.live_generation == 0
    for name in ("row_count", "invalid_count", "sensor_count", "processing_ms", "finished_at"):
        assert getattr(record, name) is None


def test_a_terminal_record_makes_its_generation_the_live_one() -> None:
    assert partial().live_generation == 1
    assert replace(waiting(), generation=3).terminal(
        "failed", finished_at=FINISHED, processing_ms=1, error="no"
    ).live_generation == 3  # fmt: skip


def test_a_replay_keeps_the_results_before_it_visible() -> None:
    replay = partial().next_generation(recorded_at=LATER)
    assert (replay.generation, replay.live_generation, replay.status) == (2, 1, "waiting")
    assert (replay.replaying, replay.live_status) == (True, "partial")
    for name in ("row_count", "invalid_count", "codes", "dialect", "processing_ms", "min_value"):
        assert getattr(replay, name) == getattr(partial(), name)
    assert FileRecord.from_row(replay.row()) == replay


def test_a_replay_publishes_the_same_file_with_changed_options() -> None:
    replay = partial().next_generation(
        recorded_at=LATER, options=ReadOptions(delimiter="|"), profiles=9
    )
    assert replay.upload() == uploaded().model_copy(
        update={
            "generation": 2,
            "requested_at": LATER,
            "options": ReadOptions(delimiter="|"),
            "profiles": 9,
        }
    )
    assert partial().next_generation(recorded_at=LATER).options == uploaded().options


def test_a_generation_that_waits_is_superseded_by_the_next_one() -> None:
    again = waiting().next_generation(recorded_at=LATER, options=ReadOptions(delimiter="|"))
    assert (again.generation, again.live_generation, again.live_status) == (2, 0, None)
    assert (again.shown_status, again.replaying) == ("waiting", False)
    third = partial().next_generation(recorded_at=LATER).next_generation(recorded_at=LATER)
    assert (third.generation, third.live_generation, third.live_status) == (3, 1, "partial")
    assert third.replaying


def test_what_is_left_of_a_purged_file_is_its_id() -> None:
    gone = partial().deletion(recorded_at=LATER).purge()
    assert FileRecord.from_row(gone.row()) == gone
    left = {str(value) for value in gone.row().values()}
    assert not left & {"plant-7.csv", uploaded().sha256, uploaded().raw.key, "plant-7/2024-05-01"}


def test_versions_grow_along_the_life_of_a_file() -> None:
    first, done = waiting(), partial()
    again = done.next_generation(recorded_at=LATER)
    done_again = again.terminal("processed", finished_at=LATER, processing_ms=5)
    gone = done_again.deletion(recorded_at=LATER)
    life = (first, done, done.purge(), again, done_again, done_again.purge(), gone, gone.purge())
    assert [r.version for r in life] == [4, 5, 6, 8, 9, 10, DELETED_VERSION, DELETED_VERSION + 1]
    assert DELETED_VERSION == 2**62


def test_progress_is_later_with_more_batches_or_with_the_total_known() -> None:
    def progress(done: int, total: int | None) -> FileProgress:
        return FileProgress(
            file_id="f",
            generation=1,
            batches_done=done,
            batches_total=total,
            rows_done=done * 10,
            updated_at=LATER,
        )

    ordered = [progress(0, None), progress(0, 2), progress(1, None), progress(1, 2)]
    assert [p.version for p in ordered] == sorted({p.version for p in ordered})
    assert FileProgress.from_row(ordered[-1].row()) == ordered[-1]


@pytest.mark.parametrize(
    ("generation", "status", "deleted", "verdict"),
    [
        (2, "waiting", False, "waiting"),
        (1, "processed", False, "waiting"),  # the waiting record of 2 is not in yet
        (2, "partial", False, "terminal"),
        (3, "waiting", False, "superseded"),
        (3, "processed", False, "superseded"),
        (2, "processed", True, "deleted"),
        (3, "waiting", True, "deleted"),
    ],
)
def test_what_a_state_means_for_the_second_generation(
    generation: int, status: Status, deleted: bool, verdict: str
) -> None:
    state = FileState(
        file_id="f",
        generation=generation,
        live_generation=0,
        status=status,
        deleted=deleted,
        version=0,
        processing_ms=None,
        finished_at=None,
    )
    assert state.status_of(2) == verdict


def test_times_are_kept_to_the_microsecond() -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 123_457, UTC)
    record = replace(waiting(), upload_time=moment)
    assert FileRecord.from_row(record.row()).upload_time == moment


def test_the_record_of_a_container_that_has_seen_most_holds() -> None:
    summary = MemberSummary(statuses={"processed": 2}, row_count=5, codes={"value_format": 1})

    def summed_up(record: FileRecord, revision: int) -> FileRecord:
        return record.summed_up(
            "processed", summary, revision=revision, error=None, finished_at=FINISHED,
            processing_ms=3,
        )  # fmt: skip

    known = waiting().unpacked("zip", 2, recorded_at=FINISHED)
    first, later = summed_up(known, 6), summed_up(known, 8)
    replay = later.next_generation(recorded_at=LATER)
    again = replay.unpacked("zip", 2, recorded_at=LATER)
    states = [
        waiting(), partial(), known, first, later, replay, again, summed_up(again, 10),
        later.deletion(recorded_at=LATER),
    ]  # fmt: skip
    versions = [record.version for record in states]
    assert versions == sorted(set(versions))
    assert (replay.member_count, replay.summary, replay.shown_status) == (
        None,
        summary,
        "processed",
    )
    for record in states:
        assert FileRecord.from_row(record.row()) == record
        assert FileRecord.from_json(record.row()["record"]) == record


def test_options_that_are_not_set_are_not_written() -> None:
    """A worker of the version before reads the records of files that do without a new option."""
    record = replace(waiting(), options=ReadOptions(delimiter=";", missing=("NA",)))
    assert orjson.loads(record.row()["options"]) == {"delimiter": ";", "missing": ["NA"]}
    assert replace(record, options=ReadOptions()).row()["options"] == "{}"
    assert FileRecord.from_json(record.row()["record"]) == record
