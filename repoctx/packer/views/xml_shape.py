"""Find the shape of XML by one scan over its tags: no entity is expanded, nothing recurses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from repoctx.packer.views.tree_lines import counted

_DEEPEST = 6  # levels of elements that are described
_MOST_NAMES = 25  # elements in one, and attributes of one, that are told apart
_TAG = re.compile(r"[^\s/>]{1,200}")
_ATTRIBUTE = re.compile(r"\s([^\s=/>\"'<]{1,100})\s{0,9}=")
_LONGEST_TAG = 4000  # characters of a tag that are looked at
_SKIPPED = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))


@dataclass(slots=True)
class Element:
    """All elements of one name at one place."""

    count: int = 0
    attributes: dict[str, None] = field(default_factory=dict)
    inside: dict[str, Element] = field(default_factory=dict)

    def says(self) -> str:
        """Return how many there are, and their attributes."""
        names = f" ({', '.join(self.attributes)})" if self.attributes else ""
        return counted(self.count, "element") + names

    def parts(self) -> Mapping[str, Element]:
        """Return the elements inside, by name."""
        return self.inside


def xml_shape(text: str) -> Element:
    """Return what holds the root element; the text may be cut off at any place."""
    top = Element()
    around = [top]
    deeper = 0
    for tag in _tags(text):
        if tag.startswith("/"):
            if deeper:
                deeper -= 1
            elif len(around) > 1:
                around.pop()
            continue
        empty = tag.endswith("/")
        if deeper or len(around) > _DEEPEST:
            deeper += not empty
            continue
        element = _enter(around[-1], tag)
        if element is None:
            deeper += not empty
        elif not empty:
            around.append(element)
    return top


def _enter(parent: Element, tag: str) -> Element | None:
    """Count an element; None for one name too many."""
    match = _TAG.match(tag)
    name = match.group() if match else ""
    if name not in parent.inside:
        if len(parent.inside) >= _MOST_NAMES:
            return None
        parent.inside[name] = Element()
    element = parent.inside[name]
    element.count += 1
    for attribute in _ATTRIBUTE.finditer(tag[:_LONGEST_TAG]):
        if len(element.attributes) >= _MOST_NAMES:
            break
        element.attributes.setdefault(attribute[1])
    return element


def _tags(text: str) -> Iterator[str]:
    """Yield what stands between ``<`` and ``>``; comments and declarations are left out."""
    at = text.find("<")
    while at >= 0:
        closing = next((end for begin, end in _SKIPPED if text.startswith(begin, at)), "")
        end = text.find(closing or ">", at + 1)
        if end < 0:
            return
        if not closing:
            yield text[at + 1 : end]
        at = text.find("<", end)
