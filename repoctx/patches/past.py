"""The row of finished journals, read: what was applied, what stands, what can be redone.

Each applied change has its own journal and, once it was undone or redone, the journal of the last
time; those between are forgotten. So every change costs at most two journals, and forgetting old
changes never takes away what a newer one needs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from repoctx.errors import RepoctxError, UsageError
from repoctx.patches import journal
from repoctx.patches.records import Header

WHY = "damaged, or of another version of repoctx"


@dataclass(slots=True)
class Past:
    """What the journals add up to."""

    applied: list[Header] = field(default_factory=list)
    """Applied changes, oldest first."""
    standing: dict[str, str] = field(default_factory=dict)
    """A change's id -> the journal (folder name) that last brought it into the tree."""
    undos: list[tuple[str, str]] = field(default_factory=list)
    """Changes that can be redone, the next one last: id, and the journal that took it out."""
    unreadable: list[Path] = field(default_factory=list)
    """Journals that are damaged or of another version, oldest first."""

    def to_undo(self, entry_id: str | None) -> Header:
        """Return the change with that id or beginning of one, or the last that stands.

        Raises RepoctxError when the last cannot be read: another one is not what was meant.
        """
        if entry_id is None:
            for header in reversed(self.applied):
                if header.id in self.standing:
                    self._check_newest(self.standing[header.id])
                    return header
            self._check_newest("")
            raise UsageError("there is nothing to undo", "`repoctx log` lists what was applied")
        found = [h for h in self.applied if entry_id and h.id.startswith(entry_id)]
        if len(found) != 1:
            number = "more than one applied change" if found else "no applied change"
            raise UsageError(f"{entry_id!r} names {number}", "`repoctx log` lists them")
        if found[0].id not in self.standing:
            raise UsageError(f"{found[0].id} is already undone", "`repoctx redo` applies it again")
        return found[0]

    def to_redo(self) -> tuple[Header, str]:
        """Return the change that was undone last, and the journal that took it out."""
        self._check_newest(self.undos[-1][1] if self.undos else "")
        if not self.undos:
            hint = "only what was undone since the last apply can be applied again"
            raise UsageError("there is nothing to redo", hint)
        change, name = self.undos[-1]
        return next(header for header in self.applied if header.id == change), name

    def _check_newest(self, name: str) -> None:
        """Raise unless every journal newer than the one with this name can be read."""
        if self.unreadable and self.unreadable[-1].name > name:
            what = "a newer change" if name else "a change"
            raise RepoctxError(
                f"the record of {what} is {WHY}: {self.unreadable[-1]}",
                "name another one by its id from `repoctx log`, or move that folder away",
            )

    def _add(self, name: str, header: Header) -> None:
        if header.kind == "apply":
            self.applied.append(header)
            self.standing[header.id] = name
            self.undos.clear()
            return
        self.undos = [waiting for waiting in self.undos if waiting[0] != header.target]
        if header.kind == "redo":
            self.standing[header.target] = name
        elif self.standing.pop(header.target, None):  # else its change was forgotten
            self.undos.append((header.target, name))


def read_past(state: Path) -> Past:
    """Read the history; a damaged journal is put aside, for the others can still be undone."""
    past = Past()
    for name in journal.archived(state):
        header = journal.read_header(state / "history" / name)
        if header is not None:
            past._add(name, header)
        else:
            past.unreadable.append(state / "history" / name)
    known = {header.id for header in past.applied}
    past.standing = {change: name for change, name in past.standing.items() if change in known}
    return past


def prune(state: Path, most_changes: int, most_bytes: int) -> None:
    """Forget superseded journals, then the oldest changes beyond the bounds but for the newest."""
    of_change: dict[str, list[str]] = defaultdict(list)
    applied = []
    for name in journal.archived(state):
        header = journal.read_header(state / "history" / name)
        if header is not None:
            of_change[header.target or header.id].append(name)
            if header.kind == "apply":
                applied.append(header.id)
    for change, names in of_change.items():
        for name in names[1:-1]:
            journal.forget(state, name)
        of_change[change] = list(dict.fromkeys([names[0], names[-1]]))
    left = most_bytes
    for age, change in enumerate(reversed(applied)):
        left -= sum(journal.size(state / "history" / name) for name in of_change[change])
        if age == 0 or (left >= 0 and age < most_changes):
            del of_change[change]
    for names in of_change.values():
        for name in reversed(names):
            journal.forget(state, name)
