"""Counters of the API in Prometheus' text format."""

from __future__ import annotations

from collections import Counter

_HELP = {
    "csv_processor_uploads_total": ("counter", "Uploads by outcome."),
    "csv_processor_upload_bytes_total": ("counter", "Bytes of files taken in."),
    "csv_processor_announced_again_total": ("counter", "Waiting files that were announced again."),
    "csv_processor_part_ready": ("gauge", "1 where a service that the API needs answers."),
}
_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts since the process started."""

    def __init__(self) -> None:
        self._values: Counter[tuple[str, _Labels]] = Counter()

    def upload(self, outcome: str, size: int = 0) -> None:
        """An upload that ended: `accepted`, `seen` (before), `refused`, `failed` or `gone`."""
        self._values["csv_processor_uploads_total", (("outcome", outcome),)] += 1
        self._values["csv_processor_upload_bytes_total", ()] += size

    def announced_again(self, count: int) -> None:
        """Files that the reconciler announced."""
        self._values["csv_processor_announced_again_total", ()] += count

    def text(self, ready: dict[str, bool]) -> str:
        """All values; `ready` says of each part whether it answers."""
        values = dict(self._values)
        for part, is_ready in ready.items():
            values["csv_processor_part_ready", (("part", part),)] = int(is_ready)
        lines = []
        for name, (kind, text) in _HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            for (of, labels), value in sorted(values.items()):
                if of == name:
                    pairs = ",".join(f'{label}="{said}"' for label, said in labels)
                    lines.append(f"{name}{{{pairs}}} {value}" if pairs else f"{name} {value}")
        return "\n".join(lines) + "\n"
