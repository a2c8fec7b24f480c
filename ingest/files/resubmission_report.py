"""What became of the rows of a resubmission: which are taken, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.http.errors import Problem
from rows.invalid.csv_export import Returned

# Refused rows that an answer lists; all are counted.
_LISTED: Final = 100
_REASONS: Final = {
    "no_number": "`row` is not the number of a row",
    "twice": "this row came before in what was sent",
    "not_invalid": "this is no invalid row of the file",
    "mended": "this row is mended already",
    "waiting": "this row came back in another file that is not processed yet",
    "still_invalid": "the cell that was rejected is as it was exported",
}


@dataclass(slots=True)
class Taken:
    """What became of the rows that were sent."""

    accepted: int = 0
    # Sent as they were exported: they stay invalid rows of the file.
    unchanged: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, sent: Returned, code: str, columns: Sequence[str] = ()) -> None:
        """Count a row that is not taken, and say why; `columns` are those that are at fault."""
        self.refused += 1
        if len(self.refusals) < _LISTED:
            reason = _REASONS[code] + (f": {', '.join(columns)}" if columns else "")
            self.refusals.append(
                {"line": sent.line, "row": sent.row[:100], "code": code, "reason": reason}
            )

    def document(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "refusals": self.refusals,
        }


def no_rows_accepted(taken: Taken) -> Problem:
    """None of the rows that were sent mends one."""
    said = [f"{taken.unchanged} were left as they were"] if taken.unchanged else []
    said += [f"row {one['row']}: {one['reason']}" for one in taken.refusals[:5]]
    if taken.refused > 5:
        said.append(f"and {taken.refused - 5} more")
    return Problem(
        "no_rows_accepted",
        f"None of the rows that were sent mends one: {'; '.join(said) or 'there are none'}.",
        **taken.document(),
    )
