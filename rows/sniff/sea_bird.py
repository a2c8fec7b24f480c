"""Files of Sea-Bird (.cnv): names of columns and the start of the times are in lines before the data."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.structure import unique_names
from schemas.read_options import ReadOptions

_BEGIN: Final = b"* Sea-Bird"
_END: Final = re.compile(rb"^\*END\*[ \t]*\r?\n", re.MULTILINE)
_NAME: Final = re.compile(rb"^# name \d+ = ([^:\r\n]+)", re.MULTILINE)
_BAD: Final = re.compile(rb"^# bad_flag = (\S+)", re.MULTILINE)
_START: Final = re.compile(rb"^# start_time = (\w{3} +\d{1,2} \d{4} +\d\d:\d\d:\d\d)", re.MULTILINE)
# Times by the names of their columns: the format, and the start if it is no line of the file.
_TIMES: Final = {
    "timeS": ("elapsed_s", None),
    "timeY": ("epoch_s", ""),
    "timeK": ("elapsed_s", "2000-01-01"),
    "timeQ": ("elapsed_s", "2000-01-01"),
}


def check_sea_bird(head: bytes, options: ReadOptions) -> None:
    """Ask about a file of Sea-Bird, with all options if its times are counted from a known start.

    Raises:
        Question: it is one, and no option names its columns.
    """
    if not head.startswith(_BEGIN) or options.column_names or options.value_column:
        return
    end = _END.search(head)
    if end is None:
        return
    lines = head[: end.end()]
    names = unique_names([name.decode("utf-8", "replace") for name in _NAME.findall(lines)])
    shown = ", ".join(names[:6]) or "none"
    raise Question(
        "layout_unknown",
        f"the file is one of Sea-Bird (.cnv), whose columns ({shown}) are named in lines before the "
        "data; name them with column_names, and say with timestamp_column, timestamp_format and "
        "timestamp_start how their time is counted",
        [
            Alternative(
                {
                    "layout": "wide",
                    "header": False,
                    "delimiter": "space",
                    "skip_lines": lines.count(b"\n"),
                    "column_names": names,
                    "timestamp_column": (name,),
                    "timestamp_format": (form,),
                    **({"timestamp_start": start} if start else {}),
                    **_without_bad(lines, names),
                },
                f"the time is {name!r}" + (f", counted from {start}" if start else ""),
            )
            for name in names
            if name in _TIMES
            for form, start in [_counted(name, lines)]
            if start is not None
        ],
    )


def _counted(name: str, lines: bytes) -> tuple[str, str | None]:
    """Format and start of a column of times; None if the start is not in the file."""
    form, start = _TIMES[name]
    if start is not None:
        return form, start
    found = _START.search(lines)
    if found is None:
        return form, None
    text = " ".join(found[1].decode().split())
    try:
        return form, datetime.strptime(text, "%b %d %Y %H:%M:%S").isoformat()
    except ValueError:
        return form, None


def _without_bad(lines: bytes, names: tuple[str, ...]) -> dict[str, object]:
    """Without the column of flags, and with the value that stands for no reading."""
    bad = _BAD.search(lines)
    left: dict[str, object] = {"ignore_column": ("flag",)} if "flag" in names else {}
    return left | ({"missing": (bad[1].decode(),)} if bad is not None else {})
