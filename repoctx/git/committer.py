"""One commit of some paths of a working tree, whatever else is staged or changed there.

``git commit --only`` does it. Everything that could make it another commit than the person means
can be asked for before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from repoctx.git.process import GitError, Manner, Settings, run
from repoctx.git.programs import (
    Configuration,
    Programs,
    configuration,
    configured_hooks,
    is_true,
    programs,
)
from repoctx.git.repository import Entry, Repository, index_entry
from repoctx.git.writing import AS_TYPED, OnLine, as_typed, careful, careful_settings, write

Version = tuple[int, str]
"""The mode and blob of a path, as a tree holds them."""

_AT_A_TIME = 500
"""Paths on one command line."""
_OPERATIONS = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or git am",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}


class Committer:
    """A repository about to get a commit."""

    def __init__(self, repository: Repository, *, typed: bool = False) -> None:
        """With ``typed`` git runs as if the person had typed it: hooks, filters, signature."""
        self.repository = repository
        self.root = repository.root
        self.typed = typed

    @cached_property
    def configuration(self) -> Configuration:
        """Every setting of git's that is in force."""
        return configuration(self.root)

    def programs(self, paths: Iterable[str]) -> Programs:
        """Return what a commit of these paths would run."""
        return programs(self.root, self.configuration, paths)

    @property
    def keeps_modes(self) -> bool:
        """True when git records which files can be executed."""
        return is_true(self.configuration, "core.filemode", default=True)

    def operation(self) -> str:
        """Return what is in progress, such as ``a merge``; empty when nothing is."""
        folder = self.repository.git_folder
        return next((said for name, said in _OPERATIONS.items() if (folder / name).exists()), "")

    def branch(self) -> str:
        """Return the name of the branch that a commit moves; empty when HEAD is detached."""
        try:
            name = os.fsdecode(self._read("symbolic-ref", "--quiet", "HEAD"))
        except GitError:
            return ""
        return name.removesuffix("\n").removeprefix("refs/heads/")

    def identity_missing(self) -> str:
        """Return what git says when it does not know who commits; empty when it does."""
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            try:
                self._read("var", who)
            except GitError as error:
                lines = error.complaint.strip().splitlines() or ["it does not say why"]
                return lines[-1].removeprefix("fatal: ")
        return ""

    def ignored(self, paths: Sequence[str]) -> list[str]:
        """Return those of the paths that git ignores."""
        asked = os.fsencode("".join(f"./{path}\0" for path in paths))  # it knows no ":(literal)"
        try:
            answer = self._read("check-ignore", "-z", "--stdin", stdin=asked)
        except GitError as error:
            if error.complaint:  # without a word it says that none is ignored
                raise
            return []
        return [name.removeprefix("./") for name in os.fsdecode(answer).split("\0")[:-1]]

    def versions(self, commit: str | None, paths: Sequence[str]) -> dict[str, Version]:
        """Return the version of each path that the commit has; none of no commit."""
        found: dict[str, Version] = {}
        if commit is None:
            return found
        for some in _chunks(paths):
            listing = os.fsdecode(self._read("ls-tree", "-z", commit, "--", *map(_literal, some)))
            for line in listing.split("\0")[:-1]:
                fields, path = line.split("\t", 1)
                mode, kind, blob = fields.split(" ")
                if kind != "tree":
                    found[path] = (int(mode, 8), blob)
        return found

    def staged(self, paths: Sequence[str]) -> dict[str, list[Entry]]:
        """Return the index's entries of these paths; a path in conflict has several."""
        found: dict[str, list[Entry]] = {}
        for some in _chunks(paths):
            options = ("-z", "-t", "--cached", "--stage", "--")
            listing = os.fsdecode(self._read("ls-files", *options, *map(_literal, some)))
            for line in listing.split("\0")[:-1]:
                entry = index_entry(line)
                found.setdefault(entry.path, []).append(entry)
        return {path: found[path] for path in paths if path in found}

    def stored(self, path: str, content: bytes) -> str:
        """Return the blob that git would store for a file's content: line ends, filters."""
        return (
            self._read("hash-object", "--stdin", f"--path={path}", stdin=content).decode().strip()
        )

    def commit(
        self,
        paths: Sequence[str],
        message: str,
        on_line: OnLine | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> str:
        """Commit these paths as they stand on disk and return the commit's id.

        Raises GitError with what git and the hooks said when it does not happen; the index is then
        as before.
        """
        before = self.staged(paths)
        new = [path for path in paths if path not in before and _exists(self.root / path)]
        chosen = ("--pathspec-from-file=-", "--pathspec-file-nul")
        options = ("--quiet", "--cleanup=whitespace", *(() if self.typed else ("--no-gpg-sign",)))
        try:
            if new:
                self._write(("add", "--intent-to-add", *chosen), _listed(new))
            self._write(
                ("commit", *options, "--only", *chosen, "-m", message),
                _listed(paths),
                on_line,
                cancelled,
            )
        except BaseException:
            if new:
                self._restore(paths, before)
            raise
        return self._read("rev-parse", "--verify", "HEAD").decode().strip()

    def changed(self, commit: str) -> list[str]:
        """Return the paths in which a commit differs from its first parent."""
        options = ("-r", "-z", "--root", "--no-commit-id", "--name-only", "--no-renames")
        listing = self._read("diff-tree", *options, "--no-ext-diff", "--no-textconv", commit)
        return os.fsdecode(listing).split("\0")[:-1]

    def message(self, commit: str) -> str:
        """Return a commit's message, which a hook may have changed."""
        content = self._read("cat-file", "commit", commit).decode("utf-8", "replace")
        return content.partition("\n\n")[2]

    @cached_property
    def _settings(self) -> Settings:
        if self.typed:
            return AS_TYPED
        return careful_settings(self.root, configured_hooks(self.configuration))

    @cached_property
    def _manner(self) -> Manner:
        return as_typed() if self.typed else careful()

    def _read(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        return run(self.root, arguments, self._settings, stdin, self._manner)

    def _write(
        self,
        arguments: Sequence[str],
        stdin: bytes,
        on_line: OnLine | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        write(self.root, arguments, self._settings, self._manner, stdin, on_line, cancelled)

    def _restore(self, paths: Sequence[str], before: dict[str, list[Entry]]) -> None:
        """Put the index's entries of these paths back; a failure leaves new files announced."""
        nothing = "0" * (40 if self.repository.object_format == "sha1" else 64)
        lines = [f"0 {nothing}\t{path}" for path in paths if path not in before]
        lines += [
            f"{entry.mode:o} {entry.blob} {entry.stage}\t{path}"
            for path, entries in before.items()
            for entry in entries
        ]
        settings = careful_settings(self.root, configured_hooks(self.configuration))
        given = os.fsencode("".join(f"{line}\0" for line in lines))
        try:
            write(
                self.root, ("update-index", "-z", "--index-info"), settings, careful(), stdin=given
            )
        except GitError:  # another process holds the index, and what is wrong is being said
            return


def _literal(path: str) -> str:
    return f":(literal){path}"


def _listed(paths: Iterable[str]) -> bytes:
    return os.fsencode("".join(f"{_literal(path)}\0" for path in paths))


def _chunks(paths: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(paths)
    while some := list(islice(rest, _AT_A_TIME)):
        yield some


def _exists(path: os.PathLike[str]) -> bool:
    return os.path.lexists(path)
