"""The run of the fuzzer can count branches of kernels: none is imported before it begins to."""

from __future__ import annotations

import subprocess
import sys


def test_kernels_can_be_counted_from_the_beginning() -> None:
    code = "from tests.fuzz import counters; counters.count_from_now_on()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_kernels_that_were_imported_before_are_named() -> None:
    code = "import rows.reader; from tests.fuzz import counters; counters.count_from_now_on()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "kernels were imported before: rows.kernels." in done.stderr
