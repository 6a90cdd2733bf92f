"""The outline of a notebook: the definitions of its code and the headings of its prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoctx.packer import parse
from repoctx.packer.outline import Definition, Outline, outline_text
from repoctx.packer.views.notebook import Notebook, as_python

_HEADING = re.compile(r"#{1,6} \S")
_LONGEST = 200  # characters of a heading


def notebook_outline(notebook: Notebook, text: str) -> str:
    """Return the outline of a notebook whose view, without secrets, is ``text``.

    Line numbers are those of the view.
    """
    found = list(_headings(notebook.percent.prefix, text))
    if notebook.is_python:
        code = parse.outline("python", as_python(text).encode("utf-8", "replace"))
        found += code.definitions if code else ()
    return outline_text(Outline(tuple(sorted(found, key=lambda one: one.line)), ()))


def _headings(prefix: str, text: str) -> Iterator[Definition]:
    """Yield the headings of the cells that hold Markdown."""
    prose = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(f"{prefix}%%"):
            prose = line.rstrip().endswith("[markdown]")
        elif prose and _HEADING.match(line, len(prefix)):
            heading = line[len(prefix) :][:_LONGEST].rstrip()
            yield Definition(heading.lstrip("# "), "heading", number, number, heading)
