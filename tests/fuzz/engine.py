"""The run: `python -m tests.fuzz.engine SECONDS`, or with files, which are gone through once.

Inputs that reach something new are gathered in build/fuzz/corpus, beginning with those of tests/fuzz/corpus
and of `seeds`. An input for which something does not hold ends the run and is left in build/fuzz.
"""

from __future__ import annotations

import importlib.util
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

from tests.fuzz import counters

if TYPE_CHECKING:
    from tests.fuzz.guard import Kernels

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
BUILD = ROOT / "build" / "fuzz"
MAX_BYTES = 3000
# An input that takes longer hangs. (With a busy machine in mind; a few milliseconds are usual.)
_SECONDS_PER_INPUT = 30
_MEGABYTES = 2500
# One of so many inputs is read by the oracle too, which takes as long as all the rest.
_ORACLE_ONE_OF = 4
_WORDS = (
    *("sensor_id,timestamp,value\n", "sensor_id;timestamp;value\r\n", "sensor_id\ttimestamp\tvalue\n"),
    *('"', '""', "'", '\\"', "\\\\", ",", ";", "\t", "|", " ", "\n", "\r", "\r\n", "#", "\x1a", "\0"),
    *("a,0,0\n", "2024-05-01T10:00:01.25Z", "2024-05-01 10:00", "+02:00", "1714557601", "1e400"),
    *("nan", "inf", "-infinity", "1,5", "1E-400", "-.5", "id,iso,degC\n", "[id]", "ï»¿", "α", "€"),
    *("31.12.2024 23:59:59", "12/31/24 11:59 pm", "2024-366 00:00:00.1+0100"),
)  # fmt: skip

# Modules in which hardly anything branches: to count there would only cost time.
_STRAIGHT = (
    "rows.arrays.arrow",
    "rows.grammar",
    "rows.parse",
    "rows.invalid.report",
    "rows.schema",
)


def seeds() -> Iterator[bytes]:
    """The fixtures of the codes and the polluted files of the bench, read in several ways."""
    from bench.dirty.cases import cases

    files = [path.read_bytes() for path in sorted((ROOT / "tests/data/rows").glob("*.csv"))]
    files += [case.data for case in cases()]
    for number, data in enumerate(files):
        if len(data) < MAX_BYTES:
            yield bytes(8) + data
            yield (
                bytes((0, 0, 0, 8 * (number % 8), number % 7, 2 * (number % 2), number % 9, 3))
                + data
            )


def _run(seconds: int, arguments: list[str]) -> None:
    from tests.fuzz.guard import Kernels
    from tests.fuzz.inputs import case_of
    from tests.fuzz.invariants import check

    kernels: Kernels = Kernels()

    def one(data: bytes) -> None:
        mark = zlib.crc32(data)
        kernels.low = bool(mark & 1)
        check(case_of(data), with_oracle=mark >> 1 & 0xFF < 0x100 // _ORACLE_ONE_OF)

    BUILD.mkdir(parents=True, exist_ok=True)
    words = BUILD / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in _WORDS))
    flags = [
        *(f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-timeout={_SECONDS_PER_INPUT}"),
        *(f"-rss_limit_mb={_MEGABYTES}", f"-dict={words}", f"-artifact_prefix={BUILD}/"),
        *("-print_final_stats=1", "-reload=0"),
    ]
    if not arguments:
        gathered, begun = BUILD / "corpus", BUILD / "seeds"
        for folder in (gathered, begun):
            folder.mkdir(exist_ok=True)
        for data in seeds():
            (begun / f"{zlib.crc32(data):08x}").write_bytes(data)
        arguments = [str(gathered), str(CORPUS), str(begun)]
    atheris.Setup([sys.argv[0], *flags, *arguments], one)
    counters.register(_library())
    print(f"{len(counters.places)} places in the kernels are counted", flush=True)
    atheris.Fuzz()


def _library() -> str:
    """Where atheris' libFuzzer is."""
    found = importlib.util.find_spec("atheris.core_with_libfuzzer")
    if found is None or found.origin is None:
        raise RuntimeError("atheris has no libFuzzer")
    return found.origin


def _escaped(word: str) -> str:
    return "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word.encode()
    )


def main() -> None:
    """Run for so many seconds, or go through the files that are named."""
    first, *others = sys.argv[1:] or ["60"]
    counters.count_from_now_on()
    with atheris.instrument_imports(include=["rows"], exclude=list(_STRAIGHT)):
        finder = next(f for f in sys.meta_path if type(f).__module__ == counters.__name__)
        sys.meta_path.remove(finder)
        sys.meta_path.insert(0, finder)
        import rows.decode.encoding
        import rows.reader
        import rows.sniff.candidates
        import rows.split.encoded_splitter  # noqa: F401
    if first.isdigit():
        _run(int(first), others)
    else:
        _run(0, [first, *others])


if __name__ == "__main__":
    main()
