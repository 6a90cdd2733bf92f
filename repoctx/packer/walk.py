"""Find every file of a repository and name its content: the first stage of packing.

In git these are the index and the untracked files that are not ignored, or a revision's tree;
elsewhere all that .gitignore leaves. A ``.repoctxignore`` at the root narrows each of them.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from repoctx.errors import RepoctxError, UsageError
from repoctx.files import (
    Beneath,
    HashName,
    MissingError,
    Signature,
    blob_id,
    file_signature,
)
from repoctx.git import GITLINK, Entry, Repository, find_repository
from repoctx.packer.ignore import Rules
from repoctx.packer.kinds import HEAD, Kind, kind_of, refine_kind
from repoctx.packer.snapshot import SYMLINK, Omission, Snapshot, SourceFile
from repoctx.packer.unversioned import unversioned_files

__all__ = [
    "HEAD",
    "SYMLINK",
    "FileMemory",
    "Kind",
    "Omission",
    "Snapshot",
    "SourceFile",
    "kind_of",
    "refine_kind",
    "walk",
]

IGNORE_FILE = ".repoctxignore"

_SETTLED = 2_000_000_000
"""Nanoseconds. A younger file may change again within one tick of the file system's clock (2 s on
FAT) and keep its signature, so its content is not remembered: git calls such a file racily clean.
"""

Known = Mapping[str, tuple[Signature, str]]
"""What each path's signature and blob were."""


class FileMemory(Protocol):
    """What remembers file signatures from one walk to the next: the index."""

    def known_files(self) -> dict[str, tuple[Signature, str]]:
        """Return the signature and blob of each path at the last walk."""

    def remember_files(self, files: Mapping[str, tuple[Signature, str]]) -> None:
        """Replace what ``known_files`` returns."""


def walk(
    folder: Path,
    index: FileMemory | None = None,
    *,
    rev: str | None = None,
    named: Set[str] = frozenset(),
) -> Snapshot:
    """Return every file of the repository that the folder is in, or of the folder outside git.

    With ``rev`` the files are those of that revision. With an index, a file whose signature is
    known is not read. A path that is ``named`` is among the files although it is ignored. Raises
    UsageError when the folder or the revision does not exist, and whatever ``find_repository``
    finds wrong with the repository.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    repository = find_repository(folder)
    if rev is not None:
        return _walk_revision(folder, repository, rev, named)
    root = repository.root if repository else folder.resolve()
    known = {} if index is None else index.known_files()
    with Beneath(root) as disk:
        survey = _Survey(root, disk, _object_format(repository), known, named)
        if repository:
            _visit_repository(survey, repository)
        else:
            for found in unversioned_files(root):
                survey.visit(found) if isinstance(found, str) else survey.omit(found)
        survey.visit_named()
    if index is not None and survey.settled != known:
        index.remember_files(survey.settled)
    return survey.snapshot(repository)


def _visit_repository(survey: _Survey, repository: Repository) -> None:
    absent: list[Entry] = []
    tracked = {entry.path: entry for entry in repository.tracked()}  # a conflict's stages are one
    for path, entry in tracked.items():
        if entry.mode == GITLINK:
            survey.omit(Omission(path, "submodule"))
        elif not survey.visit(path) and entry.sparse:
            absent.append(entry)
    untracked, closed = repository.untracked_and_closed()
    for path in closed:
        survey.omit(Omission(path, "cannot be listed"))
    for path in untracked:
        if path.endswith("/"):
            survey.omit(Omission(path[:-1], "another repository inside this one"))
        elif path not in tracked:
            survey.visit(path)
    if absent:
        sizes = repository.blob_sizes(entry.blob for entry in absent)
        survey.store(replace(entry, size=sizes.get(entry.blob)) for entry in absent)


def _walk_revision(
    folder: Path, repository: Repository | None, rev: str, named: Set[str]
) -> Snapshot:
    if repository is None:
        raise UsageError(f"{folder} is not in a git repository, so it has no revision {rev!r}")
    entries = repository.tree(rev)
    with Beneath(repository.root) as disk:
        survey = _Survey(repository.root, disk, repository.object_format, {}, named)
    for entry in entries:
        # Its own rules, besides today's, which hold for old revisions too.
        if entry.path == IGNORE_FILE and entry.size is not None:
            survey.add_rules(next(repository.read_blobs([entry.blob])))
    survey.store(entries)
    return survey.snapshot(repository)


def _object_format(repository: Repository | None) -> HashName:
    return repository.object_format if repository else "sha1"


class _Survey:
    """Gathers files and omissions, each path looked at once."""

    def __init__(
        self, root: Path, disk: Beneath, algorithm: HashName, known: Known, named: Set[str]
    ) -> None:
        self._root = root
        self._named = named
        self._prefix = f"{root}/"
        self._disk = disk
        self._algorithm: HashName = algorithm
        self._known = known
        self._before = time.time_ns() - _SETTLED
        self._real_folders = {"": True}
        self._rules: list[Rules] = []
        self._files: list[SourceFile] = []
        self._omitted: list[Omission] = []
        self._stored: set[str] = set()
        self.settled: dict[str, tuple[Signature, str]] = {}
        """What an index may remember of the files visited."""
        with suppress(MissingError):
            self.add_rules(disk.read(IGNORE_FILE))

    def add_rules(self, content: bytes) -> None:
        """Leave out what this text in the syntax of .gitignore names."""
        self._rules.append(Rules(IGNORE_FILE, content))

    def omit(self, omission: Omission) -> None:
        """Say that a path is left out."""
        self._omitted.append(omission)

    def snapshot(self, repository: Repository | None) -> Snapshot:
        """Return all that was gathered."""
        files = tuple(sorted(self._files, key=attrgetter("path")))
        omitted = tuple(sorted(self._omitted, key=attrgetter("path")))
        return Snapshot(self._root, files, omitted, repository, frozenset(self._stored))

    def store(self, entries: Iterable[Entry]) -> None:
        """Add files whose content is in git's database; ``size`` says whether it is."""
        for entry in entries:
            if entry.mode == GITLINK:
                self.omit(Omission(entry.path, "submodule"))
            elif entry.size is None:
                self.omit(Omission(entry.path, "its content is not in this clone"))
            elif self._is_welcome(entry.path):
                kind = kind_of(entry.path)
                file = SourceFile(entry.path, entry.blob, entry.size, entry.mode, kind)
                self._files.append(file)
                self._stored.add(entry.path)

    def visit_named(self) -> None:
        """Add the named paths that the walk did not come to, because git ignores them."""
        seen = {file.path for file in self._files} | {omission.path for omission in self._omitted}
        for path in sorted(self._named - seen):
            self.visit(path)

    def visit(self, path: str) -> bool:
        """Add what is on disk; False when nothing is, a deletion that is not committed yet."""
        try:
            status = self._status(path)
            if status is None or stat.S_ISDIR(status.st_mode):
                return False
            if self._is_welcome(path):
                self._add(path, status)
        except MissingError:  # deleted between the look and the read
            return False
        except OSError as error:
            self.omit(Omission(path, f"cannot be read: {error.strerror}"))
        except RepoctxError as error:
            self.omit(Omission(path, error.message))
        return True

    def _add(self, path: str, status: os.stat_result) -> None:
        mode = _git_mode(status.st_mode)
        if mode is None:
            self.omit(Omission(path, "not a regular file: a FIFO, a socket or a device"))
            return
        blob = self._blob(path, status, mode)
        self._files.append(SourceFile(path, blob, status.st_size, mode, kind_of(path)))

    def _blob(self, path: str, status: os.stat_result, mode: int) -> str:
        signature = file_signature(status)
        before = self._known.get(path)
        if before is not None and before[0] == signature:
            self.settled[path] = before
            return before[1]
        if mode == SYMLINK:
            blob = blob_id(self._disk.read_link(path), self._algorithm)
        else:
            blob = self._disk.blob(path, self._algorithm)
        if max(status.st_mtime_ns, status.st_ctime_ns) < self._before:
            self.settled[path] = (signature, blob)
        return blob

    def _is_welcome(self, path: str) -> bool:
        if _is_forged(path):
            self.omit(Omission(path, "not a path that git would write"))
        elif path not in self._named and any(rules.verdict(path) for rules in self._rules):
            self.omit(Omission(path, f"excluded by {IGNORE_FILE}"))
        else:
            return True
        return False

    def _status(self, path: str) -> os.stat_result | None:
        """Return the lstat of a path, or None when a link has taken the place of its folder."""
        if not self._is_real(path.rpartition("/")[0]):
            return None
        try:
            return os.lstat(self._prefix + path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _is_real(self, folder: str) -> bool:
        """True for a folder below the root that no symbolic link is part of."""
        unknown = []
        while folder not in self._real_folders:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        real = self._real_folders[folder]
        for folder in reversed(unknown):
            real = real and _is_folder(self._prefix + folder)
            self._real_folders[folder] = real
        return real


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _is_forged(path: str) -> bool:
    """True for a path that only a hostile index or tree holds, such as ``.git/config``."""
    slashed = f"/{path.lower()}/"
    return "/.git/" in slashed or "/../" in slashed or "/./" in slashed or "//" in slashed


def _git_mode(mode: int) -> int | None:
    """Return git's mode for a file of this st_mode; None when git cannot hold it."""
    if stat.S_ISLNK(mode):
        return SYMLINK
    if not stat.S_ISREG(mode):
        return None
    return 0o100755 if mode & stat.S_IXUSR else 0o100644
