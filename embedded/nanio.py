"""`python -m embedded.nanio …`: nanio's own command, taking bodies in larger pieces.

Each piece that uvicorn hands it is written by a thread of its own call. uvicorn stops reading from
64 KB on; with a MiB, a large upload takes a fifth less CPU.
"""

from __future__ import annotations

import sys

from nanio.cli import main
from uvicorn.protocols.http import httptools_impl

setattr(httptools_impl, "HIGH_WATER_LIMIT", 1 << 20)  # noqa: B010 - it is not declared as public

if __name__ == "__main__":
    sys.exit(main())
