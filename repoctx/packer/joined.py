"""Read several roots as one: each walked by its own rules and git, its paths behind a prefix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from operator import attrgetter

from repoctx.folders import cache_folder
from repoctx.packer.index import Index, open_index
from repoctx.packer.listed import located, narrowed
from repoctx.packer.snapshot import Omission, Part, Snapshot, SourceFile
from repoctx.packer.walk import walk
from repoctx.roots import Root


def walk_roots(
    roots: Sequence[Root],
    index: Index | None = None,
    *,
    rev: str | None = None,
    listed: Sequence[str] | None = None,
) -> Snapshot:
    """Return every file of the roots; when files are ``listed`` (absolute paths), only those.

    ``index`` remembers the files of a root that stands alone; each of several has its own, which
    packing it alone uses too. Raises UsageError when one of the roots or the revision in it does
    not exist, or a listed path lies outside or is missing.
    """
    names = None if listed is None else located(listed, roots)
    if len(roots) == 1:
        snapshot = walk(roots[0].path, index, rev=rev, named=_inside("", names))
    else:
        snapshot = _joined([_part(root, rev, _inside(root.prefix, names)) for root in roots])
        if index is not None and rev is None:
            _keep_facts(index, snapshot)
    return snapshot if names is None else narrowed(snapshot, names, rev)


def _inside(prefix: str, names: dict[str, str] | None) -> Set[str]:
    return {name.removeprefix(prefix) for name in names or () if name.startswith(prefix)}


def _part(root: Root, rev: str | None, named: Set[str]) -> Part:
    with open_index(cache_folder(root.path)) as index:
        return Part(root.prefix, walk(root.path, index, rev=rev, named=named))


def _joined(parts: Sequence[Part]) -> Snapshot:
    by_path = attrgetter("path")
    files = sorted((file for part in parts for file in _files(part)), key=by_path)
    omitted = sorted((omission for part in parts for omission in _omitted(part)), key=by_path)
    return Snapshot(parts[0].snapshot.root, tuple(files), tuple(omitted), parts=tuple(parts))


def _files(part: Part) -> Iterator[SourceFile]:
    for file in part.snapshot.files:
        yield replace(file, path=part.prefix + file.path)


def _omitted(part: Part) -> Iterator[Omission]:
    for omission in part.snapshot.omitted:
        yield replace(omission, path=part.prefix + omission.path)


def _keep_facts(index: Index, snapshot: Snapshot) -> None:
    """Say which contents are in use: the index forgets facts about others after a while."""
    unknown = ""
    index.remember_files({file.path: (unknown, file.blob) for file in snapshot.files})
