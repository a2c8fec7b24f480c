"""The smallest inputs that reach all that was reached: `python -m tests.fuzz.minimise` renews tests/fuzz/corpus.

What an input reaches are the places of the kernels, once or more often, and the lines of the row
engine's Python. It takes inputs, the shortest first, that reach something new.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz import counters
from tests.fuzz.engine import BUILD, CORPUS, MAX_BYTES, ROOT

_ROWS = str(ROOT / "rows") + "/"
Reached = set[tuple[str, int]]


class _Lines:
    """The lines of the row engine that run inside `with`."""

    def __init__(self) -> None:
        self.seen: Reached = set()

    def __enter__(self) -> _Lines:
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename.startswith(_ROWS) else None

    def _line(self, frame: FrameType, _event: str, _arg: object) -> Callable[..., Any]:
        self.seen.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def main() -> None:
    """Choose among the corpus, what a run has gathered, and the files that are named."""
    counters.count_from_now_on()
    from tests.fuzz.inputs import case_of
    from tests.fuzz.invariants import check

    folders = (CORPUS, BUILD / "seeds", BUILD / "corpus")
    paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    inputs = {path.read_bytes() for path in paths + [Path(name) for name in sys.argv[1:]]}
    reached: Reached = set()
    kept: list[bytes] = []
    for data in sorted(inputs, key=lambda data: (len(data), data)):
        if len(data) > MAX_BYTES:
            continue
        counters.counters[:] = 0
        with _Lines() as lines:
            check(case_of(data), with_oracle=False)
        hits = counters.counters.nonzero()[0].tolist()
        often = (min(int(counters.counters[k]), 2) for k in hits)
        found = lines.seen | {(counters.places[k], n) for k, n in zip(hits, often, strict=True)}
        if not found <= reached:
            reached |= found
            kept.append(data)
    CORPUS.mkdir(exist_ok=True)
    for path in CORPUS.iterdir():
        path.unlink()
    for data in kept:
        (CORPUS / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    places = {place for place, _ in reached if place in set(counters.places)}
    print(
        f"{len(kept)} of {len(inputs)} inputs, {sum(map(len, kept)):,} bytes; they reach "
        f"{len(places)} of {len(set(counters.places))} lines at which kernels can take another way"
    )


if __name__ == "__main__":
    main()
