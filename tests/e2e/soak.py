"""The fault drill by hand: `python -m tests.e2e.soak --kills N --files M --seed S`.

Exits with 0 if every accepted file is exact. With `--rounds R` it goes on with the next seeds.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from embedded.stack import Stack
from tests.harness import fault_drill
from tests.harness.client import Client


async def _round(arguments: argparse.Namespace, seed: int) -> bool:
    exercise = fault_drill.make_drill(arguments.files, seed)
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-", dir=arguments.folder))
    print(f"seed {seed}: {sum(e.rows_read for e in exercise.expected):,} rows, {folder}")
    with Stack(folder, workers=arguments.workers, env=fault_drill.ENV) as stack:
        client = Client.of(stack.endpoints)
        try:
            wrong = await fault_drill.run(
                exercise, stack, client, arguments.kills, kinds=arguments.kinds.split(",")
            )
        finally:
            await client.close()
    for text in wrong:
        print(f"  {text}")
    print(f"seed {seed}: {'exact' if not wrong else f'{len(wrong)} differences'}", flush=True)
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(fault_drill.KINDS), help="what to kill")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="where data and logs are kept")
    arguments = parser.parse_args()
    # On SIGTERM it stops its stack before it exits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    exact = [asyncio.run(_round(arguments, seed)) for seed in seeds]
    return 0 if all(exact) else 1


if __name__ == "__main__":
    sys.exit(main())
