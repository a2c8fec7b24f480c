"""Compiles all kernels and keeps them: `python -m rows.compile`."""

from __future__ import annotations

import time
from importlib import import_module

from rows.kernels.cache import cache_folder

_KERNELS = (
    "parse",
    "reading",
    "repeated_days",
    "known_sensors",
    "csv_text",
    "error_report",
    "split",
    "merge",
    "sensors",
)


def warm() -> None:
    """Compile what is not compiled yet. Importing a kernel's module does it."""
    for name in _KERNELS:
        import_module(f"rows.kernels.{name}")


def main() -> None:
    """Warm, and say where and how long."""
    began = time.perf_counter()
    warm()
    print(f"kernels ready in {time.perf_counter() - began:.1f} s ({cache_folder()})")


if __name__ == "__main__":
    main()
