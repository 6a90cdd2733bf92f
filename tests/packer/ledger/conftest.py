"""Reading a context back as a model would: documents first, then each update in turn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.packer.index import open_index
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.render import unquoted, unshown
from repoctx.packer.walk import walk

_DOCUMENT = re.compile(
    r"<document>\n<source>(.*)</source>\n<(document_(?:content|outline)(?:_\d+)?)>\n"
    r"((?s:.*?))\n</\2>\n</document>\n"
)
_CHANGE = re.compile(
    r"<change>\n<source>(.*)</source>\n<(diff(?:_\d+)?)>\n((?s:.*?))</\2>\n</change>\n"
)
_OTHERS = re.compile(
    r"<deleted>(?P<deleted>.*)</deleted>\n"
    r"|<renamed><from>(?P<old>.*)</from><to>(?P<new>.*)</to></renamed>\n"
    r'|<restored number="(?P<number>\d+)"><source>(?P<restored>.*)</source></restored>\n'
    r"|- (?P<line>[^\n]*?): (?:name|omitted)[^\n]*\n"
)
_HUNK = re.compile(r"(?m)^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n")

Texts = dict[str, str]


class Reader:
    """Knows the text of every path after each part of the context."""

    def __init__(self) -> None:
        self.texts: Texts = {}
        self.past: list[Texts] = []

    def read(self, segments: list[str]) -> Texts:
        """Return the texts in full, by path, after all segments."""
        base, *updates = segments
        documents, _, _ = base.partition("</documents>\n<manifest>")
        self._documents(documents)
        self.past.append(dict(self.texts))
        for number, update in enumerate(updates, 1):
            assert update.startswith(f'<update number="{number}">\n')
            self._update(update.split("\n", 1)[1].removesuffix("</update>\n"))
            self.past.append(dict(self.texts))
        return self.texts

    def _documents(self, text: str) -> None:
        for match in _DOCUMENT.finditer(text):
            if "outline" not in match[2]:
                self.texts[unquoted(match[1])] = unshown(match[3])

    def _update(self, text: str) -> None:
        at = 0
        while at < len(text):
            match = _DOCUMENT.match(text, at) or _CHANGE.match(text, at) or _OTHERS.match(text, at)
            assert match, text[at : at + 200]
            self._entry(match)
            at = match.end()

    def _entry(self, match: re.Match[str]) -> None:
        if match.re is _DOCUMENT:
            self.texts.pop(unquoted(match[1]), None)
            self._documents(match[0])
        elif match.re is _CHANGE:
            path = unquoted(match[1])
            self.texts[path] = unshown(patched(_shown_text(self.texts[path]), match[3]))
        elif match["deleted"] is not None:
            self.texts.pop(unquoted(match["deleted"]), None)
        elif match["old"] is not None:
            self.texts[unquoted(match["new"])] = self.texts.pop(unquoted(match["old"]))
        elif match["restored"] is not None:
            path = unquoted(match["restored"])
            self.texts[path] = next(
                texts[path] for texts in self.past[int(match["number"]) :] if path in texts
            )
        else:
            self.texts.pop(unquoted(match["line"]), None)


def _shown_text(text: str) -> str:
    from repoctx.packer.render import shown

    return shown(text)


def patched(text: str, diff: str) -> str:
    """Apply the hunks of a unified diff, each exactly where it says."""
    old = text.split("\n")
    lines = [line + "\n" for line in old[:-1]] + ([old[-1]] if old[-1] else [])
    made: list[str] = []
    at = 0
    pieces = _HUNK.split(diff)[1:]
    for start, count, body in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        first = int(start) - (count != "0")
        made += lines[at:first]
        at = first
        entries = re.findall(r"([ +-])([^\n]*\n)(\\ No newline at end of file\n)?", body)
        for mark, line, marked in entries:
            line = line[:-1] if marked else line
            if mark != "+":
                assert lines[at] == line
                at += 1
            if mark != "-":
                made.append(line)
    return "".join(made + lines[at:])


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Pack]:
    """A function that packs a repository as it is now."""

    def make(root: Path, **options: object) -> Pack:
        with open_index(tmp_path / "cache") as index:
            chosen = PackOptions(redaction_key=b"k" * 32, **options)  # type: ignore[arg-type]
            return build_pack(walk(root, index), index, chosen)

    return make


@pytest.fixture
def read() -> Callable[..., Texts]:
    """A function that reads a prepared context back, and checks that it is escaped as it is."""

    def reads(prepared: object) -> Texts:
        segments = prepared.segments  # type: ignore[attr-defined]
        texts = ["".join(segment.chunks()) for segment in segments]
        for segment, text in zip(segments, texts, strict=True):
            escaped = b"".join(segment.escaped())
            assert len(escaped) == segment.size
            assert json.loads(b'"' + escaped + b'"') == text
        return Reader().read(texts)

    return reads
