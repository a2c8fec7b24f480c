"""Files of the fault drill, each with its options and what must be read from it."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from runtime.zstd import zstd
from tests.harness import plan_files
from tests.harness.oracle import Expected, expect
from tests.harness.plan_files import Correctable, Shape, expected_of
from tests.harness.sensor_files import SensorFile, generate

Options = Mapping[str, Any]
_LONG: Final = (
    *("dirty", "clean", "quoted", "crlf", "many_sensors", "columns", "any_form", "damaged"),
)
# Kinds of long files whose rows mean the same with a read plan as without.
_PLANNED_TOO: Final = ("clean", "quoted", "many_sensors", "any_form", "damaged")
_SHIFT: Final = 3600
_VALUES: Final = (5, 30)
_DIRT: Final = 0.1
# Records of the largest wide file, and the most that others have, as a power of ten.
_LARGEST: Final = 8_000
_MOST: Final = 3.6


@dataclass(frozen=True, slots=True)
class DrillFile:
    """A file of the drill.

    Args:
        options: read options of its upload.
        other: other read options with what they give; None if the drill has none for it.
        correctable: invalid cells of a wide file that are all that is wrong with their reading.
        decimal: its decimal sign.
    """

    file: SensorFile
    expected: Expected
    options: Options
    other: Callable[[], tuple[Options, Expected]] | None = None
    correctable: Sequence[Correctable] = ()
    decimal: str = "."

    @property
    def wide(self) -> bool:
        return bool(self.options)


def make_files(count: int, seed: int) -> list[DrillFile]:
    """`count` files of 10 to 200,000 records, the smallest and the largest size among them; a third
    of them are wide and need read options.

    The largest and some others are compressed: a worker that is killed leaves them in the middle.
    """
    draw = random.Random(f"files {seed}")
    wide = count // 3
    sizes = [10, 200_000] + [int(10 ** draw.uniform(1.0, 4.9)) for _ in range(count - wide - 2)]
    files = [long_file(_LONG[n % len(_LONG)], s, seed * 1000 + n) for n, s in enumerate(sizes)]
    sizes = [_LARGEST] + [int(10 ** draw.uniform(2.2, _MOST)) for _ in range(wide - 1)]
    files += [wide_file(size, seed * 1000 + n) for n, size in enumerate(sizes[:wide])]
    for number, n in enumerate((*range(1, count - wide, 4), *range(count - wide, count, 3))):
        files[n] = _compressed(files[n], number)
    draw.shuffle(files)
    return files


def long_file(kind: str, rows: int, seed: int) -> DrillFile:
    """A file of `sensor_files`, which needs no options; the others move its times by an hour."""
    file = generate(kind, rows, seed)

    def other() -> tuple[Options, Expected]:
        return {"timestamp_shift": f"{_SHIFT}s"}, expect(file.data, shift=_SHIFT)

    return DrillFile(file, expect(file.data), {}, other if kind in _PLANNED_TOO else None)


def wide_file(records: int, seed: int) -> DrillFile:
    """A wide file of `plan_files`: many value columns, missing, excluded and invalid cells, and
    names, times, zones and signs that its options describe."""
    shape = Shape(wide=True, values=_VALUES, records=(records, records), dirt=_DIRT)
    stem = f"wide-{records}-{seed}"
    made = plan_files.make(seed, shape, stem=stem)

    def other() -> tuple[Options, Expected]:
        again = plan_files.make(seed, shape, stem=stem, other=True)
        assert again.data == made.data
        return again.options, expected_of(again)

    return DrillFile(
        SensorFile(made.filename, made.data),
        expected_of(made),
        made.options,
        other,
        made.correctable,
        made.decimal,
    )


def _compressed(file: DrillFile, number: int) -> DrillFile:
    compress, suffix = ((_gzip, ".gz"), (zstd.compress, ".zst"))[number % 2]
    packed = SensorFile(file.file.name + suffix, compress(file.file.data))
    return replace(file, file=packed)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)
