"""Import GitPython when git is first needed, and so that this alone runs nothing unasked."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from git.cmd import Git

_LOADING = threading.Lock()
"""GitPython looks for git at the end of its import. Until then a second thread that imports it gets
a class which knows no program."""


def load(hides: Callable[[str], bool]) -> type[Git]:
    """Return GitPython's class, imported without the hidden variables; ImportError without git.

    Its import asks git for the version, which would write where the caller's GIT_TRACE says.
    """
    with _LOADING, _without(hides):
        from git import Git

        return Git


@contextmanager
def _without(hides: Callable[[str], bool]) -> Iterator[None]:
    names = () if "git" in sys.modules else tuple(filter(hides, os.environ))
    hidden = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(hidden)
