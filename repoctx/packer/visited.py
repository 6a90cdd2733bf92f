"""Which folders a walk never enters, so that nobody needs to watch them."""

from __future__ import annotations

from pathlib import Path

from repoctx.git import GITLINK, Repository, find_repository
from repoctx.packer.unversioned import ignored_folders
from repoctx.watch import Scope


def walk_scope(root: Path) -> Scope:
    """Return what must be watched to know when a walk of ``root`` would find something else.

    Raises what ``find_repository`` finds wrong with the repository.
    """
    repository = find_repository(root)
    if repository is None:
        return Scope(frozenset(ignored_folders(root)))
    return Scope(frozenset(_skipped(repository)), repository.git_folder)


def _skipped(repository: Repository) -> set[str]:
    """Ignored folders, submodules, and other repositories inside this one."""
    modules = (f"{entry.path}/" for entry in repository.tracked() if entry.mode == GITLINK)
    inside = (path for path in repository.untracked() if path.endswith("/"))
    return {*repository.ignored_folders(), *modules, *inside}
