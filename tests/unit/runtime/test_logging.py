"""What a line of the log looks like, in both forms."""

from __future__ import annotations

import json
import subprocess
import sys

SAY = """
import logging
from runtime.logging import log_to_stderr
log_to_stderr("INFO", {form!r}, worker="7")
logging.getLogger("x").info(
    "file done", extra={{"file_id": "f-1", "color_message": "\\x1b[1mfile done"}}
)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("x").exception("it broke")
"""


def said(form: str) -> str:
    command = [sys.executable, "-c", SAY.format(form=form)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_json_has_an_object_on_each_line_with_the_file_id_in_it() -> None:
    first, second = [json.loads(line) for line in said("json").splitlines()]
    assert first["message"] == "file done"
    assert (first["file_id"], first["worker"], first["level"]) == ("f-1", "7", "INFO")
    assert "color_message" not in first
    assert "ZeroDivisionError" in second["traceback"]


def test_text_is_for_people_and_has_the_file_id_too() -> None:
    lines = said("text").splitlines()
    assert lines[0].endswith("INFO x: file done [file_id=f-1 worker=7]")
    assert lines[-1] == "ZeroDivisionError: division by zero"
