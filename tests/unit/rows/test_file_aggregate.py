"""The aggregate of a file does not depend on order and repetition of its events."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rows.file_aggregate import (
    FileAggregate,
    add,
    apply_max_invalid,
    final_status,
    from_bytes,
    to_bytes,
)
from schemas.events import BatchResult, DialectSpec, FileSplit, FileUploaded, ObjectRef

RAW = ObjectRef(bucket="b", key="raw/f")


def uploaded(generation: int = 1) -> FileUploaded:
    return FileUploaded(
        file_id="f",
        generation=generation,
        source="upload",
        raw=RAW,
        filename="a.csv",
        size_bytes=1,
        sha256="",
        upload_time=datetime(2024, 1, 1, tzinfo=UTC),
        batch_bytes=1024,
    )


def result(batch_no: int, low: float | None = 1.0, high: float | None = 2.0) -> BatchResult:
    return BatchResult(
        file_id="f",
        generation=1,
        batch_no=batch_no,
        row_count=0 if low is None else 10,
        invalid_count=2,
        min_value=low,
        max_value=high,
        codes={"value_format": 2},
        dialect_fingerprint=DialectSpec(header=True).fingerprint(),
        partials_ref=RAW if batch_no % 3 == 1 else None,
    )


def split(batches: int, error: str | None = None) -> FileSplit:
    return FileSplit(file=uploaded(), batches=batches, rows=12 * batches, error=error)


def folded(events: list[BatchResult | FileSplit]) -> FileAggregate:
    state = FileAggregate("f", 1)
    for event in events:
        state = add(state, event)
    return state


@given(st.integers(0, 30), st.randoms(use_true_random=False), st.data())
def test_order_and_repetition_change_nothing(
    batches: int, random_: random.Random, data: st.DataObject
) -> None:
    # 0.0 and -0.0 are equal; the batch decides which of them stays, not the order.
    values = st.sampled_from([None, -1.5, 0.0, -0.0, 3.25])
    events: list[BatchResult | FileSplit] = [split(batches)]
    for batch_no in range(batches):
        value = data.draw(values)
        events.append(result(batch_no, value, value))
    once = folded(events)
    doubled = events + random_.choices(events, k=len(events))
    random_.shuffle(doubled)
    assert repr(folded(doubled)) == repr(once)
    assert once.complete
    assert once.batches_done == batches
    assert once.rows_done == once.row_count + 2 * batches


@given(st.lists(st.integers(0, 200), unique=True, max_size=40), st.booleans())
def test_the_table_gives_back_what_was_put(batches: list[int], is_split: bool) -> None:
    events: list[BatchResult | FileSplit] = [result(n, -0.0, 1e300) for n in batches]
    state = folded([*events, *([split(300)] if is_split else [])])
    again = from_bytes(to_bytes(state))
    assert again == state
    # -0.0 is equal to 0.0, but not the same.
    assert str(again.smallest) == str(state.smallest)


def test_a_file_is_complete_with_its_last_batch_only() -> None:
    state = folded([result(0), result(2), split(3)])
    assert not state.complete
    assert add(state, result(1)).complete


def test_a_header_alone_is_complete() -> None:
    assert folded([split(0)]).complete


def test_of_equal_extremes_the_first_in_row_order_stays() -> None:
    state = folded([result(5, 0.0, 0.0), result(2, -0.0, -0.0)])
    assert state.smallest is not None
    assert str(state.smallest.value) == "-0.0"
    assert state.greatest is not None
    assert state.greatest.batch_no == 2


def test_the_first_broken_batch_gives_the_reason() -> None:
    later = result(4).model_copy(update={"error": "later"})
    earlier = result(1).model_copy(update={"error": "earlier"})
    assert folded([later, earlier, split(5)]).error == "earlier"
    assert folded([later, split(5, "the split failed")]).error == "the split failed"


def test_a_value_of_a_table_stays_small() -> None:
    state = folded([result(n, 1.0, 2.0) for n in range(10_000)])
    assert len(to_bytes(state)) < 8_000


def test_an_event_of_another_file_is_refused() -> None:
    other = result(0).model_copy(update={"generation": 2})
    with pytest.raises(ValueError, match="for the state of"):
        add(FileAggregate("f", 1), other)


def limited(most: str | None, damage: str | None = None, error: str | None = None) -> FileAggregate:
    """A file of 30 valid and 6 invalid rows."""
    end = split(3, error).model_copy(
        update={"dialect": DialectSpec(header=True, max_invalid=most), "damage": damage}
    )
    return folded([result(0), result(1), result(2), end])


@pytest.mark.parametrize("most", [None, "none", "6", "17%", "100%"])
def test_a_file_with_as_many_invalid_rows_as_allowed_is_as_without_a_limit(
    most: str | None,
) -> None:
    state = limited(most)
    assert apply_max_invalid(state) is state
    assert final_status(state)[0] == "partial"


@pytest.mark.parametrize("most", ["0", "5", "16%"])
def test_readings_of_a_file_with_too_many_invalid_rows_are_withheld_and_counted(most: str) -> None:
    state = apply_max_invalid(limited(most))
    assert (state.row_count, state.invalid_count, state.excluded_count) == (0, 6, 30)
    assert state.record_count == 36
    assert (state.smallest, state.greatest) == (None, None)
    status, error = final_status(state)
    assert status == "failed"
    assert (error or "").startswith(
        f"max_invalid_exceeded: 6 of 36 rows are invalid, and max_invalid is {most};"
    )
    assert apply_max_invalid(state) is state


def test_another_fault_of_the_file_comes_before_its_limit() -> None:
    state = limited("0", error="layout_unknown: ...")
    assert apply_max_invalid(state) is state
    _, error = final_status(apply_max_invalid(limited("0", damage="compression_truncated: ...")))
    assert (error or "").endswith("compression_truncated: ...")
