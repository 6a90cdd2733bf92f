"""Put a change into effect in this process: swap a function's code, or the source at its import."""

from __future__ import annotations
import __future__

import ast
import functools
import gc
import importlib.machinery
import os
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any


class Change:
    """Lines ``first`` to ``last`` of a file become ``text``."""

    def __init__(self, root: str, request: dict[str, Any]) -> None:
        self.file = os.path.join(root, request["path"])
        self.first: int = request["first"]
        self.last: int = request["last"]
        self.text: str = request["text"]

    def applied(self) -> str:
        """Return the whole file's text after the change."""
        lines = _lines(self.file)
        return "".join([*lines[: self.first - 1], self.text, *lines[self.last :]])


Swaps = list[tuple[FunctionType, CodeType]]
"""Live functions, each with its new code."""


def swaps(change: Change) -> Swaps:
    """Compile the changed lines and find whose code they are; empty when nobody's.

    The lines must be whole statements of the module. Raises ``SyntaxError`` and its like. Called
    before the fork: what a child need not touch it need not copy.
    """
    old_text = "".join(_lines(change.file)[change.first - 1 : change.last])
    new_codes = dict(_codes(_compiled(change.text, change.first, change.file), ()))
    by_place: dict[tuple[str, int], CodeType | None] = {}
    for key, code in _codes(_compiled(old_text, change.first, change.file), ()):
        place = (code.co_name, code.co_firstlineno)
        by_place[place] = None if place in by_place else new_codes.get(key)  # two lambdas in a line
    found: Swaps = []
    for function in _live.get(os.path.realpath(change.file), []):
        code = function.__code__
        replacement = by_place.get((code.co_name, code.co_firstlineno))
        if replacement is not None and replacement != code:
            found.append((function, replacement))
    return found


def swap(found: Swaps) -> bool:
    """Give the functions their new code; False when one cannot take it."""
    try:
        for function, code in found:
            function.__code__ = code
    except ValueError:  # another number of free variables
        return False
    return bool(found)


def override(change: Change) -> None:
    """Have imports of the file read the changed text, whatever is on disk or in a cache."""
    loader: Any = importlib.machinery.SourceFileLoader
    get_data, path_stats = loader.get_data, loader.path_stats
    file, content = os.path.realpath(change.file), change.applied().encode()

    def changed_data(self: Any, path: str) -> Any:
        return content if os.path.realpath(path) == file else get_data(self, path)

    def changed_stats(self: Any, path: str) -> Any:
        if os.path.realpath(path) == file:
            raise OSError("no cache for a changed file")
        return path_stats(self, path)

    loader.get_data, loader.path_stats = changed_data, changed_stats


@functools.lru_cache(maxsize=64)
def _lines(file: str) -> tuple[str, ...]:
    with open(file, encoding="utf-8", newline="") as stream:
        return tuple(stream)


@functools.lru_cache(maxsize=256)
def _compiled(text: str, first: int, file: str) -> CodeType:
    """Compile with line numbers as in the file, and its ``from __future__`` features."""
    source = "\n" * (first - 1) + text
    code: CodeType = compile(source, file, "exec", _features(file), dont_inherit=True)
    return code


@functools.lru_cache(maxsize=64)
def _features(file: str) -> int:
    """The compiler flags of what the file imports from ``__future__``."""
    module = ast.parse("".join(_lines(file)))
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    names = {a.name for node in imports if node.module == "__future__" for a in node.names}
    known = [name for name in __future__.all_feature_names if name in names]
    return sum(getattr(__future__, name).compiler_flag for name in known)


def _codes(code: CodeType, place: tuple[Any, ...]) -> Iterator[tuple[Any, CodeType]]:
    """Every code object inside, keyed by its names from outside in and its rank among equals."""
    seen: dict[str, int] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            rank = seen[constant.co_name] = seen.get(constant.co_name, -1) + 1
            key = (*place, constant.co_name, rank)
            yield key, constant
            yield from _codes(constant, key)


_live: dict[str, list[FunctionType]] = {}


def find_functions(root: str, paths: list[str]) -> None:
    """Look up the live functions of these files, once in the parent, so that no child has to."""
    real: dict[str, str] = {}
    for path in paths:
        _live[os.path.realpath(os.path.join(root, path))] = []
    for found in gc.get_objects():
        if isinstance(found, FunctionType):
            name = found.__code__.co_filename
            if name not in real:
                real[name] = os.path.realpath(name)
            if real[name] in _live:
                _live[real[name]].append(found)
