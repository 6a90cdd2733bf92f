"""What a commit says: the question's first line, and who helped."""

from __future__ import annotations

from repoctx.terminal import without_unsafe

LONGEST_SUBJECT = 72
"""Characters; what git's own tools and most hosts show of a first line."""


def commit_message(text: str, model: str = "") -> str:
    """Return the message: the first line of ``text`` as its subject, and a trailer."""
    who = " ".join(without_unsafe(model.replace("\n", " ")).split())
    trailer = f"Assisted-by: repoctx ({who})" if who else "Assisted-by: repoctx"
    return f"{_subject(text)}\n\n{trailer}\n"


def _subject(text: str) -> str:
    lines = (" ".join(without_unsafe(line).split()) for line in text.splitlines())
    line = next(filter(None, lines), "") or "A change made with repoctx"
    if len(line) <= LONGEST_SUBJECT:
        return line
    kept, space, _ = line[:LONGEST_SUBJECT].rpartition(" ")
    return f"{kept} …" if space else line[: LONGEST_SUBJECT - 1] + "…"
