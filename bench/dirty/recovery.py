"""Every case, read by every reader, scored."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.dirty.cases import Reading, cases
from bench.dirty.page import shown
from bench.dirty.readers import READERS, Reader
from bench.dirty.scores import score
from bench.report import Report


def recover(reader: Reader, path: Path) -> list[Reading] | None:
    """What a reader gets out of a file; None if it gives up with an error."""
    try:
        return reader(path)
    except Exception:  # noqa: BLE001 - any exception of a library: it did not read the file
        return None


def run(report: Report) -> None:
    """Print a line per case and the mean of each reader; every case is a target."""
    scores: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-dirty-") as folder:
        for case in cases():
            path = Path(folder) / f"{case.name}.csv"
            path.write_bytes(case.data)
            scores[case.name] = {
                name: score(case, recover(reader, path)) for name, reader in READERS.items()
            }
    report.table(
        "Polluted files: F1 of the readings recovered (1 is all of them, and nothing else)",
        ["case", *READERS],
        [[name, *(shown(of[reader]) for reader in READERS)] for name, of in scores.items()],
    )
    means = {r: sum(of[r] for of in scores.values()) / len(scores) for r in READERS}
    whole = {r: sum(of[r] == 1.0 for of in scores.values()) for r in READERS}
    report.table(
        f"All {len(scores)} cases",
        ["", *READERS],
        [
            ["mean F1", *(f"{means[r]:.3f}" for r in READERS)],
            ["cases read without a fault", *(str(whole[r]) for r in READERS)],
        ],
    )
    ours = next(iter(READERS))
    for name, of in scores.items():
        best = max(of.values())
        report.target(f"dirty: {name}: {of[ours]:.3f}, best {best:.3f}", of[ours] >= best)
    report.figures["dirty"] = {"scores": scores, "mean": means, "without_fault": whole}
