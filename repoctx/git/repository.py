"""Ask a repository what it tracks, what it holds and what happened in it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Container, Generator, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Literal

from repoctx.errors import RepoctxError, UsageError
from repoctx.git.process import GitError, Process, Settings, run, settings_for

ObjectFormat = Literal["sha1", "sha256"]
"""The hash that names a repository's objects."""

GITLINK = 0o160000
"""The mode of a submodule; its "blob" is a commit of another repository."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A path in the index or in a tree."""

    path: str
    """Bytes decoded with surrogateescape."""
    mode: int
    """Git's: 0o100644, 0o100755, 0o120000 for a symbolic link, or GITLINK."""
    blob: str
    stage: int = 0
    """1 to 3 in a conflict (base, ours, theirs), else 0."""
    sparse: bool = False
    """True when a sparse checkout leaves the file out of the working tree."""
    size: int | None = None
    """Bytes; None in the index, for a submodule, and for a blob that this clone lacks."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and the paths it changed; a merge has none: the commits it joins have them."""

    id: str
    time: int
    """The committer's, in seconds since 1970."""
    message: str
    paths: tuple[str, ...]


class Repository:
    """A repository with a working tree. It holds no process and no lock, so it may live long."""

    def __init__(self, root: Path, git_folder: Path, object_format: ObjectFormat = "sha1") -> None:
        self.root = root
        """The top of the working tree, without symbolic links."""
        self.git_folder = git_folder
        self.object_format: ObjectFormat = object_format
        self._settings: Settings = settings_for(root)

    def head(self) -> str | None:
        """Return the id of HEAD's commit; None before the first commit."""
        return self.commit_id("HEAD")

    def commit_id(self, rev: str) -> str | None:
        """Return the id of the commit that a revision names; None when there is no such."""
        if not rev or rev.startswith("-") or "\0" in rev:
            raise UsageError(f"{rev!r} is not the name of a revision")
        try:
            answer = self._run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
        except GitError:
            return None
        return answer.decode().strip()

    def tracked(self) -> list[Entry]:
        """Return the index in its order; a path in conflict stands once for each stage."""
        listing = self._run("ls-files", "-z", "-t", "--cached", "--stage")
        return [index_entry(line) for line in _split(listing)]

    def untracked(self) -> list[str]:
        """Return the paths neither tracked nor ignored; a repository inside ends in ``/``."""
        return self.untracked_and_closed()[0]

    def untracked_and_closed(self) -> tuple[list[str], list[str]]:
        """Return what ``untracked`` does, and the folders that git was not allowed to list."""
        command = ("ls-files", "-z", "--others", "--exclude-standard")
        with Process(self.root, command, self._settings) as process:
            listing, warnings = process.finish()
        return _split(listing), _CLOSED.findall(warnings)

    def ignored_folders(self) -> list[str]:
        """Return the folders in which git ignores all that there is or may be; each ends in ``/``.

        One that only happens to hold nothing but ignored files is not among them.
        """
        options = ("--ignored", "--exclude-standard", "--directory")
        listing = _split(self._run("ls-files", "-z", "--others", *options))
        # Without "./" a name like ":!x" would be a pattern; check-ignore takes none literally.
        folders = "".join(f"./{path}\0" for path in listing if path.endswith("/"))
        try:
            told = _split(self._run("check-ignore", "-z", "--stdin", stdin=os.fsencode(folders)))
        except GitError as error:
            if error.complaint:  # without a word it says that none is ignored
                raise
            return []
        return [path.removeprefix("./") for path in told]

    def tree(self, rev: str) -> list[Entry]:
        """Return every file of a revision, with its size; UsageError when there is no such."""
        commit = self.commit_id(rev)
        if commit is None:
            raise UsageError(
                f"{self.root}: there is no revision {rev!r}", "git log shows the commits"
            )
        listing = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        return [_tree_entry(line) for line in _split(listing)]

    def blob_sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the size in bytes of each blob that this clone has."""
        asked = "".join(f"{blob}\n" for blob in ids).encode()
        form = "--batch-check=%(objectname) %(objectsize)"
        answers = (line.split() for line in self._run("cat-file", form, stdin=asked).splitlines())
        return {blob.decode(): int(size) for blob, size in answers if size.isdigit()}

    def read_blobs(self, ids: Iterable[str]) -> Generator[bytes, None, None]:
        """Yield the content of each blob, in order; one process, one blob in memory."""
        with self.blobs() as blobs:
            for blob in ids:
                yield blobs.read(blob)

    def blobs(self) -> BlobReader:
        """Return a reader of blobs, for use in a ``with`` or to be closed."""
        return BlobReader(self.root, self._settings)

    def ancestors(self, limit: int, rev: str = "HEAD") -> list[str]:
        """Return the ids of at most ``limit`` commits reachable from ``rev``, newest first."""
        commit = self.commit_id(rev)
        if commit is None:
            return []
        return self._run("rev-list", f"--max-count={limit}", commit, "--").decode().split()

    def first_parents(self, limit: int, rev: str = "HEAD") -> list[str]:
        """Return the ids of at most ``limit`` commits of the main line, newest first."""
        commit = self.commit_id(rev)
        if commit is None:
            return []
        listing = self._run("rev-list", "--first-parent", f"--max-count={limit}", commit, "--")
        return listing.decode().split()

    def commits(
        self, limit: int, rev: str = "HEAD", known: Container[str] = ()
    ) -> Generator[Commit, None, None]:
        """Yield those of the ``ancestors`` whose ids are not known; none if ``rev`` is unborn."""
        ids = [commit for commit in self.ancestors(limit, rev) if commit not in known]
        if not ids:
            return
        with tempfile.TemporaryFile() as chosen:
            chosen.write("".join(f"{commit}\n" for commit in ids).encode())
            chosen.seek(0)
            with Process(self.root, _COMMITS, self._settings, chosen) as process:
                yield from _commits(_tokens(process.output()))
                process.check()

    def _run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        return run(self.root, arguments, self._settings, stdin)


class MissingBlobError(RepoctxError):
    """This clone does not have the blob: it is partial, or damaged."""


class BlobReader:
    """Reads blobs through one long-lived git process, which starts with the first read."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._settings = settings
        self._lock = threading.Lock()
        self._process: Process | None = None

    def __enter__(self) -> BlobReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later read starts another."""
        with self._lock:
            self._end()

    def read(self, blob: str) -> bytes:
        """Return a blob's content; MissingBlobError when this clone does not have it."""
        with self._lock:
            try:
                return self._ask(blob)
            except MissingBlobError:
                raise
            except BaseException:  # the pipe may hold half an answer
                self._end()
                raise

    def _ask(self, blob: str) -> bytes:
        if not blob.isalnum():
            raise UsageError(f"{blob!r} is not the id of a blob")
        if self._process is None:
            command = ("cat-file", "--batch")
            self._process = Process(self._root, command, self._settings, subprocess.PIPE)
            self._answers = self._process.output()
        self._process.send(f"{blob}\n".encode())
        header = self._answers.readline().split()
        if header[1:] == [b"missing"]:
            raise MissingBlobError(f"this clone does not have the blob {blob}")
        size = int(header[2]) if len(header) == 3 else -1
        content = self._answers.read(size + 1)  # and the newline after it
        if len(content) != size + 1 or size < 0:
            self._process.check()
            raise RepoctxError(f"git stopped while it read the blob {blob}", "git fsck")
        return content[:-1]

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None


_CLOSED = re.compile(r"warning: could not open directory '(.*)/': ")

# With --raw every path follows a token that starts with a colon, so that no file name and no
# message can pass for the next commit.
_COMMITS = (
    *("diff-tree", "--stdin", "--root", "--always", "-r", "-z", "--raw"),
    *("--no-renames", "--no-ext-diff", "--no-textconv", "--format=%H%x00%ct%x00%B%x00"),
)


def _commits(tokens: Iterator[bytes]) -> Iterator[Commit]:
    token = next(tokens, b"")
    while token:
        commit, time = token.decode(), int(next(tokens))
        message = os.fsdecode(next(tokens)).strip("\n")
        next(tokens)  # the empty one that ends the format
        paths = []
        while (token := next(tokens, b"")).lstrip(b"\n").startswith(b":"):
            paths.append(os.fsdecode(next(tokens)))
        yield Commit(commit, time, message, tuple(paths))


def _tokens(stream: BufferedReader) -> Iterator[bytes]:
    """Yield what stands before each NUL of the stream; linear also for a huge message."""
    pending: list[bytes] = []
    while piece := stream.read1(1 << 16):
        first, *others = piece.split(b"\0")
        pending.append(first)
        for token in others:
            yield b"".join(pending)
            pending = [token]


def _split(listing: bytes) -> list[str]:
    return os.fsdecode(listing).split("\0")[:-1]


def index_entry(line: str) -> Entry:
    """Read ``H 100644 <blob> 0<tab>path``; the tag S says that the checkout skips the file."""
    fields, path = line.split("\t", 1)
    tag, mode, blob, stage = fields.split(" ")
    return Entry(path, int(mode, 8), blob, int(stage), sparse=tag == "S")


def _tree_entry(line: str) -> Entry:
    """Read ``100644 blob <blob>    <size><tab>path``; the size of a submodule is ``-``."""
    fields, path = line.split("\t", 1)
    mode, _, blob, size = fields.split()
    return Entry(path, int(mode, 8), blob, size=int(size) if size.isdigit() else None)
