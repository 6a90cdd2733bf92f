"""Say that files of a repository may have changed, and which: the only door to watchdog.

    with Watcher(root, scope) as watcher:
        for changes in watcher:
            ...  # walk again: what the walk finds is the truth, ``changes`` is why to look

Nothing is lost in silence. When the system dropped events, ``changes.everything`` says so; when it
cannot watch all folders, they are compared every few seconds and ``watcher.note`` tells the person.
"""

from repoctx.watch.changes import Changes, Scope
from repoctx.watch.watcher import Watcher

__all__ = ["Changes", "Scope", "Watcher"]
