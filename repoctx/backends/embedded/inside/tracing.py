"""Which lines of the repository a test runs."""

from __future__ import annotations

import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

_NAME = "repoctx"


class LineTracer:
    """Collects lines between ``start`` and ``stop``, of Python files beneath a folder."""

    def __init__(self, root: str, excluded: list[str]) -> None:
        self._root = root.rstrip(os.sep) + os.sep
        self._excluded = tuple(folder.rstrip(os.sep) + os.sep for folder in excluded)
        self._known: dict[str, str] = {}
        self.lines: dict[str, set[int]] = {}
        """Path relative to the root -> line numbers."""

    def start(self) -> None:
        """Forget what was collected and collect anew."""
        self.lines = {}
        if sys.version_info >= (3, 12):
            self._monitor()
        else:
            threading.settrace(self._call)
            sys.settrace(self._call)

    def stop(self) -> dict[str, list[int]]:
        """Stop collecting; return the sorted lines of each file."""
        if sys.version_info >= (3, 12):
            sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, 0)
        else:
            sys.settrace(None)
            threading.settrace(None)
        return {path: sorted(lines) for path, lines in self.lines.items()}

    def _path(self, filename: str) -> str:
        """The path relative to the root, empty for a file that is none of ours."""
        known = self._known.get(filename)
        if known is None:
            full = os.path.realpath(filename)
            ours = full.startswith(self._root) and not full.startswith(self._excluded)
            known = full[len(self._root) :] if ours and os.path.isfile(full) else ""
            self._known[filename] = known
        return known

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = self._path(frame.f_code.co_filename)
        if not path:
            return None
        lines = self.lines.setdefault(path, set())

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            return line

        return line

    if sys.version_info >= (3, 12):

        def _monitor(self) -> None:
            """PEP 669: each line reports once a test, then costs nothing."""
            tool = sys.monitoring.COVERAGE_ID
            if sys.monitoring.get_tool(tool) != _NAME:
                sys.monitoring.free_tool_id(tool)
                sys.monitoring.use_tool_id(tool, _NAME)
                sys.monitoring.register_callback(tool, sys.monitoring.events.LINE, self._line)
            sys.monitoring.set_events(tool, sys.monitoring.events.LINE)
            sys.monitoring.restart_events()

        def _line(self, code: CodeType, line: int) -> Any:
            path = self._path(code.co_filename)
            if path:
                self.lines.setdefault(path, set()).add(line)
            return sys.monitoring.DISABLE
