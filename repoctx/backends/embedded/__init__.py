"""The backend that needs no model: quotations from the repository, and repairs found by search.

It is the default when nothing is configured, and says so. It has no network and no key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator

from repoctx.backends.base import BackendError, BackendSettings, Request, Workspace
from repoctx.errors import RefusedError
from repoctx.events import Event, FirstToken, Notice, TextDelta, Usage
from repoctx.roots import Root

HONEST = (
    "No language model is configured. I can find and quote code, and search for small edits that"
    " make a failing check pass. I do not understand the request."
)

_READ = 500
"""Characters of a question that are looked up when the output of a check follows it."""


def create(settings: BackendSettings) -> EmbeddedBackend:
    """Return the backend; of the settings nothing is needed."""
    return EmbeddedBackend()


class EmbeddedBackend:
    """Answers by quotation, or by a repair when a check fails."""

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield a Notice, then progress and the answer; raises ``CancelledError``."""
        if request.workspace is None:
            raise BackendError(
                "The embedded backend needs the repository itself, not only its text.",
                "ask in a repository's folder",
            )
        began = time.monotonic()
        yield Notice(HONEST)
        text = yield from _reply(request, request.workspace)
        yield FirstToken(time.monotonic() - began)
        yield TextDelta(text)
        yield Usage(0, 0, reported=False)


def _reply(request: Request, workspace: Workspace) -> Generator[Event, None, str]:
    # Imported here: the packer and the sandbox are not needed to list the backends.
    from repoctx.backends.embedded.answer import answer
    from repoctx.backends.embedded.repair import SECONDS, Repair
    from repoctx.packer.joined import walk_roots
    from repoctx.packer.walk import walk
    from repoctx.sandbox import confinement

    roots = workspace.roots or (Root(workspace.root),)
    refusal = ""
    if workspace.check is not None:
        seconds = min(request.limits.seconds or SECONDS, SECONDS)
        cancelled = _cancelled(request)
        try:
            prefix = next(root.prefix for root in roots if root.path == workspace.root)
            snapshot = walk(workspace.root)
            repair = Repair(snapshot, workspace.check, confinement(), cancelled, seconds, prefix)
            return (yield from repair.run())
        except RefusedError as error:
            refusal = f"I did not search for a repair. {error}\n\n"
    asked = request.question[:_READ] if refusal else request.question
    snapshot = walk_roots(roots, listed=workspace.listed)
    return refusal + answer(snapshot, workspace.cache, asked)


def _cancelled(request: Request) -> Callable[[], bool]:
    return lambda: request.cancellation.thrown
