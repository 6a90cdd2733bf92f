"""The messages for a backend. Their text lies in the ``.md`` files beside this one.

Nothing volatile (a date, a path of this machine, a count) may stand in the instructions or before
the repository: providers charge a tenth for a prefix that they have seen, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from repoctx.attachments import Attachment, elements
from repoctx.backends.base import CheckFailure, Image, Message, Tool
from repoctx.patches.edits import EditConflict
from repoctx.patches.formats import TOOL_CALLS
from repoctx.patches.formats import instructions as edit_instructions
from repoctx.patches.formats.tool_calls import tools

_SHOWN_OUTPUT = 8_000
"""Characters of a check's output that the model is given: the end of a log says what failed."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What a model reads before the repository: how to answer, and what it may call for that."""

    instructions: str
    """The system message."""
    tools: tuple[Tool, ...] = ()

    @property
    def text(self) -> str:
        """All of it, by which its tokens are counted and one is told from another."""
        return "\n".join([self.instructions, *(tool.text for tool in self.tools)])


def guide(reply_format: str) -> Guide:
    """Return the guide for replies in the named edit format, always the same."""
    offered = tools() if reply_format == TOOL_CALLS else ()
    return Guide(instructions(reply_format), tuple(Tool(**each) for each in offered))


def instructions(reply_format: str) -> str:
    """Return the system message for replies in the named edit format."""
    return _fill("instructions.md", edit_format=edit_instructions(reply_format).strip())


def first_question(
    question: str, attachments: Sequence[Attachment], check: CheckFailure | None
) -> str:
    """Return the question with its attachments and the failing check."""
    asked = question if check is None else _with_check("check_failing.md", check, question)
    return "\n".join([*elements(attachments), asked]).strip() + "\n"


def part_question(question: str, part: int, parts: int) -> str:
    """Return the question to one of several who each read a part of the repository."""
    return _fill("part.md", part=f"{part} of {parts}", question=question)


def is_nothing(reply: str) -> bool:
    """True when the reply to ``part_question`` says that the part has nothing to do with it."""
    return " ".join(reply.split()).strip(" .*`\"'").upper() == "NOTHING HERE"


def merging_question(
    question: str, parts: int, findings: Sequence[tuple[str, str]], unread: Sequence[str]
) -> str:
    """Return the question that puts the findings (name, text) of all parts together.

    ``unread`` are the files that nobody could read.
    """
    gaps = "All parts have been read; those without an attachment found nothing."
    if unread:
        gaps = f"Nobody could read these files; say so if it matters: {', '.join(unread)}."
    asked = _fill("merging.md", parts=str(parts), gaps=gaps, question=question)
    return first_question(asked, [Attachment(name, text) for name, text in findings], None)


def after_failed_check(check: CheckFailure) -> str:
    """Return the question that follows an applied change whose check still fails."""
    return _with_check("check_failed.md", check, "")


def after_conflicts(conflicts: Sequence[EditConflict], kept: Sequence[str] = ()) -> str:
    """Return the question that follows edits that do not fit; ``kept`` names those that do."""
    listed = "\n\n".join(_listed(*numbered) for numbered in enumerate(conflicts, 1))
    if not kept:
        return _fill("conflicts.md", conflicts=listed)
    files = "\n".join(f"- {line}" for line in kept)
    return _fill("conflicts_in_part.md", conflicts=listed, kept=files)


def _listed(number: int, conflict: EditConflict) -> str:
    where = f" (the edit at line {conflict.line} of your reply)" if conflict.line else ""
    text = f"{number}. {conflict.path or 'no file named'}: {conflict.reason}{where}"
    return f"{text}\n   {conflict.hint}\n{conflict.detail}".rstrip()


def after_review(note: str) -> str:
    """Return the question that follows a change which the person wants otherwise."""
    return _fill("review.md", note=note.strip() or "I want another solution.")


def remembered(
    messages: Sequence[Message], question: str, reply: str, images: tuple[Image, ...] = ()
) -> tuple[Message, ...]:
    """Return the conversation with one more turn of each side."""
    return (*messages, Message("user", question, images), Message("assistant", reply))


def _with_check(name: str, check: CheckFailure, question: str) -> str:
    output = check.output[-_SHOWN_OUTPUT:].strip("\n")
    return _fill(
        name,
        question=question,
        command=check.command,
        exit_code=str(check.exit_code),
        output=output,
        fence=_fence(output),
    ).lstrip()


def _fence(text: str) -> str:
    """A run of backticks longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return fence


def _fill(name: str, **fields: str) -> str:
    return Template(files(__package__).joinpath(name).read_text("utf-8")).substitute(fields)
