"""Turn what others wrote in rich formats into text, in a sandbox.

Parsers of such formats are large, and a hostile document can make them run for ever, eat all memory
or worse. So they run as a program of their own (``inside.py``) without network, files or rights,
for bounded time. Where there is no sandbox it is refused.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repoctx.errors import RefusedError, UsageError
from repoctx.sandbox import Bounds, CommandResult, Job, confinement, run

MOST_PAGES = 1000
_SECONDS = 60
_MEMORY = 1 << 30
_INSIDE = Path(__file__).resolve().with_name("inside.py")
_FAILURES = {
    "encrypted": ("it is encrypted", "remove its password first, with qpdf --decrypt for example"),
    "broken": ("it is broken", "open it in a viewer and print it to a new file"),
    "pages": (f"it has more than {MOST_PAGES:,} pages", "attach a part of it"),
    "heavy": ("reading it takes too much time or memory", "attach a part of it"),
    "library": ("its reader does not start in the sandbox", "see `repoctx doctor`, or reinstall"),
    "long": ("its text is longer than attach_limit", "attach a part of it"),
}


def pdf_text(name: str, content: bytes, limit: int) -> str:
    """Return the text of a PDF, each page under a line ``[page 3 of 12]``.

    Raises UsageError when it is encrypted, broken, without text or too much (bytes of text:
    ``limit``), RefusedError when there is no sandbox.
    """
    pages = _converted(name, content, limit, ("pdf", str(MOST_PAGES)))
    if not any(page.strip() for page in pages):
        raise UsageError(
            f"cannot attach {name}: the PDF holds no text, only pictures of its pages",
            "recognise its text first, with ocrmypdf for example, or attach pages as images",
        )
    titles = (f"[page {number} of {len(pages)}]" for number in range(1, len(pages) + 1))
    shown = (page.strip() or "(no text)" for page in pages)
    return "\n\n".join(f"{title}\n{page}" for title, page in zip(titles, shown, strict=True))


def html_text(name: str, content: bytes, charset: str, limit: int) -> str:
    """Return what a web page says, as Markdown; ``charset`` is empty when nobody told it.

    Raises UsageError when it says nothing or the extra ``web`` is not installed, RefusedError when
    there is no sandbox.
    """
    if find_spec("trafilatura") is None:
        raise UsageError(
            f"cannot attach {name}: reading web pages is an extra that is not installed",
            "pip install 'repoctx[web]'",
        )
    text = "\n\n".join(_converted(name, content, limit, ("html", charset)))
    if not text.strip():
        raise UsageError(
            f"cannot attach {name}: the page holds no text",
            "if a script draws it, open it in a browser, save it as text and attach the file",
        )
    return text


def _converted(name: str, content: bytes, limit: int, how: tuple[str, str]) -> list[str]:
    try:
        found = confinement()
    except RefusedError as error:
        raise RefusedError(
            f"cannot attach {name}: what others wrote is read in a sandbox only. {error.message}",
            error.hint,
        ) from None
    output = _Output(2 * limit + 1000)
    with tempfile.TemporaryDirectory(prefix="repoctx-attach-") as folder:
        Path(folder, "document").write_bytes(content)
        try:
            ended = run(found, _job(Path(folder), len(content), how, limit), on_output=output.take)
        except _TooMuchError:
            raise _failure(name, "long") from None
    return _pages(name, ended, output.lines())


def _job(folder: Path, size: int, how: tuple[str, str], limit: int) -> Job:
    libraries = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    python = os.path.realpath(sys.executable)
    bounds = Bounds(
        seconds=_SECONDS,
        cpu_seconds=_SECONDS,
        memory=_MEMORY,
        resident=_MEMORY,
        processes=16,
        disk=2 * size + (16 << 20),
    )
    argv = (python, "-I", "-S", str(_INSIDE), *how, str(limit), *libraries)
    return Job(argv, folder, folder, tuple(map(Path, libraries)), bounds=bounds)


class _TooMuchError(Exception):
    """More output than any text within the limit could make."""


@dataclass(slots=True)
class _Output:
    """What the program writes: a JSON object on each line. It may lie."""

    most: int
    """Characters."""
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0

    def take(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > self.most:
            raise _TooMuchError
        self._pieces.append(piece)

    def lines(self) -> list[Any]:
        try:
            return [json.loads(line) for line in "".join(self._pieces).split("\n") if line]
        except (ValueError, RecursionError):  # it was killed while it wrote
            return []


def _pages(name: str, ended: CommandResult, lines: Sequence[Any]) -> list[str]:
    last = lines[-1] if lines else None
    if ended.exit_code != 0 or not isinstance(last, dict):
        started = ended.exit_code not in (125, 126, 127)
        raise _failure(name, "heavy" if started else "library")
    if last.get("end") != "whole":
        raise _failure(name, str(last.get("end")))
    pages = [line.get("text") for line in lines[:-1] if isinstance(line, dict)]
    return [page for page in pages if isinstance(page, str)]


def _failure(name: str, kind: str) -> UsageError:
    reason, hint = _FAILURES.get(kind, _FAILURES["broken"])
    return UsageError(f"cannot attach {name}: {reason}", hint)
