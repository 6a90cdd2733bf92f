"""The only door to running a command: the user's own check as it is, anything else confined.

``run_check`` runs what the user typed, plainly, and ``edit`` their editor. Mutated or
model-written code runs only through ``confinement()``: a copy of the files, no network, no home,
no rights, bounded in every way; where that cannot be had it raises ``RefusedError`` and never
degrades.
"""

from repoctx.sandbox.bounds import Bounds
from repoctx.sandbox.command import CommandResult
from repoctx.sandbox.confinement import confinement, run
from repoctx.sandbox.editor import edit, editor
from repoctx.sandbox.job import Confinement, Job
from repoctx.sandbox.plain import run_check
from repoctx.sandbox.process import Confined

__all__ = [
    "Bounds",
    "CommandResult",
    "Confined",
    "Confinement",
    "Job",
    "confinement",
    "edit",
    "editor",
    "run",
    "run_check",
]
