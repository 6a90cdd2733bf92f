"""The files as a reply's edits leave them, over the files as they are. Reads; never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.files import Text, decode, is_binary
from repoctx.patches.edits import SYMLINK, EditError, FileChange, FileState
from repoctx.patches.images import read_state
from repoctx.patches.matching.lines import Lines
from repoctx.patches.paths import check_path, path_flags
from repoctx.patches.shown import View, Views


@dataclass(slots=True)
class Draft:
    """One file between its state on disk and the state that the edits want."""

    before: FileState | None
    """On disk, under this path; None when there is none."""
    state: FileState | None
    """Now, but for edits to ``lines``; None when there is no file."""
    arrived: bool = False
    """True when a rename or a copy brought the file here."""
    flags: tuple[str, ...] = ()
    view_of: Callable[[str], View | None] = lambda text: None
    """How a text of this file was shown."""
    raw: bool = False
    """True when the lines are those of the file's own text, however it was shown."""
    text: Text | None = None
    view: View | None = None
    lines: Lines | None = None
    _original: str | None = field(default=None, repr=False)

    def open(self, path: str, *, as_link: bool = False) -> Lines:
        """Return the lines of what was shown, for edits; EditError when the file holds no text.

        ``as_link`` gives a symbolic link's target, which is one line without an end.
        """
        if self.lines is None:
            if self.state is None:
                raise EditError(f"{path} does not exist", "")
            if self.state.mode == SYMLINK and not as_link:
                raise EditError(f"{path} is a symbolic link", "edit the file that it points to")
            if is_binary(self.state.content):
                raise EditError(f"{path} is a binary file", "text edits cannot change it")
            self.text = decode(self.state.content)
            self.view = None if self.raw or as_link else self.view_of(self.text.text)
            self.lines = Lines(self.view.text if self.view else self.text.text)
        return self.lines

    def show(self, *, raw: bool) -> None:
        """Open the file's own text for the edits that follow, or again what was shown of it."""
        if raw != self.raw:
            self.set(self.settle())
            self.raw, self._original = raw, None

    @property
    def untouched(self) -> FileState | None:
        """The state, if no edit was made since it was read or set; else None."""
        return None if self.lines is not None and self.lines.mark() else self.state

    @property
    def original(self) -> str:
        """The text that the model was shown: on disk, before any edit; empty for no text."""
        if self._original is None:
            content = self.before.content if self.before else b""
            text = "" if is_binary(content) else decode(content).text
            view = None if self.raw else self.view_of(text)
            self._original = view.text if view else text
        return self._original

    @property
    def is_empty(self) -> bool:
        """True when the file is there and holds nothing."""
        if self.lines is not None and self.view is None:
            return not len(self.lines)
        return self.state is not None and not self.state.content

    def settle(self) -> FileState | None:
        """Return the state now.

        Raises ConflictError when the encoding has no such character, or the view no way back.
        """
        if self.lines is not None and self.text is not None and self.state is not None:
            text = str(self.lines)
            if self.view is not None:
                text = self.text.text if text == self.view.text else self.view.put(text)
            self.state = FileState(self.text.encode(text), self.state.mode)
        return self.state

    def set(self, state: FileState | None) -> None:
        """Replace the whole file."""
        self.state, self.text, self.view, self.lines = state, None, None, None


class Tree:
    """Drafts of the files that the edits name, in the order in which they name them."""

    def __init__(self, root: Path, views: Views) -> None:
        self.root = root
        self.views = views
        self.drafts: dict[str, Draft] = {}
        self.moves: dict[str, str] = {}
        """New path -> old path of each rename."""

    def draft(self, path: str) -> Draft:
        """Return the file's draft; raises EditError when the path may not be written."""
        if path not in self.drafts:
            check_path(self.root, path)
            try:
                state = read_state(self.root, path)
            except OSError as error:
                raise EditError(f"{path} cannot be read: {error.strerror}", "") from error
            self.drafts[path] = Draft(state, state, view_of=partial(self.views.view, path))
        return self.drafts[path]

    def exists(self, path: str) -> bool:
        """True when the file exists now; raises as ``draft`` does."""
        return self.draft(path).state is not None

    def move(self, old: str, new: str) -> None:
        """Remember a rename; one that follows another begins where the first began."""
        arrived = self.drafts[old].arrived and self.drafts[old].before is None
        self.moves[new] = self.moves.pop(old, old) if arrived else old

    def changes(self) -> Iterator[tuple[str, FileChange | RepoctxError]]:
        """Yield each file that is different now, or why it cannot be so."""
        states: dict[str, FileState | None] = {}
        for path, draft in self.drafts.items():
            try:
                states[path] = draft.settle()
            except RepoctxError as error:
                states[path] = draft.before
                yield path, error
        gone = self._renamed_away(states)
        for path, after in states.items():
            if self.drafts[path].before == after or path in gone.values():
                continue
            if blocker := _file_above(path, states) if after else None:
                yield path, EditError(f"{path} needs the folder {blocker}, which is a file", "")
                continue
            yield path, self._change(path, after, gone.get(path))

    def _change(self, path: str, after: FileState | None, old_path: str | None) -> FileChange:
        draft = self.drafts[path]
        before = self.drafts[old_path].before if old_path else draft.before
        flags = path_flags(path, before, after, self.root, old_path) + draft.flags
        return FileChange(path, before, after, old_path, flags)

    def _renamed_away(self, states: dict[str, FileState | None]) -> dict[str, str]:
        """New path -> old path, where the new one was free and the old one is now."""
        return {
            new: old
            for new, old in self.moves.items()
            if states[old] is None and states[new] is not None and self.drafts[new].before is None
        }


def _file_above(path: str, states: dict[str, FileState | None]) -> str | None:
    parts = path.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return next((folder for folder in above if states.get(folder) is not None), None)
