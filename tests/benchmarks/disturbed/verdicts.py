"""Plan a case's reply in a folder of its own and judge what came of it."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repoctx.patches.edits import ChangeSet, FileChange
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply

from .cases import Case, Task
from .places import Place, lines_of, occurrences
from .truth import content_of, is_right

_NEAR = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case."""

    case: Case
    outcome: str
    """``correct``, ``refused``, ``literal`` or ``wrong``."""
    why: str = ""


def judge(case: Case, folder: Path) -> Verdict:
    """Return the verdict; the files are written beneath the folder."""
    with tempfile.TemporaryDirectory(dir=folder) as root:
        for task in case.tasks:
            _write(Path(root), task)
        changes = plan(Path(root), parse_reply(case.reply))
    is_refused = bool(changes.conflicts) or not changes.files
    partly = is_refused or case.cut == "between"
    wrong = _what_is_wrong(case, changes, partly=partly)
    if not wrong:
        reason = "; ".join(f"{c.path}: {c.reason}" for c in changes.conflicts) or "no edit"
        return Verdict(case, "refused", reason) if is_refused else Verdict(case, "correct")
    return Verdict(case, "literal" if _says_so(case, changes) else "wrong", wrong)


def _write(root: Path, task: Task) -> None:
    content = content_of(task)
    if content is not None:
        target = root / task.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _what_is_wrong(case: Case, changes: ChangeSet, *, partly: bool) -> str:
    """Return what is wrong with the planned files, as a diff in brief; empty when all is right."""
    made = _made(case.tasks, changes.files)
    expected = {path for task in case.tasks for path in (task.path, task.new_path)}
    for path in made.keys() - expected:
        return f"{path} is made, which nobody asked for"
    for task in case.tasks:
        own = made.get(task.new_path)
        if task.path != task.new_path and made.get(task.path) is not None and own is None:
            own = made[task.path]  # not moved
            if partly and own == content_of(task):
                continue
        if not is_right(task, own, partly=partly):
            return _brief(task, own)
    return ""


def _made(tasks: Sequence[Task], files: Sequence[FileChange]) -> dict[str, bytes]:
    made = {t.path: content for t in tasks if (content := content_of(t)) is not None}
    for change in files:
        made.pop(change.old_path or change.path, None)
        if change.after:
            made[change.path] = change.after.content
    return made


def _brief(task: Task, made: bytes | None) -> str:
    wanted = task.accepted[0]
    if made is None or wanted is None:
        return f"{task.new_path} is {'deleted' if made is None else 'there'}"
    text = made.decode("utf-8", "replace")
    if len(task.ends) == 1:
        text = text.replace("\r\n", "\n")
    lines = difflib.unified_diff(
        wanted.splitlines(True), text.splitlines(True), "right", "planned", n=2
    )
    return f"{task.new_path}\n" + "".join(repr(line)[1:-1] + "\n" for line in lines)


# What the reply literally says


def _says_so(case: Case, changes: ChangeSet) -> bool:
    """True when the reply as it stands says this and nothing else; see the package's docstring."""
    if case.cut != "whole":
        return False
    made = _made(case.tasks, changes.files)
    partly = bool(changes.conflicts)
    return all(
        is_right(task, made.get(task.new_path), partly=partly) or _is_literal(case, task, made)
        for task in case.tasks
    )


def _is_literal(case: Case, task: Task, made: Mapping[str, bytes]) -> bool:
    if not task.places or len(task.ends) > 1 or not task.current:
        return False
    lines = lines_of(task.current)
    for place in task.places:
        found = occurrences(lines, place.old)
        if len(found) != 1 or not _hints_agree(case, place, found[0]):
            return False
        lines[found[0] : found[0] + len(place.old)] = place.new
    result = made.get(task.new_path, b"").decode("utf-8", "replace").replace("\r\n", "\n")
    return lines_of(result) == lines


def _hints_agree(case: Case, place: Place, found: int) -> bool:
    """A number, an anchor or a heading that was given must not speak against it."""
    if case.format in ("udiff", "git", "roo"):
        return case.style.numbers == "none" or abs(found - place.start) <= _NEAR
    return True
