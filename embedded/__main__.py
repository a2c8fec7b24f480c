"""`python -m embedded up|down|status|run`: the stack of a data folder."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from embedded.plan import ALL
from embedded.runner import down, run, status, up


def _number(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 65535")
    return value


def _parts(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in ALL:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(ALL)}")
    return names


def _arguments() -> argparse.Namespace:
    # Values from the environment are given as text, so that argparse checks them as well.
    env = os.environ
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("action", choices=("up", "down", "status", "run"))
    parser.add_argument("--data-dir", type=Path, default=env.get("DATA_DIR") or ".data")
    parser.add_argument("--workers", type=_number, default=env.get("WORKERS") or "2")
    parser.add_argument("--api-port", type=_number, default=env.get("API_PORT") or "8000")
    parser.add_argument("--parts", type=_parts, default=list(ALL), help="of: " + ",".join(ALL))
    parser.add_argument("--seconds", type=float, default=120.0, help="how long `up` waits")
    parser.add_argument("--tied", action="store_true", help="`run` ends with what started it")
    return parser.parse_args()


def main() -> int:
    """Do what the command line says; the exit code."""
    arguments = _arguments()
    data_dir: Path = arguments.data_dir
    if arguments.action == "down":
        return down(data_dir)
    if arguments.action == "status":
        return status(data_dir)
    workers, api_port = arguments.workers, arguments.api_port
    if arguments.action == "up":
        return up(data_dir, workers=workers, api_port=api_port, seconds=arguments.seconds)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parts, tied = arguments.parts, arguments.tied
    return run(data_dir, workers=workers, api_port=api_port, parts=parts, tied=tied)


if __name__ == "__main__":
    sys.exit(main())
