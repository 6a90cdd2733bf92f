"""What the parts of a repository brought back, and how it goes into the merging call."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from repoctx.errors import RepoctxError
from repoctx.packer.tokens import Tokenizer, tokenizer
from repoctx.prompt import is_nothing

CUT = "\n[cut here: the findings of all parts together do not fit the window]"
_WORD = re.compile(r"[^\s`'\"()\[\]<>,;]+")
_FEW = 5
"""Files that a notice names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The end of one part's request."""

    part: int
    """From 1."""
    files: tuple[str, ...]
    """Which it had to read in full."""
    text: str = ""
    """The reply, without secrets."""
    failure: RepoctxError | None = None
    """Why there is no reply."""

    @property
    def is_empty(self) -> bool:
        """True when the part found nothing, or could not be read."""
        return self.failure is not None or not self.text.strip() or is_nothing(self.text)


def in_words(finding: Finding, parts: int) -> str:
    """Return one line for the person about the end of a part."""
    head = f"part {finding.part} of {parts}"
    if finding.failure is not None:
        return f"{head} failed: {finding.failure}; not read: {some(finding.files)}"
    if finding.is_empty:
        return f"{head}: nothing in {len(finding.files):,} files"
    return f"{head}: findings in {len(finding.files):,} files"


def some(paths: Sequence[str], few: int = _FEW) -> str:
    """Return the first paths, and how many more there are."""
    more = f" and {len(paths) - few:,} more" if len(paths) > few else ""
    return ", ".join(paths[:few]) + more


def cited(texts: Iterable[str], known: Container[str]) -> list[str]:
    """Return the known paths that the texts name, each once, as ``path``, ``path:line`` or so."""
    words = (word for text in texts for word in _WORD.findall(text))
    found = (path for word in words for path in (word, word.rstrip("."), word.partition(":")[0]))
    return [path for path in dict.fromkeys(found) if path in known]


def fitted(findings: Sequence[Finding], room: int, encoding: str) -> tuple[list[Finding], int]:
    """Return the findings with at most ``room`` tokens together, and how many were cut.

    The longest give way first: all that are cut have the same length.
    """
    counter = tokenizer(encoding)
    sizes = {finding.part: counter.count(finding.text) for finding in findings}
    share = _share(sorted(sizes.values()), room)
    cut = [finding for finding in findings if sizes[finding.part] > share]
    if not cut:
        return list(findings), 0
    kept = [
        replace(f, text=_shortened(f.text, share, counter)) if sizes[f.part] > share else f
        for f in findings
    ]
    return kept, len(cut)


def _share(sizes: Sequence[int], room: int) -> int:
    """Return the size that the longest are cut to, so that all together have ``room``."""
    left = len(sizes)
    for size in sizes:  # ascending
        if size * left > room:
            return room // left
        room -= size
        left -= 1
    return sizes[-1] if sizes else 0


def _shortened(text: str, tokens: int, counter: Tokenizer) -> str:
    """Return the beginning of the text, in whole lines, with at most so many tokens."""
    if counter.count(CUT) > tokens:
        return ""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if counter.count(text[:middle] + CUT) <= tokens:
            low = middle
        else:
            high = middle - 1
    head, newline, _ = text[:low].rpartition("\n")
    return (head if newline else text[:low]) + CUT
