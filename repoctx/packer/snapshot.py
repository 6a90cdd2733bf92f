"""The files of a repository at one moment, and their content as it was then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from repoctx.errors import RepoctxError
from repoctx.files import Beneath, HashName, blob_id
from repoctx.git import BlobReader, Repository
from repoctx.packer.kinds import Kind

SYMLINK = 0o120000
"""Git's mode of a symbolic link; its content is its target."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: where it is, and which content it has."""

    path: str
    """Relative to the root, ``/`` between parts, bytes decoded with surrogateescape."""
    blob: str
    """Git's id of the content in hex, the key of every cache; the same outside git."""
    size: int
    """Bytes."""
    mode: int
    """Git's: 0o100644, 0o100755, or SYMLINK."""
    kind: Kind
    """What the path suggests; ``refine_kind`` corrects it when the content is at hand."""


@dataclass(frozen=True, slots=True)
class Omission:
    """A path that is there but is not among the files, and why, in a few words."""

    path: str
    reason: str
    files: int = 1
    """How many it stands for, when the path is a folder and ends in ``/``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of several roots that are read as one."""

    prefix: str
    """What its paths carry in the whole, such as ``api/``."""
    snapshot: Snapshot
    """With the paths as they are in the root itself."""


@dataclass(frozen=True)
class Snapshot:
    """Every file, sorted by path, and every path that was left out."""

    root: Path
    """Of several roots the first."""
    files: tuple[SourceFile, ...]
    omitted: tuple[Omission, ...] = ()
    repository: Repository | None = None
    """None outside git."""
    stored: frozenset[str] = frozenset()
    """Paths whose content is in git's database, not on disk: a revision's, or a sparse one's."""
    parts: tuple[Part, ...] = ()
    """The roots, when there are several; then only they have a repository and stored paths."""
    partial: bool = False
    """True when a person listed the files, and there are more."""

    @cached_property
    def by_path(self) -> dict[str, SourceFile]:
        """Each file by its path."""
        return {file.path: file for file in self.files}

    def read(self, file: SourceFile) -> bytes:
        """Return the file's bytes; RepoctxError when they are no longer what the walk saw."""
        ((_, content),) = self.read_all((file,))
        return content

    def read_all(self, files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, bytes]]:
        """Yield each file with its bytes, in the order given; fastest in path order."""
        if self.parts:
            yield from self._read_parts(files)
            return
        with Beneath(self.root) as disk:
            for file in files:
                yield file, self._verified(disk, file)

    def _read_parts(self, files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, bytes]]:
        with ExitStack() as opened:
            disks = [opened.enter_context(Beneath(part.snapshot.root)) for part in self.parts]
            parts = list(zip(self.parts, disks, strict=True))
            for file in files:
                part, disk = next(one for one in parts if file.path.startswith(one[0].prefix))
                own = replace(file, path=file.path.removeprefix(part.prefix))
                yield file, part.snapshot._verified(disk, own)

    def _verified(self, disk: Beneath, file: SourceFile) -> bytes:
        content = self._content(disk, file)
        if blob_id(content, self._object_format) != file.blob:
            raise RepoctxError(f"{file.path} changed while it was read", "try again")
        return content

    def close(self) -> None:
        """End the git process that stored contents came from; a later read starts another."""
        for part in self.parts:
            part.snapshot.close()
        if "_blobs" in self.__dict__:
            self._blobs.close()

    def _content(self, disk: Beneath, file: SourceFile) -> bytes:
        if file.path in self.stored:
            return self._blobs.read(file.blob)
        return disk.read_link(file.path) if file.mode == SYMLINK else disk.read(file.path)

    @property
    def _object_format(self) -> HashName:
        return self.repository.object_format if self.repository else "sha1"

    @cached_property
    def _blobs(self) -> BlobReader:
        assert self.repository is not None  # only git stores a content that is not on disk
        return self.repository.blobs()
