"""Copies of the repository's files, made only for the sandbox and removed with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from repoctx.errors import RefusedError, RepoctxError
from repoctx.packer.walk import SYMLINK, Snapshot

LARGEST_COPY = 200 << 20
"""Bytes of files copied at most; a larger repository is refused."""
_LARGEST_FILE = 20 << 20
"""Bytes; a larger file is left out, as data that a unit test seldom needs."""


class Files:
    """The snapshot's files on disk, as a master from which each run gets its own copy."""

    def __init__(self, snapshot: Snapshot, master: Path) -> None:
        self._master = master
        chosen = [file for file in snapshot.files if file.size <= _LARGEST_FILE]
        if sum(file.size for file in chosen) > LARGEST_COPY:
            raise RefusedError(
                f"{snapshot.root} is too large to copy into the sandbox (over 200 MB)."
            )
        for file, content in snapshot.read_all(chosen):
            target = master / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.mode == SYMLINK:
                os.symlink(content, os.fsencode(target))
            else:
                target.write_bytes(content)
                target.chmod(0o755 if file.mode & 0o100 else 0o644)

    @contextlib.contextmanager
    def copy(self, changed: Mapping[str, str] | None = None) -> Iterator[Path]:
        """Give a copy of all files, some with another text; it is removed at the end."""
        folder = Path(tempfile.mkdtemp(prefix="repoctx-scratch-"))
        try:
            shutil.copytree(self._master, folder, symlinks=True, dirs_exist_ok=True)
            for path, text in (changed or {}).items():
                (folder / path).write_bytes(text.encode("utf-8"))
            yield folder
        finally:
            _remove(folder)


@contextlib.contextmanager
def scratch_files(snapshot: Snapshot) -> Iterator[Files]:
    """Copy the snapshot's files; the copy is removed at the end. Raises ``RefusedError``."""
    master = Path(tempfile.mkdtemp(prefix="repoctx-files-"))
    try:
        yield Files(snapshot, master)
    except OSError as error:
        raise RepoctxError(f"The files could not be copied: {error}.") from error
    finally:
        _remove(master)


def _remove(folder: Path) -> None:
    """Remove a folder that hostile code may have written: it may have taken our rights to it."""
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                os.chmod(os.path.join(parent, name), 0o700, follow_symlinks=False)
    shutil.rmtree(folder, ignore_errors=True)
