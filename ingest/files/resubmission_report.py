"""The outcome of a resubmission: accepted rows, and why the others are rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.http.errors import Problem
from rows.invalid.csv_export import EditedRow

# Rejected rows that a response lists; all are counted.
_LISTED: Final = 100
_REASONS: Final = {
    "no_number": "`row` is not the number of a row",
    "twice": "this row occurs earlier in the body",
    "not_invalid": "this is not an invalid row of the file",
    "already_corrected": "this row is corrected already",
    "waiting": "another file that corrects this row is not processed yet",
    "cut_off": "the record is longer than what is kept of it; correct the file, and upload it again",
    "still_invalid": "the cell that was rejected is as it was exported",
}


@dataclass(slots=True)
class Taken:
    """The outcome of the rows that were sent."""

    accepted: int = 0
    # Unchanged since the export: they stay invalid rows of the file.
    unchanged: int = 0
    # Rows of other files, by their `file_id`, as an export of a container has them.
    of_others: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, sent: EditedRow, code: str, columns: Sequence[str] = ()) -> None:
        """Count a rejected row with its reason; `columns` are the faulty ones."""
        self.refused += 1
        if len(self.refusals) < _LISTED:
            reason = _REASONS[code] + (f": {', '.join(columns)}" if columns else "")
            self.refusals.append(
                {"line": sent.line, "row": sent.row[:100], "code": code, "reason": reason}
            )

    def document(self) -> dict[str, Any]:
        """As the API returns it."""
        return {
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "refusals": self.refusals,
        }


def no_rows_accepted(taken: Taken) -> Problem:
    """None of the rows that were sent corrects one."""
    are = "is" if taken.unchanged == 1 else "are"
    reasons = [f"{taken.unchanged} {are} unchanged"] if taken.unchanged else []
    if taken.of_others:
        reasons.append(f"{taken.of_others} are rows of other files, by their file_id")
    reasons += [f"row {one['row']}: {one['reason']}" for one in taken.refusals[:5]]
    if taken.refused > 5:
        reasons.append(f"and {taken.refused - 5} more")
    return Problem(
        "no_rows_accepted",
        f"None of the rows that were sent corrects one: {'; '.join(reasons) or 'there are none'}.",
        **taken.document(),
    )
