"""Kernels that report to libFuzzer which of their branches were taken.

What numba compiles, atheris cannot see. So the kernels' sources are given a counter at the beginning of
every function, branch and loop, and after it, before numba compiles them; the counters are registered
with libFuzzer as those that a C compiler puts into a program. Everything else is the product's own.
"""

from __future__ import annotations

import ast
import ctypes
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from rows.kernels import jit

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE: Final = "rows.kernels."
# What this module needs itself: how kernels are compiled and kept, none of them.
_COMPILER: Final = {"rows.kernels.jit", "rows.kernels.cache"}
# Functions that are compiled, by their decorators; the others emit instructions themselves.
_COMPILED: Final = {"kernel", "inner", "inlined"}
_ROOM: Final = 1 << 14

# One byte for each place; they are counted modulo 256, as libFuzzer expects.
counters = np.zeros(_ROOM, np.uint8)
places: list[str] = []  # which place each of them is: file and line


@intrinsic
def _hit(_ctx: Any, _address: int) -> Any:
    """Count the byte at an address up."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        byte = ir.IntType(8)
        pointer = b.inttoptr(a[0], byte.as_pointer())
        b.store(b.add(b.load(pointer), ir.Constant(byte, 1)), pointer)
        return ctx.get_dummy_value()

    return types.none(types.int64), emit


class _Counted(ast.NodeTransformer):
    """Puts a counter at every branch."""

    def __init__(self, path: str) -> None:
        self._path = path

    def _counter(self, node: ast.stmt) -> ast.stmt:
        address = counters.ctypes.data + len(places)
        places.append(f"{self._path}:{node.lineno}")
        if len(places) > _ROOM:
            raise RuntimeError("more places than room for counters")
        call = ast.Call(ast.Name("_hit", ast.Load()), [ast.Constant(address)], [])
        return ast.copy_location(ast.Expr(call), node)

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        counted = [self._counter(body[0])]
        for statement in body:
            counted.append(self.visit(statement))
            if isinstance(statement, ast.If | ast.For | ast.While):
                counted.append(self._counter(statement))
        return counted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        called = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
        if any(isinstance(d, ast.Name) and d.id in _COMPILED for d in called):
            node.body = self._block(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        node.body = self._block(node.body)
        node.orelse = self._block(node.orelse) if node.orelse else [self._counter(node)]
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        node.body = self._block(node.body)
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        node.body = self._block(node.body)
        return node


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = _Counted(fullname).visit(ast.parse(self.get_data(path), path))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["_hit"] = _hit
        super().exec_module(module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(_PACKAGE):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


def _kernel(signature: str) -> Callable[[F], F]:
    """An entry point as `rows.kernels.jit.kernel` makes it, but not kept on disk."""
    return cast(Callable[[F], F], numba.njit(signature, nogil=True, error_model="numpy"))


def count_from_now_on() -> None:
    """Kernels that are imported from now on are counted."""
    if before := {name for name in sys.modules if name.startswith(_PACKAGE)} - _COMPILER:
        raise RuntimeError(f"kernels were imported before: {', '.join(sorted(before))}")
    vars(jit)["kernel"] = _kernel
    sys.meta_path.insert(0, _Finder())


def register(fuzzer: str) -> None:
    """Register all counters with libFuzzer, the shared library at that path."""
    library = ctypes.CDLL(fuzzer)
    begin, count = counters.ctypes.data, len(places)
    library.__sanitizer_cov_8bit_counters_init(
        ctypes.c_void_p(begin), ctypes.c_void_p(begin + count)
    )
    # For each counter where in the program it is, and flags: any number that no other has.
    table = np.zeros((count, 2), np.uint64)
    table[:, 0] = np.arange(begin, begin + count)
    library.__sanitizer_cov_pcs_init(
        ctypes.c_void_p(table.ctypes.data), ctypes.c_void_p(table.ctypes.data + table.nbytes)
    )
    _kept.append(table)


_kept: list[np.ndarray] = []  # libFuzzer goes on reading it
