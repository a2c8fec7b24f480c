"""Partials: hashes and merging."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from rows.merge import merge_partials
from rows.parse import parse_batch
from rows.schema import PARTIALS
from schemas.limits import Limits
from tests.harness.row_files import PLAIN, whole


def _partials(data: bytes, first_row: int = 1) -> pa.RecordBatch:
    return parse_batch(data, PLAIN, Limits(), first_row=first_row, first_line=first_row).partials


def test_partials_are_ordered_by_a_hash_that_never_changes() -> None:
    part = _partials(b"a,0,1\nb,0,1\nlonger-than-eight,0,1\n" + b"x" * 40 + b",0,1\n")
    assert part.schema == PARTIALS
    # The numbers are part of what travels: workers of two versions must agree on them.
    hashes = dict(zip(part["sensor_id"].to_pylist(), part["sensor_hash"].to_pylist(), strict=True))
    assert hashes == {
        "a": 14872023074522839221,
        "b": 2725780840524355222,
        "longer-than-eight": 14772069532753825608,
        "x" * 40: 1836792392930604815,
    }
    assert part["sensor_hash"].to_pylist() == sorted(part["sensor_hash"].to_pylist())


def test_the_hash_of_an_id_does_not_depend_on_its_position() -> None:
    name = b"a-name-that-is-rather-long"
    alone = _partials(name + b",0,1")
    among = _partials(b'x,0,1\n"' + name + b'",0,1\n' + b"y,0,1\n" * 100)
    row = among["sensor_id"].to_pylist().index(name.decode())
    assert among["sensor_hash"][row] == alone["sensor_hash"][0]


def test_merge_keeps_first_and_last_by_moment_then_row() -> None:
    one = _partials(b"a,5,1\na,7,2\nb,1,-0.0\n")
    two = _partials(b"a,5,3\na,7,4\nb,1,0.0\nc,0,1\n", first_row=4)
    three = _partials(b"a,4,9\na,6,-9\n", first_row=8)
    merged = {r["sensor_id"]: r for r in merge_partials([one, two, three]).to_pylist()}
    a = {k: v for k, v in merged["a"].items() if k not in ("sensor_id", "sensor_hash", "sum_lo")}
    assert a == {
        "row_count": 6, "min_value": -9.0, "max_value": 9.0, "sum_hi": 10.0,
        "first_timestamp": 4_000_000, "first_row": 8, "first_value": 9.0,
        "last_timestamp": 7_000_000, "last_row": 5, "last_value": 4.0,
        "end_timestamp": 6_000_000, "begin_timestamp": 5_000_000, "begin_row": 1,
        "back_count": 2, "back_row": 4, "repeated_count": 0, "repeated_row": 0,
        "missing_count": 0, "excluded_count": 0,
    }  # fmt: skip
    assert math.copysign(1, merged["b"]["min_value"]) == -1
    assert merged["c"]["row_count"] == 1


def test_merging_in_steps_gives_the_same_result() -> None:
    parts = [
        _partials(
            b"".join(b"s%d,%d,%d\n" % (k * n % 501, k % 13, k) for k in range(2000)), 1 + 2000 * n
        )
        for n in range(1, 6)
    ]
    at_once = merge_partials(parts)
    assert merge_partials([merge_partials(parts[:2]), merge_partials(parts[2:])]).equals(at_once)
    assert merge_partials([pa.Table.from_batches(parts[:3]), *parts[3:]]).equals(at_once)


def test_merge_of_nothing() -> None:
    assert merge_partials([]).num_rows == 0
    assert merge_partials([_partials(b"")]).schema == PARTIALS


def test_sensors_of_one_hash_are_kept_apart() -> None:
    part = _partials(b"a,0,1\nb,0,2\nc,0,3\n")
    forged = part.set_column(0, PARTIALS.field(0), pa.array([7, 7, 7], pa.uint64()))
    merged = merge_partials([forged, forged, forged])
    assert merged["sensor_id"].to_pylist() == ["a", "b", "c"]
    assert merged["row_count"].to_pylist() == [3, 3, 3]


def test_the_mean_does_not_depend_on_batch_boundaries() -> None:
    data = b"".join(b"a,0,%d.%d\n" % (10**9 + k, k % 7) for k in range(20_000))
    means = set()
    for batch_bytes in (100, 1000, 33_333, 1 << 20):
        row = whole(data, batch_bytes=batch_bytes).sensors["a"]
        means.add((row["sum_hi"] + row["sum_lo"]) / row["row_count"])
    exact = math.fsum(float(b"%d.%d" % (10**9 + k, k % 7)) for k in range(20_000)) / 20_000
    assert means == {exact}


@pytest.mark.parametrize("shape", [b"sensor/%07d/of/a/plant", b"%09d", b"%d"])
def test_as_many_sensors_as_rows(shape: bytes) -> None:
    names = [shape % k for k in range(60_000)]
    part = _partials(b"".join(n + b",0,%d\n" % k for k, n in enumerate(names)))
    part.validate(full=True)
    assert sorted(part["sensor_id"].to_pylist()) == sorted(n.decode() for n in names)
    by_id = dict(zip(part["sensor_id"].to_pylist(), part["min_value"].to_pylist(), strict=True))
    assert all(by_id[n.decode()] == k for k, n in enumerate(names))
