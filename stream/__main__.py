"""`python -m stream worker`: run a worker."""

from __future__ import annotations

import sys


def main() -> int:
    if sys.argv[1:] != ["worker"]:
        print("usage: python -m stream worker", file=sys.stderr)
        return 2
    from stream.worker import main as worker

    return worker()


if __name__ == "__main__":
    sys.exit(main())
