"""Markdown as blocks: what a model writes, with the places that it cites as links.

Only those links lead anywhere. Every other address is shown beside its words, images and HTML are
text, and what an entity stands for is made safe like the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from textual.content import Content, Span
from textual.style import Style

from repoctx.citations import Citation, Exists, citation, citations
from repoctx.terminal import one_line, printable
from repoctx.tui.transcript.blocks import Block

_CODE = "$text-warning"
_MARKED = {"em": "italic", "strong": "bold", "s": "strike"}
_OPENS = ("paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open")


@dataclass(frozen=True, slots=True)
class Page:
    """A text ready to be drawn."""

    blocks: tuple[Block, ...] = ()
    places: tuple[Citation, ...] = ()
    """The places cited; a span whose style has the meta ``stop`` gives the number."""


def page(text: str, exists: Exists) -> Page:
    """Return the Markdown's blocks; ``exists`` says which paths may be linked."""
    writer = _Writer(exists)
    for token in _parser().parse(printable(text)):
        writer.take(token)
    return Page(tuple(writer.blocks), tuple(writer.places))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False})
    parser.inline.ruler.before("emphasis", "underscore", _underscore)
    return parser


def _underscore(state: StateInline, silent: bool) -> bool:
    """Keep underscores as they are: in code's names they are no emphasis."""
    run = re.compile("_+").match(state.src, state.pos)
    if run is None:
        return False
    if not silent:
        state.pending += run.group()
    state.pos = run.end()
    return True


@dataclass(slots=True)
class _Level:
    """A list item or a quotation around what is written."""

    marker: str
    indent: str
    copied: str
    used: bool = False

    def prefix(self) -> tuple[str, str]:
        """Return what is drawn and copied before the next block: the marker once."""
        if self.used:
            return self.indent, " " * len(self.copied) if self.indent.isspace() else "> "
        self.used = True
        return self.marker, self.copied


@dataclass(slots=True)
class _Writer:
    exists: Exists
    blocks: list[Block] = field(default_factory=list)
    places: list[Citation] = field(default_factory=list)
    _levels: list[_Level] = field(default_factory=list)
    _lists: list[int | None] = field(default_factory=list)
    """Of each open list the next number; None for bullets."""
    _style: str = ""
    _heading: str = ""
    _table: list[list[Content]] | None = None

    def take(self, token: Token) -> None:
        """Take the next token of the document."""
        if token.type in _OPENS or token.type in ("blockquote_open", "table_open"):
            self._gap(token)
        handler = getattr(self, f"_{token.type}", None)
        if handler is not None:
            handler(token)

    def _gap(self, token: Token) -> None:
        """A blank line between what stands on the top level, and between loose items."""
        loose = token.type == "paragraph_open" and not token.hidden
        if self.blocks and (token.level == 0 or loose) and self.blocks[-1].content.plain:
            self.blocks.append(Block(Content("")))

    def _write(self, content: Content, *, anywhere: bool = False, copied: str = "") -> None:
        first, rest, before = "", "", ""
        for level in self._levels:
            drawn, kept = level.prefix()
            first, rest, before = first + drawn, rest + level.indent, before + kept
        self.blocks.append(Block(content, first, rest, before + copied, anywhere))

    # Lists and quotations

    def _bullet_list_open(self, token: Token) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._lists.append(int(token.attrs.get("start", 1)))

    def _bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self._lists[-1]
        if number is None:
            self._levels.append(_Level("• ", "  ", "- "))
            return
        self._lists[-1] = number + 1
        marker = f"{number}. "
        self._levels.append(_Level(marker, " " * len(marker), marker))

    def _list_item_close(self, token: Token) -> None:
        if not self._levels[-1].used:
            self._write(Content(""))
        self._levels.pop()

    def _blockquote_open(self, token: Token) -> None:
        self._levels.append(_Level("▎ ", "▎ ", "> "))

    def _blockquote_close(self, token: Token) -> None:
        self._levels.pop()

    # Text

    def _heading_open(self, token: Token) -> None:
        self._style = "bold $text-primary" + (" underline" if token.tag in ("h1", "h2") else "")
        self._heading = "#" * int(token.tag[1:]) + " "

    def _heading_close(self, token: Token) -> None:
        self._style = self._heading = ""

    def _inline(self, token: Token) -> None:
        content = _Inline(self.exists, self.places).content(token.children or ())
        if self._style:
            content = content.stylize_before(self._style)
        if self._table is not None:
            self._table[-1].append(Content(" ").join(content.split("\n")))
            return
        for line in content.split("\n", allow_blank=True):
            self._write(line, copied=self._heading)

    def _fence(self, token: Token) -> None:
        for line in token.content.rstrip("\n").split("\n"):
            self._write(Content(line.expandtabs(4)).stylize(_CODE), anywhere=True)

    _code_block = _fence

    def _hr(self, token: Token) -> None:
        self._gap(token)
        self._write(Content("─" * 24).stylize("dim"))

    # Tables

    def _table_open(self, token: Token) -> None:
        self._table = []

    def _tr_open(self, token: Token) -> None:
        assert self._table is not None
        self._table.append([])

    def _table_close(self, token: Token) -> None:
        table, self._table = self._table or [[]], None
        columns = max(map(len, table))
        sizes = [
            max((row[at].cell_length for row in table if at < len(row)), default=0)
            for at in range(columns)
        ]
        for number, row in enumerate(table):
            cells = [
                cell.pad_right(size - cell.cell_length)
                for cell, size in zip(row, sizes, strict=False)
            ]
            line = Content(" │ ").join(cells)
            self._write(line if number else line.stylize("bold"))
            if number == 0:
                self._write(Content("─┼─".join("─" * size for size in sizes)).stylize("dim"))


@dataclass(slots=True)
class _Inline:
    """The text of one paragraph, heading or cell."""

    exists: Exists
    places: list[Citation]
    _text: list[str] = field(default_factory=list)
    _spans: list[Span] = field(default_factory=list)
    _size: int = 0
    _open: list[int] = field(default_factory=list)
    _address: list[tuple[str, int]] = field(default_factory=list)

    def content(self, tokens: Sequence[Token]) -> Content:
        for token in tokens:
            self._take(token)
        return Content("".join(self._text), spans=self._spans)

    def _take(self, token: Token) -> None:
        kind, _, edge = token.type.rpartition("_")
        if token.type == "text":
            self._cited(re.sub(r"\s+", " ", one_line(token.content)), citations)
        elif token.type == "code_inline":
            start = self._size
            self._cited(one_line(token.content), _whole)
            self._spans.insert(0, Span(start, self._size, _CODE))
        elif token.type in ("softbreak", "hardbreak"):
            self._add("\n")
        elif token.type == "image":
            self._add(f"{one_line(token.content)} ({_address(token, 'src')})")
        elif token.type == "link_open":
            self._address.append((_address(token, "href"), len(self._text)))
        elif token.type == "link_close":
            address, since = self._address.pop()
            if address != "".join(self._text[since:]):
                self._add(f" ({address})", "dim")
        elif edge == "open":
            self._open.append(self._size)
        elif edge == "close":
            self._spans.append(Span(self._open.pop(), self._size, _MARKED.get(kind, "")))

    def _cited(self, text: str, find: Callable[[str, Exists], Iterator[Citation]]) -> None:
        start = self._size
        self._add(text)
        for found in find(text, self.exists):
            style = Style.from_meta({"stop": len(self.places)})
            for each in ("underline", style):
                self._spans.append(Span(start + found.start, start + found.end, each))
            self.places.append(found)

    def _add(self, text: str, style: str = "") -> None:
        if style:
            self._spans.append(Span(self._size, self._size + len(text), style))
        self._text.append(text)
        self._size += len(text)


def _whole(code: str, exists: Exists) -> Iterator[Citation]:
    found = citation(code, exists)
    return iter(() if found is None else (found,))


def _address(token: Token, name: str) -> str:
    return one_line(str(token.attrs.get(name, "")))
