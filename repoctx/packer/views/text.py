"""The text that stands for a file in a pack, in search and in edits."""

from __future__ import annotations

from collections.abc import Iterator

from repoctx.decoding import decode
from repoctx.packer.views.assets import lfs_note
from repoctx.packer.views.notebook import as_python, is_notebook, read_notebook


def text_of(path: str, content: bytes) -> str:
    """Return a notebook's cells, and any other file's own text.

    What is called a notebook and is none is shown as the text that it is.
    """
    text = decode(content).text
    found = read_notebook(text) if is_notebook(path) else None
    return text if found is None else found.text


def code_of(path: str, content: bytes) -> bytes:
    """Return what imports are looked for in: a notebook's Python, any other file as it is."""
    if not is_notebook(path):
        return content
    found = read_notebook(decode(content).text)
    if found is None or not found.is_python:
        return b""
    return as_python(found.text).encode("utf-8", "replace")


def remarks(path: str, content: bytes) -> Iterator[str]:
    """Yield what the text does not say of itself: what a notebook is shown without."""
    if note := lfs_note(content):
        yield note
    found = read_notebook(decode(content).text) if is_notebook(path) else None
    if found is not None:
        yield (
            f"notebook: {len(found.cells)} cells, without the outputs and metadata of its"
            f" {len(content):,} bytes; lines are numbered as shown"
        )
