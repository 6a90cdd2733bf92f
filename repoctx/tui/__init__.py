"""The terminal application: the session's events, drawn, and its review, decided.

Nothing is known here that the command line does not know: widgets draw values of the layers below
and post messages; a thread runs the session and only posts messages too.
"""

from __future__ import annotations

from repoctx.tui.desk import Desk

__all__ = ["Desk", "run"]


def run(desk: Desk, question: str = "") -> int:
    """Open the application, ask the question if there is one, and return the exit code.

    A defect is raised once the screen is as it was.
    """
    from repoctx.tui.app import RepoctxApp

    app = RepoctxApp(desk, question)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
