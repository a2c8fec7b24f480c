"""The examples of `/docs` are commands that work as they are shown."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from embedded.stack import Stack
from ingest.api import docs

_CSV = "sensor_id,timestamp,value\nt-1,2026-03-01T00:00:00Z,1.5\nt-1,2026-03-01T00:01:00Z,x\n"


def commands() -> list[str]:
    """The lines of the examples, in their order."""
    page = (Path(docs.__file__).parent / "static" / "docs.html").read_text()
    blocks = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    return [line for block in blocks for line in html.unescape(block).splitlines()]


@pytest.mark.needs("curl")
def test_the_examples_of_the_documentation_work(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "readings.csv").write_text(_CSV)
    file_id, answers = "", {}
    assert len(commands()) >= 10
    for line in commands():
        command = line.replace("{origin}", stack.endpoints["CSV_PROCESSOR_API"])
        done = subprocess.run(
            command.replace("curl ", "curl --fail ").replace("{file_id}", file_id),
            shell=True, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        answers[line] = done.stdout
        if found := re.search(r'"file_id":"([0-9a-f-]+)"', done.stdout):
            file_id = file_id or found[1]
    shown = "".join(answers.values())
    assert '"status":"partial"' in shown
    assert "t-1,2026-03-01T00:00:00.000000Z,1.5" in shown
    assert (tmp_path / "readings.parquet").read_bytes()[:4] == b"PAR1"
