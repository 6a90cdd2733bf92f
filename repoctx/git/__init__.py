"""The only door to git: nothing here runs a program that a repository names, with one exception.

``process`` starts git in an environment that a hostile repository cannot use, ``discovery`` finds
the repository of a folder, ``repository`` asks it questions. ``committer`` makes a commit: with the
same care, or, when the person's own settings say so, as if they had typed it. ``programs`` finds
what that would run, ``writing`` starts a git that writes. ``gitpython`` imports the library that
starts the processes.
"""

from repoctx.git.committer import Committer, Version
from repoctx.git.discovery import find_repository
from repoctx.git.process import GitError
from repoctx.git.programs import Programs
from repoctx.git.repository import GITLINK, BlobReader, Commit, Entry, MissingBlobError, Repository
from repoctx.git.writing import OnLine

__all__ = [
    "GITLINK",
    "BlobReader",
    "Commit",
    "Committer",
    "Entry",
    "GitError",
    "MissingBlobError",
    "OnLine",
    "Programs",
    "Repository",
    "Version",
    "find_repository",
]
