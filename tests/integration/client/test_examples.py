"""The examples of docs/python.md, run as they are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the samples, with sensors of their own.

    Other tests on the stack send the samples under other names: the same bytes would be duplicates.
    """
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    own = uuid.uuid4().hex[:8].encode()
    for path in (tmp_path / "samples").glob("*.csv"):
        path.write_bytes(re.sub(rb"(?m)^(\w+-\d)", own + rb"-\1", path.read_bytes()))
    return tmp_path


@pytest.mark.parametrize(
    ("example", "printed"), list(zip(EXAMPLES, PRINTED, strict=True)), ids=range(len(EXAMPLES))
)
def test_an_example_runs(stack: Stack, folder: Path, example: str, printed: str) -> None:
    code = example.replace("http://127.0.0.1:8000", stack.endpoints["CSV_PROCESSOR_API"])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert printed in done.stdout
