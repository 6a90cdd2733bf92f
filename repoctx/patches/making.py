"""Make one edit on the drafts of a plan's tree: whole or, with its reasons, not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from repoctx.errors import RepoctxError
from repoctx.patches.binary import Blobs, check_blob, is_blob, patched
from repoctx.patches.conflicts import Conflicts
from repoctx.patches.edits import (
    REGULAR,
    SYMLINK,
    EditConflict,
    EditError,
    FileEdit,
    FileState,
    Replacement,
)
from repoctx.patches.excerpt import flags_of_rewrite
from repoctx.patches.formats.binary import Room
from repoctx.patches.formats.patch_envelope import NAME as ENVELOPE
from repoctx.patches.formats.unified_diff import NAME as GIT
from repoctx.patches.formats.whole_file import NAME as WHOLE_FILE
from repoctx.patches.matching.lines import Lines, Splice, line_texts
from repoctx.patches.matching.misfit import MisfitError
from repoctx.patches.matching.rewrite import refuse_placeholder, shared_lines
from repoctx.patches.meant import Meaning
from repoctx.patches.placing import place, use
from repoctx.patches.tree import Draft, Tree

Restore = Callable[[str, str, str], str]

_REPLACES = "replaces the file that is there"


class Maker:
    """Knows all edits of the reply, because some depend on others: a name may become free."""

    def __init__(
        self, tree: Tree, conflicts: Conflicts, edits: Sequence[FileEdit], restore: Restore
    ) -> None:
        self._tree = tree
        self._conflicts = conflicts
        self._restore = restore
        self._vacated = {
            edit.path
            for edit in edits
            if edit.format == GIT and edit.action in ("delete", "rename")
        }
        self._other_formats = any(e.format != WHOLE_FILE for e in edits)
        self._written: dict[str, str] = {}
        self._meaning = Meaning(tree, edits)
        self._room = Room()
        self._blobs = Blobs()

    def make(self, edit: FileEdit) -> list[EditConflict]:
        """Change the drafts; return the reasons why not, and then nothing has changed."""
        try:
            path = self._meaning.path(edit)
            if edit.action == "edit":
                return self._edit(path, edit)
            if edit.action in ("rename", "copy"):
                return self._move(path, edit)
            if edit.action == "delete":
                self._delete(path, edit)
            elif edit.action == "write" and self._tree.exists(path):
                self._rewrite(path, edit)
            else:
                self._create(path, edit)
        except RepoctxError as error:
            return [self._conflicts.of(edit.path, error)]
        return []

    # Edits

    def _edit(self, path: str, edit: FileEdit) -> list[EditConflict]:
        draft = self._tree.draft(path)
        if draft.state is None and edit.is_new_text and not edit.expects_file:
            self._create(path, replace(edit, content=edit.first_text))
            return []
        self._require(path)
        if edit.binary:
            state = self._present(path)
            draft.set(
                FileState(patched(path, state, edit.binary, self._room), edit.mode or state.mode)
            )
        elif draft.is_empty and edit.is_new_text:
            self._fill(draft, path, edit)
        elif failed := self._replace(draft, path, edit):
            return failed
        elif edit.mode is not None and draft.state:
            draft.state = replace(draft.state, mode=edit.mode)
        return []

    def _replace(self, draft: Draft, path: str, edit: FileEdit) -> list[EditConflict]:
        """Make all replacements, or none and return what hinders each."""
        asked = {n: each for n, each in enumerate(edit.replacements, 1) if each.says_something}
        if not asked:
            return []
        draft.show(raw=False)
        if edit.format == GIT and self._blobs.is_named(path, draft.untouched, edit.blobs[0]):
            return self._replace_checked(draft, path, edit, asked)
        failed = self._replace_all(draft, path, edit, asked)
        return failed and self._replace_raw(draft, path, edit, asked, failed)

    def _replace_checked(
        self, draft: Draft, path: str, edit: FileEdit, asked: Mapping[int, Replacement]
    ) -> list[EditConflict]:
        """Make a diff of this very file: it must give the file that git says it gives."""
        state = draft.state
        draft.show(raw=True)
        checked = {n: replace(change, is_checked=change.is_exact) for n, change in asked.items()}
        if failed := self._replace_all(draft, path, edit, checked):
            return failed
        made = draft.settle()
        if made and edit.blobs[1].strip("0") and not is_blob(made.content, edit.blobs[1]):
            draft.set(state)
            reason = "the diff does not give the file that its index line names"
            return [EditConflict(path, reason, "give the whole diff as git wrote it")]
        draft.set(made)  # the next patch of a series may be made from this one's file
        return []

    def _replace_raw(
        self,
        draft: Draft,
        path: str,
        edit: FileEdit,
        asked: Mapping[int, Replacement],
        failed: list[EditConflict],
    ) -> list[EditConflict]:
        """Try edits that do not fit what was shown on the file's own text, if that is another."""
        if draft.view is None:
            return failed
        draft.show(raw=True)
        lines = draft.open(path)
        mark = lines.mark()
        if self._replace_all(draft, path, edit, asked):
            return failed
        if draft.view_of(str(lines)) is None:
            lines.rollback(mark)
            reason = "the edit fits the file's own text, but leaves it broken"
            return [EditConflict(path, reason, "edit the text as it is shown")]
        return []

    def _replace_all(
        self, draft: Draft, path: str, edit: FileEdit, asked: Mapping[int, Replacement]
    ) -> list[EditConflict]:
        """Make these replacements, each under its number, or none of them."""
        lines = draft.open(path, as_link=edit.mode == SYMLINK)
        mark, failed = lines.mark(), []
        for count, (number, change) in enumerate(asked.items(), 1):
            part = f"hunk {count} of {len(asked)}: " if len(asked) > 1 else ""
            try:
                place(lines, self._restored(path, change, draft), self._room)
            except MisfitError as error:
                conflict = self._conflicts.of_replacement(path, draft, change, error, part)
                failed.append(replace(conflict, hunk=number))
        if failed:
            lines.rollback(mark)
        return failed

    def _restored(self, path: str, change: Replacement, draft: Draft) -> Replacement:
        return replace(
            change,
            search=self._restore(path, change.search, draft.original),
            replace=self._restore(path, change.replace, draft.original),
        )

    # Whole files

    def _fill(self, draft: Draft, path: str, edit: FileEdit) -> None:
        """Give an empty file its first content, with line endings as the reply has them."""
        text = self._restore(path, edit.first_text, "")
        content = _encoded(path, self._tree.views.new(path, text))
        draft.set(FileState(content, draft.state.mode if draft.state else REGULAR))

    def _create(self, path: str, edit: FileEdit) -> None:
        draft = self._tree.draft(path)
        if draft.state is not None:
            if not _may_replace(draft, edit):
                raise EditError(f"{path} exists already", "edit the file, or delete it first")
            self._rewrite(path, edit)
            draft.flags += (_REPLACES,)
            return
        if edit.binary:
            content = patched(path, FileState(b""), edit.binary, self._room)
        else:
            text = self._restore(path, edit.content or "", draft.original)
            content = _encoded(path, self._tree.views.new(path, text))
            if not is_blob(content, edit.blobs[1]):  # else git wrote it
                refuse_placeholder(Lines(""), line_texts(text), removes=False)
        draft.set(FileState(content, edit.mode or REGULAR))
        self._written[path] = edit.content or ""

    def _rewrite(self, path: str, edit: FileEdit) -> None:
        """Give an existing file its whole content; lines end as they did."""
        content = edit.content or ""
        if self._written.setdefault(path, content) != content:
            raise EditError(f"{path} is given twice, and differently", "give each file once")
        if edit.format == WHOLE_FILE and self._other_formats:
            raise EditError(
                f"it is not clear whether the block is all of {path}",
                "use one edit format in a reply",
            )
        draft = self._tree.draft(path)
        draft.show(raw=draft.view_of(content) is not None)  # all of the file's own text is given
        lines = draft.open(path)
        texts = line_texts(self._restore(path, content, draft.original))
        draft.flags += flags_of_rewrite(path, edit, lines, texts)
        kept = shared_lines(lines.texts, texts) if lines.mixed else ()
        final_newline = None if edit.format == WHOLE_FILE else content.endswith("\n")
        lines.replace(Splice(0, len(lines), texts, kept, final_newline=final_newline))

    def _delete(self, path: str, edit: FileEdit) -> None:
        draft, state = self._tree.draft(path), self._present(path)
        if draft.arrived and draft.before:
            if edit.format == GIT:
                return  # the file that was here before a rename took its name
            raise EditError(f"{path} was replaced earlier in this reply", "delete it before that")
        if edit.binary:
            check_blob(path, state.content, edit.binary.old_blob)
        if edit.replacements:
            draft.show(raw=False)
            try:
                self._check_whole(draft, path, edit)
            except RepoctxError:
                if draft.view is None:
                    raise
                draft.show(raw=True)
                self._check_whole(draft, path, edit)
        draft.set(None)

    def _check_whole(self, draft: Draft, path: str, edit: FileEdit) -> None:
        """Raise when the file holds anything but what the edit deletes."""
        lines = draft.open(path)
        mark = lines.mark()
        try:
            for change in edit.replacements:
                place(lines, self._restored(path, change, draft), self._room)
            if len(lines):
                raise EditError(f"{path} holds more than the patch deletes", "")
        finally:
            lines.rollback(mark)

    def _move(self, path: str, edit: FileEdit) -> list[EditConflict]:
        source, target = self._tree.draft(path), self._tree.draft(edit.new_path)
        state = self._present(path)
        if edit.format == GIT and source.before:
            if state != source.before and not source.arrived and edit.action == "rename":
                raise EditError(f"{path} is edited before it is renamed", "do both in one section")
            state = source.before  # the sections of git's patches all speak of the old tree
        is_free = edit.new_path in self._vacated and edit.new_path != path and not target.arrived
        if target.state is not None and not is_free:
            if edit.new_path == path or not _may_replace(target, edit):
                raise EditError(f"{edit.new_path} exists already", "choose another name")
            target.flags = (_REPLACES,)
        if edit.action == "copy" and edit.replacements:
            use(self._room, len(state.content))
        moved = Draft(source.before, state, view_of=source.view_of)
        if edit.binary:
            moved.set(FileState(patched(path, state, edit.binary, self._room), state.mode))
        elif failed := self._replace(moved, path, edit):
            return failed
        state = moved.settle() or state
        target.set(FileState(state.content, edit.mode or state.mode))
        target.arrived = True
        if edit.action == "rename":
            self._tree.move(path, edit.new_path)
            if not (edit.format == GIT and source.arrived and source.before):
                source.set(None)
        return []

    def _present(self, path: str) -> FileState:
        self._require(path)
        state = self._tree.draft(path).settle()
        assert state is not None  # settling changes the content, never whether there is a file
        return state

    def _require(self, path: str) -> None:
        draft = self._tree.draft(path)
        if draft.state is None and draft.before is not None:
            raise EditError(f"{path} was deleted or renamed earlier in this reply", "")
        if draft.state is None:
            raise self._conflicts.missing(path)


def _may_replace(draft: Draft, edit: FileEdit) -> bool:
    """True for the envelope, which says that Add and Move replace what is there, once."""
    return edit.format == ENVELOPE and draft.settle() == draft.before


def _encoded(path: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise EditError(f"the new content of {path} is not valid Unicode", "") from None
