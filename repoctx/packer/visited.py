"""Which folders a walk never enters, so that nobody needs to watch them."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from repoctx.git import GITLINK, Repository, find_repository
from repoctx.packer.unversioned import ignored_folders
from repoctx.watch import Scope


def walk_scope(root: Path, named: Set[str] = frozenset()) -> Scope:
    """Return what must be watched to know when a walk of ``root`` would find something else.

    Files that are ``named``, as for ``walk``, are visited even where everything is ignored. Raises
    what ``find_repository`` finds wrong with the repository.
    """
    repository = find_repository(root)
    skipped = set(ignored_folders(root)) if repository is None else _skipped(repository)
    needed = {folder for folder in skipped if any(path.startswith(folder) for path in named)}
    return Scope(frozenset(skipped - needed), repository.git_folder if repository else None)


def _skipped(repository: Repository) -> set[str]:
    """Ignored folders, submodules, and other repositories inside this one."""
    modules = (f"{entry.path}/" for entry in repository.tracked() if entry.mode == GITLINK)
    inside = (path for path in repository.untracked() if path.endswith("/"))
    return {*repository.ignored_folders(), *modules, *inside}
