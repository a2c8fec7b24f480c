"""Makes a worker fail, die or get stuck on marked files, as a bug would. On the PYTHONPATH of the workers of one test.

Each marker names the step that fails. A module is changed right after it was imported, so that no
other process pays for it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


def _fail(marker: str, data: object) -> None:
    content = bytes(data) if isinstance(data, bytes | memoryview) else str(data).encode()
    if f"poison-{marker}".encode() in content:
        raise KeyError(f"a bug met poison-{marker}")
    if f"deadly-{marker}".encode() in content:
        os.kill(os.getpid(), signal.SIGSEGV)
    while f"endless-{marker}".encode() in content:
        time.sleep(0.01)


def _before(marker: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def called(data: Any, *args: Any, **kwargs: Any) -> Any:
        _fail(marker, data)
        return call(data, *args, **kwargs)

    return called


def _in_partials(call: Callable[..., Any]) -> Callable[..., Any]:
    def called(merged: Any) -> Any:
        for sensor in merged.column("sensor_id").to_pylist():
            _fail("merge", sensor)
        return call(merged)

    return called


def _in_keys(call: Callable[..., Any]) -> Callable[..., Any]:
    def called(*parts: Any) -> Any:
        _fail("announce", "/".join(map(str, parts)))
        return call(*parts)

    return called


_PATCHES: dict[str, dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "stream.process.batch_processor": {"parse_source": lambda call: _before("parse", call)},
    "stream.split.small": {"find_dialect": lambda call: _before("split", call)},
    "stream.split.large": {"find_dialect": lambda call: _before("split", call)},
    "rows.reader": {"find_dialect": lambda call: _before("split", call)},
    "stream.aggregate.finalize": {"_rows": _in_partials},
    "stream.announce": {"file_id_of": _in_keys},
}


class _Patching(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del target
        if name not in _PATCHES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            for attribute, patch in _PATCHES[name].items():
                setattr(module, attribute, patch(getattr(module, attribute)))

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if "worker" in sys.orig_argv:
    sys.meta_path.insert(0, _Patching())
