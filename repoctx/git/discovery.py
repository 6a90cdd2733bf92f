"""Find the repository that a folder is in, and say clearly when it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from repoctx.errors import RefusedError, RepoctxError, UsageError
from repoctx.git.process import GitError, run
from repoctx.git.repository import ObjectFormat, Repository

_QUESTIONS = (
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--show-object-format",
    "--show-cdup",  # the way up to the top, not its name, which may hold a newline
    "--absolute-git-dir",
)


def find_repository(folder: Path) -> Repository | None:
    """Return the repository whose working tree the folder is in; None outside of any.

    Raises UsageError for a bare repository or a folder inside ``.git``, RefusedError for a
    repository that another user owns or whose configuration moves its working tree elsewhere, and
    RepoctxError when it is damaged or git is missing.
    """
    folder = Path(os.path.realpath(folder))
    marks = [above for above in _searched(folder) if _looks_like_git(above)]
    if not marks:
        return None  # without loading GitPython or starting git
    try:
        answers = os.fsdecode(run(folder, ("rev-parse", *_QUESTIONS))).split("\n", 4)
    except GitError as error:
        _explain(folder, marks[0], error)
        return None
    bare, inside, object_format, way_up, rest = answers
    if bare == "true" or inside != "true":
        raise _no_working_tree(folder)
    root, git_folder = Path(os.path.realpath(folder / way_up)), Path(rest.removesuffix("\n"))
    if not _belongs(root, git_folder):
        raise RefusedError(
            f"the configuration in {git_folder} makes another folder its working tree: {root}",
            "remove core.worktree from it if you did not set it",
        )
    return Repository(root, git_folder, cast(ObjectFormat, object_format))


def _searched(folder: Path) -> list[Path]:
    """Return the folders in which git would look for a repository, the nearest first."""
    named = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(":")
    ceilings = {os.path.realpath(ceiling) for ceiling in named if ceiling}
    above = list(folder.parents)
    end = next((i for i, parent in enumerate(above) if str(parent) in ceilings), len(above))
    return [folder, *above[:end]]


def _looks_like_git(folder: Path) -> bool:
    if os.path.lexists(folder / ".git"):
        return True
    return all(os.path.lexists(folder / name) for name in ("HEAD", "objects", "refs"))


def _explain(folder: Path, mark: Path, error: GitError) -> None:
    """Raise what the person should know of git's refusal; return when there is no repository."""
    complaint = error.complaint
    if "detected dubious ownership" in complaint:
        raise RefusedError(
            f"git does not trust {mark}: another user owns it",
            f"if you trust it: git config --global --add safe.directory {mark}",
        ) from error
    if "cannot use bare repository" in complaint or "must be run in a work tree" in complaint:
        raise _no_working_tree(folder) from error
    if "not a git repository" not in complaint:
        raise error
    if not _is_empty_folder(mark / ".git"):
        raise RepoctxError(
            f"{mark / '.git'} is damaged: git does not see a repository there",
            "repair it, or move it away to read the folder without git",
        ) from error


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _no_working_tree(folder: Path) -> UsageError:
    return UsageError(
        f"{folder} is in a bare repository or inside .git: there are no files to read",
        "clone the repository, or name a folder of its working tree",
    )


def _belongs(root: Path, git_folder: Path) -> bool:
    """True when the root's own ``.git`` is this repository.

    A hostile ``core.worktree`` would make any folder, such as the home folder, the working tree.
    """
    mark = root / ".git"
    if mark.is_dir():
        return mark.samefile(git_folder)
    try:
        named = os.fsdecode(mark.read_bytes()).removeprefix("gitdir:").strip()
        return (root / named).samefile(git_folder)
    except OSError:
        return False
