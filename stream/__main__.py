"""`python -m stream worker`: run a worker.

With `--standby` it begins to work when it gets a line on its standard input; if that ends, so does it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from runtime.garbage import GC_THRESHOLDS


class _WithoutPandas(MetaPathFinder):
    """pyarrow imports pandas if it is installed, with the first array that is made.

    A worker has no use for it; without it, it starts half a second sooner and is 50 MB smaller.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out of workers", name=name)
        return None


def main() -> int:
    """Run what the command line names; its exit code."""
    arguments = sys.argv[1:]
    if arguments not in (["worker"], ["worker", "--standby"]):
        print("usage: python -m stream worker [--standby]", file=sys.stderr)
        return 2
    sys.meta_path.insert(0, _WithoutPandas())
    # What imports leave stays for good: to look for garbage among it takes a sixth of the start.
    gc.disable()
    from stream.worker import main as worker

    gc.freeze()
    gc.enable()
    gc.set_threshold(*GC_THRESHOLDS)
    return worker(standby=len(arguments) > 1)


if __name__ == "__main__":
    sys.exit(main())
