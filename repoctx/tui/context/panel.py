"""The repository's files by tokens, each at its level, which keys and clicks change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from repoctx.packer.explain import in_brief
from repoctx.packer.manifest import Document, Folder
from repoctx.packer.pinning import Asked, documents_in, pinned, step, unpinned
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.sending.glance import Glance
from repoctx.terminal import counted, one_line
from repoctx.tui.context.lines import Line
from repoctx.tui.context.signs import LEGEND, is_pinned, level_of
from repoctx.tui.context.tree import FileTree
from repoctx.tui.viewer import OpenPlace

_PATIENCE = 0.15
"""Seconds without a key before files are looked for."""
_CYCLE = (Level.FULL, Level.OUTLINE, Level.NAME, Level.OMITTED)


class ContextPanel(Vertical):
    """The tree at the side, why a file is not full, and what the signs mean."""

    DEFAULT_CSS = """
    ContextPanel > Input { display: none; border: none; height: 1; padding: 0 1; }
    ContextPanel.-finding > Input { display: block; }
    ContextPanel > #why { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    ContextPanel > #legend { height: 1; padding: 0 1; color: $text-disabled; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "step(True)", "Raise", key_display="+", tooltip="Show more"),
        Binding("minus", "step(False)", "Lower", key_display="-", tooltip="Show less"),
        Binding("p", "ask('full')", "Pin", tooltip="Always show it in full"),
        Binding("o", "ask('outline')", "Outline", show=False, tooltip="Show its outline only"),
        Binding("n", "ask('name')", "Name", show=False, tooltip="Show its name only"),
        Binding("x", "ask('omitted')", "Omit", tooltip="Leave it out"),
        Binding("u", "take_back", "Unpin", tooltip="Take the pin back"),
        Binding("slash", "find", "Find", key_display="/", tooltip="Show only some paths"),
        Binding("escape", "find_none", "All", show=False, tooltip="Show all paths again"),
    ]

    @dataclass
    class PinsChanged(Message):
        """The person asks for other levels."""

        pins: tuple[Pin, ...]

    def __init__(self) -> None:
        super().__init__()
        self._asked = Asked()
        self._looked = 0

    def compose(self) -> ComposeResult:
        """Words to look for, the tree, why, and the legend."""
        yield Input(placeholder="part of a path")
        yield FileTree()
        yield Static("The files are being counted…", id="why", markup=False)
        yield Static(LEGEND, id="legend", markup=False)

    @property
    def files(self) -> FileTree:
        """The tree of files."""
        return self.query_one(FileTree)

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The levels that are asked for."""
        return self._asked.pins

    def show(self, glance: Glance) -> None:
        """Draw another glance; pins that match no file any more are dropped, and told."""
        self.files.show(glance)
        if idle := [pin for pin in glance.idle if pin in self.pins]:
            names = ", ".join(one_line(pin.pattern) for pin in idle)
            self.notify(f"no file matches any more: {names}", markup=False)
            self._change(tuple(pin for pin in self.pins if pin not in idle))

    def show_pins(self, pins: tuple[Pin, ...]) -> None:
        """Draw the levels that are asked for."""
        self._asked = Asked(pins)
        self.files.show_pins(self._asked)

    def action_step(self, up: bool) -> None:
        """Raise or lower the file or folder at the cursor."""
        if (line := self.files.line) is None:
            return
        documents = list(_documents(line.node))
        known = {document.path: self._asked.level(document.path) for document in documents}
        levels = {path: level for path, level in known.items() if level is not None}
        self._set(line, step(documents, levels, up=up))

    def action_ask(self, level: str) -> None:
        """Ask for a level of the file or folder at the cursor."""
        if self.files.line is not None:
            self._set(self.files.line, Level(level))

    def action_take_back(self) -> None:
        """Ask for nothing at the cursor."""
        if (line := self.files.line) is not None:
            self._change(unpinned(self.pins, line.path, _files(line.node)))

    def action_find(self) -> None:
        """Let the person type a part of a path."""
        self.add_class("-finding")
        self.query_one(Input).focus()

    def action_find_none(self) -> None:
        """Show all paths again."""
        self.remove_class("-finding")
        self.query_one(Input).value = ""
        self.files.find("")
        self.files.focus()

    @on(Input.Changed)
    def _look(self, message: Input.Changed) -> None:
        message.stop()
        self._looked += 1
        number = self._looked
        self.set_timer(_PATIENCE, lambda: self._find(number, message.value))

    def _find(self, number: int, words: str) -> None:
        if number == self._looked:
            self.files.find(words.strip())

    @on(Input.Submitted)
    def _found(self, message: Input.Submitted) -> None:
        message.stop()
        self.files.find(message.value.strip())
        self.files.focus()

    @on(FileTree.Moved)
    def _moved(self, message: FileTree.Moved) -> None:
        message.stop()
        if message.line is not None:
            self.query_one("#why", Static).update("\n".join(self._why(message.line)))

    @on(FileTree.Chosen)
    def _chosen(self, message: FileTree.Chosen) -> None:
        message.stop()
        self.post_message(OpenPlace(message.path))

    @on(FileTree.SignClicked)
    def _sign_clicked(self, message: FileTree.SignClicked) -> None:
        """One level lower with each click; behind the lowest the pin is taken back."""
        message.stop()
        level = level_of(message.line, self._asked)
        if level is Level.OMITTED and is_pinned(message.line, self._asked):
            self.action_take_back()
        elif level is not None and level is not Level.OMITTED:
            self._set(message.line, _CYCLE[_CYCLE.index(level) + 1])
        else:
            self._set(message.line, Level.FULL)

    def _set(self, line: Line, level: Level | None) -> None:
        paths = _files(line.node)
        if level is None or not paths:
            self.notify(f"{one_line(line.path)}: no other level is possible", markup=False)
            return
        self._change(pinned(self.pins, line.path, level, paths))

    def _change(self, pins: tuple[Pin, ...]) -> None:
        if pins != self.pins:
            self.show_pins(pins)
            self.post_message(self.PinsChanged(pins))

    def _why(self, line: Line) -> Iterator[str]:
        node = line.node
        if isinstance(node, Folder):
            levels = ", ".join(f"{n:,} {level}" for level in Level if (n := node.levels[level]))
            yield f"{one_line(line.path)}: {counted(node.files, 'file')}"
            yield levels
        else:
            yield from in_brief(node)
        wanted = self._asked.of(line.path) or self._asked.level(line.path)
        if wanted and not (isinstance(node, Document) and node.asked and node.level is wanted):
            yield f"asked for: {wanted}"


def _documents(node: Folder | Document) -> Iterator[Document]:
    return documents_in(node) if isinstance(node, Folder) else iter((node,))


def _files(node: Folder | Document) -> list[str]:
    """Return the paths that a pin can speak of: not those that the walk left out."""
    return [document.path for document in _documents(node) if document.facts is not None]
