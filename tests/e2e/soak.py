"""The fault drill by hand: `python -m tests.e2e.soak --kills N --lost L --files M --seed S`.

Exits with 0 if every accepted file is exact. With `--rounds R` it goes on with the next seeds.
`make drill` runs it with up to 216 kills and lost answers;
`python -m tests.real exec python -m tests.e2e.soak …` runs it on Apache Kafka and MinIO.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.stack import Stack
from tests.harness import fault_drill
from tests.harness.client import Client
from tests.harness.drill_faults import WithSecondApi


@dataclass(slots=True)
class _Sum:
    """What all rounds did."""

    kills: int = 0
    lost: int = 0
    pauses: int = 0
    accepted: int = 0
    wrong: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.lost} lost answers, {self.pauses} pauses: "
            f"{self.accepted} files accepted, {self.wrong} differences"
        )


async def _round(arguments: argparse.Namespace, seed: int, done: _Sum) -> None:
    exercise = fault_drill.make_drill(arguments.files, seed)
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-", dir=arguments.folder))
    print(
        f"seed {seed}: {sum(f.expected.record_count for f in exercise.files):,} records, {folder}"
    )
    with Stack(folder, workers=arguments.workers, env=fault_drill.ENV) as stack:
        env = {**stack.endpoints, **fault_drill.ENV}
        second = await asyncio.to_thread(WithSecondApi, stack, env, folder / "logs" / "api-2.log")
        client = Client.of(stack.endpoints, second.url, seed=seed)
        faults = fault_drill.Faults(second, arguments.lost, arguments.pauses, arguments.pause)
        try:
            wrong = await fault_drill.run(
                exercise,
                second,
                client,
                arguments.kills,
                kinds=arguments.kinds.split(","),
                drain_seconds=arguments.drain,
                faults=faults,
            )
        finally:
            await client.close()
            await asyncio.to_thread(second.close)
    for text in wrong:
        print(f"  {text}")
    done.kills += len(exercise.kills)
    done.lost += len(exercise.lost)
    done.pauses += len(exercise.paused)
    done.accepted += len(exercise.accepted)
    done.wrong += len(wrong)
    print(
        f"seed {seed}: {'exact' if not wrong else f'{len(wrong)} differences'}; {done}", flush=True
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(fault_drill.KINDS), help="what to kill")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lost", type=int, default=30, help="answers lost in a round")
    parser.add_argument("--pauses", type=int, default=4, help="processes paused in a round")
    parser.add_argument("--pause", type=float, default=20.0, help="the longest pause, seconds")
    parser.add_argument("--drain", type=float, default=180.0, help="seconds until all have ended")
    parser.add_argument("--folder", type=Path, default=None, help="where data and logs are kept")
    arguments = parser.parse_args()
    # On SIGTERM it stops its stack before it exits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    done = _Sum()
    for seed in seeds:
        asyncio.run(_round(arguments, seed, done))
    print(done)
    return 1 if done.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
