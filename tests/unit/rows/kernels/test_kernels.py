"""What holds the kernels together: codes, the folder they are kept in, threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rows.kernels import cache, decimal, layout, timestamp
from rows.parse import parse_batch
from schemas.invalid_codes import COLUMN_OF, NUMBER_OF, InvalidCode
from schemas.limits import Limits
from tests.harness.row_files import PLAIN


def test_every_code_has_its_column() -> None:
    assert {code: COLUMN_OF[code] for code in InvalidCode if COLUMN_OF[code] is None}.keys() == {
        InvalidCode.MISSING_FIELDS,
        InvalidCode.EXTRA_FIELDS,
        InvalidCode.BAD_QUOTE,
        InvalidCode.QUOTE_NOT_CLOSED,
        InvalidCode.RECORD_TOO_LONG,
    }


def test_outcomes_of_the_kernels_are_codes() -> None:
    def number(first: int, outcome: int) -> InvalidCode:
        return next(c for c, n in NUMBER_OF.items() if n == first - 1 + outcome)

    assert number(layout.TIMESTAMP_EMPTY, timestamp.EMPTY) == InvalidCode.TIMESTAMP_EMPTY
    assert number(layout.TIMESTAMP_EMPTY, timestamp.NO_FORMAT) == InvalidCode.TIMESTAMP_FORMAT
    assert number(layout.TIMESTAMP_EMPTY, timestamp.OUT_OF_RANGE) == InvalidCode.TIMESTAMP_RANGE
    assert number(layout.VALUE_EMPTY, decimal.EMPTY) == InvalidCode.VALUE_EMPTY
    assert number(layout.VALUE_EMPTY, decimal.NOT_A_NUMBER) == InvalidCode.VALUE_FORMAT
    assert number(layout.VALUE_EMPTY, decimal.NOT_FINITE) == InvalidCode.VALUE_NOT_FINITE


def test_kernels_are_cached_in_a_writable_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSV_PROCESSOR_CACHE", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "csv-processor" / f"kernels-{cache.sources_hash()}"
    # A folder that cannot be made: something else has its name.
    (tmp_path / "file").touch()
    monkeypatch.setenv("CSV_PROCESSOR_CACHE", str(tmp_path / "file"))
    assert cache.cache_folder().is_dir()
    assert tmp_path not in cache.cache_folder().parents


def test_refusing_binary_files_needs_no_kernels() -> None:
    program = "import rows.sniff.dialect, sys; rows.sniff.dialect.refuse_binary(b'a,b'); print('numba' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_threads_do_not_disturb_each_other() -> None:
    def run(k: int) -> list[int]:
        data = (
            b"".join(b"s%d,%d,%d\n" % (j % (k + 1), j, j * k) for j in range(20_000)) + b",,\n" * k
        )
        outcome = parse_batch(data, PLAIN, Limits(), first_row=1, first_line=1)
        return [outcome.row_count, outcome.invalid_count, outcome.partials.num_rows]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, range(12)))
    assert found == [[20_000, k, k + 1] for k in range(12)]


def test_a_batch_may_be_any_buffer() -> None:
    for data in (b"a,0,1\n", memoryview(b"xxa,0,1\n")[2:], memoryview(bytearray(b"a,0,1\n"))):
        assert parse_batch(data, PLAIN, Limits(), first_row=1, first_line=1).row_count == 1
