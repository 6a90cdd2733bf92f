"""One git commit of just the files of a change, in each repository that it touches.

Everything is checked in all repositories before the first commit is made. Whatever is staged or
changed besides stays as it is. Hooks, filters and signatures that the person's git would run are
run only when the person's own settings say so, and are never left out in silence.
"""

from repoctx.committing.checks import Hooks
from repoctx.committing.making import check_versioned, commit_changes
from repoctx.committing.message import commit_message

__all__ = ["Hooks", "check_versioned", "commit_changes", "commit_message"]
