"""Turn the file ``document`` into text; runs in the sandbox, as a program of its own.

Arguments: ``pdf`` and the most pages, or ``html`` and its charset; the most characters; folders of
libraries. Writes a JSON object a line: ``{"text"}`` for each page, ``{"end"}`` as the last.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class StopError(Exception):
    """The document cannot be turned into text; the message is the kind of failure."""


def pdf_pages(document: Path, most_pages: int) -> Iterator[str]:
    """Yield the text of each page."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    try:
        reader = PdfReader(document)
        if reader.is_encrypted and not reader.decrypt(""):
            raise StopError("encrypted")
        if len(reader.pages) > most_pages:
            raise StopError("pages")
        for page in reader.pages:
            yield page.extract_text()
    except (DependencyError, FileNotDecryptedError):  # a cipher that only the extra `crypto` knows
        raise StopError("encrypted") from None
    except LimitReachedError:  # pypdf's own bounds on what a stream may unpack to
        raise StopError("heavy") from None


def html_pages(document: Path, charset: str) -> Iterator[str]:
    """Yield what the page says, as Markdown: its main text, or all text when none is found."""
    import trafilatura

    content = document.read_bytes()
    page = content.decode(charset, "replace") if charset else content
    found = trafilatura.extract(
        page, output_format="markdown", include_links=True, favor_recall=True
    )
    yield found or trafilatura.html2txt(page) or ""


def main() -> None:
    """Convert as ``sys.argv`` says."""
    kind, how, most, *libraries = sys.argv[1:]
    sys.path.extend(libraries)
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    silence = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):  # libraries complain there
        os.dup2(silence, descriptor)
    document = Path("document")
    pages = pdf_pages(document, int(how)) if kind == "pdf" else html_pages(document, how)
    print(json.dumps({"end": _written(pages, int(most), output)}), file=output, flush=True)


def _written(pages: Iterator[str], most: int, output: IO[str]) -> str:
    left = most
    try:
        for text in pages:
            left -= len(text)
            if left < 0:
                return "long"
            print(json.dumps({"text": text}, ensure_ascii=False), file=output)
    except StopError as stop:
        return str(stop)
    except ImportError:
        return "library"
    except (MemoryError, RecursionError):
        return "heavy"
    except Exception:  # noqa: BLE001 - parsers of hostile documents raise anything
        return "broken"
    return "whole"


if __name__ == "__main__":
    main()
