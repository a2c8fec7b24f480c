"""The examples of docs/python.md, run as they are."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from embedded.stack import Stack
from tests.harness.command import ROOT

DOCUMENT = (ROOT / "docs" / "python.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
# What each of them prints, among other things.
PRINTED = (
    "processed 288 0",
    "sensor_id",
    "value_",
    "'klima'",
    "done processed",
)


@pytest.mark.parametrize(
    ("example", "printed"), list(zip(EXAMPLES, PRINTED, strict=True)), ids=range(len(EXAMPLES))
)
def test_an_example_runs(stack: Stack, example: str, printed: str) -> None:
    code = example.replace("http://127.0.0.1:8000", stack.endpoints["CSV_PROCESSOR_API"])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert printed in done.stdout
