"""A repository on disk, or several, and everything that repoctx can do without a backend.

Pack and search read it; plan, apply, undo and redo change it; history remembers. Nothing is written
into the repository but an applied change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repoctx.config import Settings, load_settings
from repoctx.errors import UsageError
from repoctx.folders import cache_folder, redaction_key, root_of, state_folder
from repoctx.patches.edits import ChangeSet
from repoctx.roots import Root, roots_of

if TYPE_CHECKING:
    from repoctx.events import Committed
    from repoctx.git import OnLine
    from repoctx.packer.facts import Scope
    from repoctx.packer.findings import Finding
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.pins import Pin
    from repoctx.packer.rank import Hit
    from repoctx.packer.secrets import Redaction
    from repoctx.packer.walk import Snapshot
    from repoctx.patches.history import Entry
    from repoctx.patches.reply import Reply
    from repoctx.patches.retry import Unfinished
    from repoctx.watch import Watcher


@dataclass(frozen=True, slots=True)
class Project:
    """One repository root, or several that are read as one, and the settings in force."""

    root: Path
    """The one in which the person stands."""
    settings: Settings
    folder: Path
    """Where the person stands: the root or a folder in it. Checks run here."""
    roots: tuple[Root, ...]
    """``root`` alone, without a prefix, or all of several."""
    listed: tuple[str, ...] | None = None
    """Absolute paths; when given, packing and asking read no other file."""

    @property
    def cache(self) -> Path:
        """The folder of the index; it can be deleted at any time."""
        return cache_folder(*(root.path for root in self.roots))

    @property
    def state(self) -> Path:
        """The folder of the conversation, and of one root's history."""
        return state_folder(*(root.path for root in self.roots))

    @property
    def _states(self) -> dict[Root, Path]:
        """The folder of each root's own history, when there are several roots."""
        several = self.roots if len(self.roots) > 1 else ()
        return {root: state_folder(root.path) for root in several}

    @contextmanager
    def opened(self, rev: str | None = None) -> Iterator[tuple[Snapshot, Index]]:
        """Walk the repository (or a revision) with its index open.

        Raises UsageError when there is not one file to read.
        """
        from repoctx.packer.index import open_index
        from repoctx.packer.joined import walk_roots

        with open_index(self.cache) as index:
            snapshot = walk_roots(self.roots, index, rev=rev, listed=self.listed)
            if not snapshot.files:
                where = " and ".join(str(root.path) for root in self.roots)
                raise UsageError(
                    f"{'the list' if snapshot.partial else where} holds no files to read",
                    "add a file, or look at .gitignore and .repoctxignore",
                )
            try:
                yield snapshot, index
            finally:
                snapshot.close()

    def watch(self) -> Watcher:
        """Begin to watch what a walk visits, for a ``with``; UsageError for several roots."""
        from repoctx.packer.visited import walk_scope
        from repoctx.watch import Watcher

        if len(self.roots) > 1:
            raise UsageError("several roots cannot be watched as one", "watch one of them")
        root = self.roots[0]
        inside = filter(None, map(root.inside, self.listed or ()))
        named = frozenset(map(os.path.normpath, inside))
        return Watcher(root.path, lambda: walk_scope(root.path, named))

    def pack(
        self,
        snapshot: Snapshot,
        index: Index,
        *,
        question: str = "",
        rev: str | None = None,
        format: str = "xml",
        budget: int | None = None,
        pins: tuple[Pin, ...] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Pack:
        """Pack the snapshot; under a budget, files relevant to the question come first."""
        from repoctx.packer.pack import PackOptions, build_pack
        from repoctx.packer.rank import activity, relevance
        from repoctx.packer.worth import Signals

        def signals() -> Signals:
            up_to = rev or "HEAD"
            ranked = relevance(snapshot, index, question, rev=up_to) if question else None
            return Signals(ranked, activity(snapshot, index, rev=up_to))

        options = PackOptions(
            encoding=self.settings["encoding"],
            format=format,
            budget=budget if budget is not None else self.settings["budget"],
            data_limit=self.settings["data_limit"],
            signals=signals,
            pins=pins,
            redact=self.settings["redact"],
            redaction_key=redaction_key(),
            allow_secrets=self.settings["allow_secrets"],
            progress=progress,
        )
        return build_pack(snapshot, index, options)

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """Return the places that fit the words best, best first."""
        from repoctx.packer.rank import search

        redaction = self._redaction if self.settings["redact"] else None
        with self.opened() as (snapshot, index):
            return search(snapshot, index, words, limit, redaction=redaction)

    def holds(self, path: str) -> bool:
        """True when a file of this path lies beneath the roots; reads nothing."""
        from repoctx.packer.viewing import holds

        return holds(self.roots, path)

    def shown(self, path: str) -> str:
        """Return a file's text as packs number its lines; RepoctxError when it has none."""
        from repoctx.packer.viewing import shown

        return shown(self.roots, path)

    def editable(self, path: str) -> Path:
        """Return where a file of text lies, for the person's editor; RepoctxError if nowhere."""
        from repoctx.packer.viewing import editable

        return editable(self.roots, path)

    def secrets(
        self, rev: str | None = None, progress: Callable[[int, int], None] | None = None
    ) -> list[Finding]:
        """Return the secrets that a pack hides, by path and line."""
        from repoctx.packer.facts import Scope
        from repoctx.packer.findings import list_secrets

        scope = Scope("xml", self.settings["encoding"], self._redaction)
        with self.opened(rev) as (snapshot, index):
            return list(list_secrets(snapshot, index, scope, progress))

    def plan(self, reply: str, path_hint: str = "", earlier: Unfinished | None = None) -> ChangeSet:
        """Plan what a reply asks for against the files as they are; writes nothing.

        ``earlier`` is what a reply before this one left, of which this one mends the rest.
        """
        from repoctx.patches.reply import parse_reply
        from repoctx.patches.retry import plan_again

        parsed = parse_reply(reply, path_hint)
        return plan_again(earlier, parsed, self._planned) if earlier else self._planned(parsed)

    def _planned(self, reply: Reply) -> ChangeSet:
        from repoctx.packer.views.editing import Notebooks
        from repoctx.patches.plan import plan
        from repoctx.restoring import left_placeholders, restorer

        restore = restorer(lambda: self._redaction)
        if len(self.roots) > 1:
            from repoctx.patches.several import plan_several

            changes = plan_several(self.roots, reply, restore, Notebooks())
        else:
            changes = plan(self.root, reply, restore, Notebooks())
        left = tuple(left_placeholders(changes.files))
        return self.guarded(replace(changes, conflicts=changes.conflicts + left, edits=reply.edits))

    def guarded(self, changes: ChangeSet) -> ChangeSet:
        """Return the change with a flag at each file that parsed before and will not any more.

        A review that takes only some hunks may break, or mend, what all of them did not.
        """
        from repoctx.guard import flagged

        if not self.settings["syntax_guard"]:
            return changes
        return replace(changes, files=tuple(map(flagged, changes.files)))

    def apply(self, changes: ChangeSet, note: str = "") -> Entry:
        """Write a planned and reviewed change, all of it or nothing, in all roots."""
        if states := self._states:
            from repoctx.patches.several import apply_several

            return apply_several(states, changes, note)
        from repoctx.patches.apply import apply

        return apply(self.root, changes, self.state, note=note)

    def commit(
        self,
        changes: Iterable[ChangeSet],
        text: str,
        model: str = "",
        on_line: OnLine | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[Committed]:
        """Commit applied changes with git; see ``committing``. The message begins with ``text``."""
        from repoctx.committing import commit_changes, commit_message

        message = commit_message(self.without_secrets(text), model)
        hooks = self.settings["commit_hooks"]
        return commit_changes(self.roots, changes, message, hooks, on_line, cancelled)

    def check_versioned(self) -> None:
        """Raise UsageError when there is no git repository in which to commit."""
        from repoctx.committing import check_versioned

        check_versioned(self.roots)

    def recover(self) -> str | None:
        """Finish or roll back what a crash left; says what was done, None when nothing was."""
        if states := self._states:
            from repoctx.patches.several import recover_several

            return recover_several(states)
        from repoctx.patches.apply import recover

        return recover(self.root, self.state)

    def writer(self) -> str | None:
        """Return which other repoctx is writing to a root right now, in words; None for none."""
        from repoctx.patches.journal import holder

        states = self._states.values() or (self.state,)
        return next((found for state in states if (found := holder(state))), None)

    def undo(self, entry_id: str | None = None) -> Entry:
        """Take back the last applied change, or the named one, in all roots that it changed."""
        if states := self._states:
            from repoctx.patches.several import undo_several

            return undo_several(states, entry_id)
        from repoctx.patches.history import undo

        return undo(self.root, self.state, entry_id)

    def way_back(self, changes: int = 1) -> str:
        """Return how the person takes the last changes back, in words."""
        count = f" --count {changes}" if changes > 1 else ""
        where = " with the same folders" if len(self.roots) > 1 else ""
        return f"`repoctx undo{count}`{where} takes it back"

    def redo(self) -> Entry:
        """Apply again what was undone last."""
        from repoctx.patches.history import redo

        return redo(self.root, self.state)

    def log(self) -> list[Entry]:
        """Return the applied changes, newest first."""
        from repoctx.patches.history import log

        return log(self.state)

    def unreadable(self) -> list[str]:
        """Return a line for each applied change whose record cannot be read."""
        from repoctx.patches.history import unreadable

        return unreadable(self.state)

    def without_secrets(self, text: str) -> str:
        """Return text that goes along with a question (a log, a diff) without its secrets."""
        if not self.settings["redact"]:
            return text
        return self._redaction.hide("", text)[0]

    @property
    def scope(self) -> Scope:
        """What the documents of a pack for a model depend on besides the files."""
        from repoctx.packer.facts import Scope

        redaction = self._redaction if self.settings["redact"] else None
        return Scope("xml", self.settings["encoding"], redaction, self.settings["data_limit"])

    @property
    def _redaction(self) -> Redaction:
        from repoctx.packer.secrets import Redaction

        return Redaction(redaction_key(), self.settings["allow_secrets"])


def open_project(
    folders: Sequence[Path | str],
    files: Iterable[Path | str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Project:
    """Open what the folders lie in; see ``session.open_session``. No folder is the current one."""
    here = [Path(folder).absolute() for folder in folders or ["."]]
    roots = roots_of([root_of(folder) for folder in here])
    listed = None if files is None else tuple(map(os.path.abspath, files))
    settings = load_settings([root.path for root in roots], flags)
    return Project(root_of(here[0]), settings, here[0], roots, listed)
