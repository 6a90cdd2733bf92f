"""The only door to git: plumbing that runs no program a repository names.

``process`` starts git in an environment that a hostile repository cannot use, ``discovery`` finds
the repository of a folder, ``repository`` asks it questions.
"""

from repoctx.git.discovery import find_repository
from repoctx.git.repository import GITLINK, BlobReader, Commit, Entry, MissingBlobError, Repository

__all__ = [
    "GITLINK",
    "BlobReader",
    "Commit",
    "Entry",
    "MissingBlobError",
    "Repository",
    "find_repository",
]
