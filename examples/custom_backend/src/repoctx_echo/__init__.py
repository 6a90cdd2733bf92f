"""A backend that repeats the question and counts what it was given.

A backend has one method. ``create`` is named by the entry point in ``pyproject.toml``; once the
package is installed, ``repoctx ask "…" --backend echo`` finds it.
"""

from collections.abc import Iterator

from repoctx.backends.base import Backend, BackendSettings, Request
from repoctx.events import Event, TextDelta, Usage


class EchoBackend:
    """Answers with the question."""

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield the question in pieces, then what was counted."""
        characters = sum(len(chunk) for chunk in request.context.chunks())
        yield TextDelta(f"You sent {characters} characters of repository and asked:\n\n")
        for line in request.question.splitlines(keepends=True):
            yield TextDelta(f"> {line}")
        yield Usage(input=request.context.tokens, output=0, reported=False)


def create(settings: BackendSettings) -> Backend:
    """Make the backend; ``settings`` holds the model, the endpoint and the key."""
    return EchoBackend()
