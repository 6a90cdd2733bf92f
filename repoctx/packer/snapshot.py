"""The files of a repository at one moment, and their content as it was then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Snapshot:
    """Every file, sorted by path, and every path that was left out."""

    root: Path
    files: tuple[SourceFile, ...]
    omitted: tuple[Omission, ...] = ()
    repository: Repository | None = None
    """None outside git."""
    stored: frozenset[str] = frozenset()
    """Paths whose content is in git's database, not on disk: a revision's, or a sparse one's."""

    @cached_property
    def by_path(self) -> dict[str, SourceFile]:
        """Each file by its path."""
        return {file.path: file for file in self.files}

    def read(self, file: SourceFile) -> bytes:
        """Return the file's bytes; RepoctxError when they are no longer what the walk saw."""
        with Beneath(self.root) as disk:
            return self._verified(disk, file)

    def read_all(self, files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, bytes]]:
        """Yield each file with its bytes, in the order given; fastest in path order."""
        with Beneath(self.root) as disk:
            for file in files:
                yield file, self._verified(disk, file)

    def _verified(self, disk: Beneath, file: SourceFile) -> bytes:
        content = self._content(disk, file)
        if blob_id(content, self._object_format) != file.blob:
            raise RepoctxError(f"{file.path} changed while it was read", "try again")
        return content

    def close(self) -> None:
        """End the git process that stored contents came from; a later read starts another."""
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
