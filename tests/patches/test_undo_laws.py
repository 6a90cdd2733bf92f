"""Whatever a person does after an apply: undo and redo keep every line of it, or change nothing.

    UNDO_EXAMPLES=10000 pytest tests/patches/test_undo_laws.py     the long run

Each case draws files in several encodings and line ends, a change of them (edits, new files in new
folders, deletions, renames, modes), and then what a person does: lines put in, replaced or taken
out, files deleted, moved, made, swapped for links or given other modes.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from repoctx.errors import ConflictError
from repoctx.patches.edits import EXECUTABLE, REGULAR, FileChange, FileState
from repoctx.patches.history import redo, undo

Tree = Any
View = dict[str, tuple[int, bytes]]

EXAMPLES = int(os.environ.get("UNDO_EXAMPLES", "150"))
PATHS = ("a", "b", "d/a", "d/e/b", "sp ace", "\udcff")
WORDS = ("x", "y", "", "}", "  return x", "é")


@dataclass(frozen=True)
class Form:
    """How a file's text becomes bytes."""

    encoding: str
    end: str
    final_end: bool

    def content(self, lines: list[str]) -> bytes:
        """Return the lines as bytes of this form."""
        text = self.end.join(lines) + (self.end if lines and self.final_end else "")
        if self.encoding == "binary":
            return b"\x00\xff" + text.encode()
        return text.encode(self.encoding, "replace")


FORMS = st.builds(
    Form,
    st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "latin-1", "shift_jis", "utf-16", "binary"]),
    st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    st.booleans(),
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12)
FILES = st.dictionaries(
    st.sampled_from(PATHS),
    st.tuples(FORMS, TEXTS, st.sampled_from([0o644, 0o600, 0o755])),
    min_size=1,
    max_size=4,
)
SPLICES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 3), st.lists(st.sampled_from(WORDS), max_size=3)),
    min_size=1,
    max_size=3,
)
WISHES = st.tuples(
    st.sampled_from(["edit", "edit", "edit", "delete", "rename", "mode", "create"]),
    SPLICES,
    st.sampled_from(["new", "d/new", "n/m/new", "d/e/new"]),
)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(["insert"] * 4),
                "replace",
                "remove",
                "delete",
                "move",
                "make",
                "mode",
                "link",
                "touch",
            ]
        ),
        st.integers(0, 9),
        st.integers(0, 12),
    ),
    max_size=4,
)


def _spliced(lines: list[str], splices: list[tuple[int, int, list[str]]]) -> list[str]:
    made = list(lines)
    for at, size, new in splices:
        made[min(at, len(made)) : min(at + size, len(made))] = new
    return made


@dataclass
class Case:
    """A tree with what is known of each of its files."""

    tree: Tree
    forms: dict[str, Form] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    tokens: list[bytes] = field(default_factory=list)
    """What the person wrote, in the encoding of the file."""
    touched: set[str] = field(default_factory=set)

    def write(self, path: str, form: Form, lines: list[str], permissions: int) -> None:
        self.forms[path], self.texts[path] = form, lines
        self.tree.write(path, form.content(lines), permissions)

    # The model's part

    def wished(self, wishes: list[tuple[str, Any, str]]) -> list[FileChange]:
        """Return a change for each file: no path twice."""
        changes: list[FileChange] = []
        taken = set(self.forms)
        for (path, form), (kind, splices, other) in zip(
            list(self.forms.items()), wishes, strict=False
        ):
            before = self.tree.now(path)
            lines = _spliced(self.texts[path], splices)
            after = FileState(form.content(lines), before.mode)
            if kind == "create" and other not in taken:
                changes.append(FileChange(other, None, FileState(form.content(lines))))
                self._knows(other, form, lines, taken)
            elif kind == "delete":
                changes.append(FileChange(path, before, None))
            elif kind == "rename" and other not in taken:
                changes.append(FileChange(other, before, after, path))
                self._knows(other, form, lines, taken)
            elif kind == "mode":
                mode = REGULAR if before.mode == EXECUTABLE else EXECUTABLE
                changes.append(FileChange(path, before, FileState(before.content, mode)))
            elif after != before:
                changes.append(FileChange(path, before, after))
                self.texts[path] = lines
        return changes

    def _knows(self, path: str, form: Form, lines: list[str], taken: set[str]) -> None:
        taken.add(path)
        self.forms[path], self.texts[path] = form, lines

    # The person's part

    def does(self, deed: str, number: int, at: int) -> None:
        """Do one thing by hand."""
        files = [p for p, (mode, _) in sorted(self.tree.view().items()) if stat.S_ISREG(mode)]
        if deed == "make" or not files:
            path = ("mine", "n/m/mine", "a", "new", "d/mine")[number % 5]
            if not os.path.lexists(self.tree.root / path) and self._may_hold(path):
                self._writes(path, Form("utf-8", "\n", True), [], 0, 0)
            return
        path = files[number % len(files)]
        target = self.tree.root / path
        form, lines = self.forms.get(path, Form("utf-8", "\n", True)), self.texts.get(path, [])
        self.touched.add(path)
        if deed == "insert":
            self._writes(path, form, lines, at, 0)
        elif deed == "replace":
            self._writes(path, form, lines, at, 2)
        elif deed == "remove":
            self.texts[path] = lines[: at // 2] + lines[at // 2 + 1 :]
            self._rewrites(path, form)
        elif deed == "delete":
            target.unlink()
        elif deed == "move":
            self._moves(path)
        elif deed == "mode":
            target.chmod(0o700 if number % 2 else 0o640)
        elif deed == "link":
            target.unlink()
            target.symlink_to("elsewhere")
        else:
            os.utime(target)

    def _may_hold(self, path: str) -> bool:
        folders = [path.rpartition("/")[0], path.partition("/")[0]]
        return all(not f or not (self.tree.root / f).is_file() for f in folders)

    def _writes(self, path: str, form: Form, lines: list[str], at: int, gone: int) -> None:
        token = f"PERSON {len(self.tokens)} of {path.encode('utf-8', 'replace').hex()}"
        encoding = "utf-8" if form.encoding in ("binary", "utf-8-sig") else form.encoding
        self.tokens.append(token.encode("utf-16-le" if encoding == "utf-16" else encoding))
        self.forms[path] = form
        self.texts[path] = [*lines[:at], token, *lines[at + gone :]]
        self.touched.add(path)
        self._rewrites(path, form)

    def _rewrites(self, path: str, form: Form) -> None:
        self.tree.write(path, form.content(self.texts[path]))
        self._keep_what_is_there()

    def _moves(self, path: str) -> None:
        target = self.tree.root / f"moved {len(self.tokens)} {os.path.basename(path)}"
        (self.tree.root / path).rename(target)

    def _keep_what_is_there(self) -> None:
        everything = _everything(self.tree.view())
        self.tokens = [token for token in self.tokens if token in everything]


def _everything(view: View) -> bytes:
    return b"\n".join(content for _, content in view.values())


def _lost(case: Case) -> list[bytes]:
    everything = _everything(case.tree.view())
    return [token for token in case.tokens if token not in everything]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=FILES, wishes=st.lists(WISHES, min_size=4, max_size=4), deeds=DEEDS)
def test_undo_and_redo_keep_every_line_of_the_person_or_change_nothing(
    make_tree: Callable[[], Tree], files: dict[str, Any], wishes: list[Any], deeds: list[Any]
) -> None:
    case = Case(make_tree())
    tree = case.tree
    for path, (form, lines, permissions) in files.items():
        case.write(path, form, lines, permissions)
    original = tree.view()
    changes = case.wished(wishes)
    if not changes:
        return
    tree.apply(*changes)
    applied = tree.view()
    for deed in deeds:
        case.does(*deed)
    case._keep_what_is_there()
    edited = tree.view()
    try:
        undo(tree.root, tree.state)
    except ConflictError:
        event("undo refused")
        assert tree.view() == edited
        return
    finally:
        assert not _lost(case)
    event("undone, edits kept" if case.tokens else "undone")
    undone = tree.view()
    _check_untouched(case, original, applied, edited, undone)
    if edited == applied:
        assert undone == original
    _check_redo(case, edited, undone, exact=all(deed == "insert" for deed, *_ in deeds))
    shutil.rmtree(tree.root.parent)


def _check_untouched(case: Case, original: View, applied: View, edited: View, undone: View) -> None:
    """What the person left alone is as it was, byte and mode; folders go only when empty."""
    for path, state in original.items():
        if applied.get(path) == edited.get(path) and not stat.S_ISDIR(state[0]):
            renamed = path not in applied
            if not renamed or not case.touched:
                assert undone.get(path) == state, path
    for path, (mode, _) in undone.items():
        if stat.S_ISDIR(mode) and path not in original and path not in edited:
            raise AssertionError(f"{path} appeared")
    for path in edited:
        if path not in undone and stat.S_ISDIR(edited[path][0]):
            assert path not in original, f"{path} was there before the change"


def _check_redo(case: Case, edited: View, undone: View, exact: bool) -> None:
    for step, refused in ((redo, undone), (undo, None), (redo, None)):
        before = refused or case.tree.view()
        try:
            step(case.tree.root, case.tree.state)
        except ConflictError:
            event(f"{step.__name__} refused")
            assert case.tree.view() == before
            return
        finally:
            assert not _lost(case)
        expected = edited if step is redo else undone
        if exact:
            assert case.tree.view() == expected
