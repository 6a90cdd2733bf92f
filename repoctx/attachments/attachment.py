r"""One thing that goes along with a question, and how the model is shown it.

``<attachment>``, a line with ``<source>``, the text as it is, ``</attachment>``. If the text holds
that end tag, both tags get the first free number (``<attachment_2>``), as in the pack: what stands
in an attachment cannot end it. A misleading name is written as a JSON string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from repoctx.attachments.images import described
from repoctx.backends.base import Image
from repoctx.packer.render import free_tag, quoted, shown, unquoted

_BEGINNING = re.compile(r"\s*<(attachment(?:_\d{1,9})?)>\n<source>([^\n]*)</source>\n")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One thing that goes along with a question."""

    name: str
    """A file's name, a web page's address, or ``standard input``; it may be hostile."""
    content: str | Image

    @property
    def summary(self) -> str:
        """What it is, in a few words: ``1,234 characters``, ``image/png, 640x480``."""
        text = self.content
        return f"{len(text):,} characters" if isinstance(text, str) else described(text)


def images_of(attachments: Iterable[Attachment]) -> tuple[Image, ...]:
    """Return the images among the attachments, in their order."""
    return tuple(each.content for each in attachments if isinstance(each.content, Image))


def elements(attachments: Iterable[Attachment]) -> list[str]:
    """Return what the question's text says of each; images are numbered as they come."""
    written, images = [], 0
    for each in attachments:
        text = each.content
        if isinstance(text, Image):
            images += 1
            text = f"[image {images} of this message: {described(text)}]"
        written.append(_element(each.name, shown(text)))
    return written


def _element(name: str, text: str) -> str:
    tag = free_tag("attachment", text)
    return f"<{tag}>\n<source>{quoted(name)}</source>\n{text}\n</{tag}>\n"


def apart(text: str) -> tuple[tuple[str, ...], str]:
    """Return the names of the attachments that a question's text begins with, and the rest.

    The inverse of ``elements`` in front of a question, for showing a turn again.
    """
    names, at = [], 0
    while begun := _BEGINNING.match(text, at):
        end = f"\n</{begun[1]}>\n"
        found = text.find(end, begun.end() - 1)
        if found < 0:
            break
        names.append(_name(begun[2]))
        at = found + len(end)
    return tuple(names), text[at:].strip("\n")


def _name(written: str) -> str:
    try:
        return unquoted(written)
    except ValueError:  # not ours: somebody typed it
        return written
