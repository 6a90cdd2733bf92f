"""What a backend is: one method from a request to a stream of events.

A third party's backend is a package with an entry point in the group ``repoctx.backends`` whose
target is a function ``create(settings: BackendSettings) -> Backend``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from repoctx.errors import RepoctxError
from repoctx.events import Event
from repoctx.roots import Root


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """What a person configured for a backend; a repository can set none of it."""

    model: str = ""
    base_url: str = ""
    """The endpoint of an OpenAI-compatible server; empty for the vendor's own."""
    api_key: str = field(default="", repr=False)
    command: tuple[str, ...] = ()
    """``exec``: the command and its arguments."""
    path: Path | None = None
    """``scripted``: the recording to play, or to write when ``record`` is set."""
    record: str = ""
    """``scripted``: the name of the backend whose replies are recorded."""
    timeout: float = 600.0
    """Seconds without a byte from the server before the request fails."""
    retries: int = 3
    """Further tries after a passing failure (429, 5xx, no connection) before any answer."""
    cache_lifetime: str = "5m"
    """How long Anthropic keeps what is marked: ``5m`` or ``1h``."""
    prime_cache: bool = False
    """Send a new base alone first, where only whole earlier requests are found again."""
    upload: str = "length"
    """How a body is sent: ``length`` says its size first, ``chunked`` does not."""
    offers_tools: bool = False
    """Requests come with tools: a backend that takes none cannot be used."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that goes along with a turn of the person's."""

    media_type: str
    """``image/png``, ``image/jpeg``, ``image/gif`` or ``image/webp``."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str
    images: tuple[Image, ...] = ()
    """Shown after the text; only in turns of the user's."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call instead of writing an edit."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """A JSON schema of the arguments; the same keys in the same order each time."""

    @property
    def text(self) -> str:
        """All of it as JSON: about what a model reads of it."""
        fields = {"name": self.name, "description": self.description}
        return json.dumps({**fields, "parameters": self.parameters})


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the context that stays as it is: a later question begins with the same bytes."""

    chunks: Callable[[], Iterator[str]]
    """Yields the text in pieces; each call starts anew, in any thread, and gives the same."""
    escaped: Callable[[], Iterator[bytes]]
    """The same as it stands inside a JSON string, in UTF-8."""
    size: int
    """Bytes of ``escaped``."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Context:
    """The repository as the model sees it: text produced on demand, never held whole."""

    chunks: Callable[[], Iterator[str]]
    """Yields the text in pieces; each call starts anew and gives the same bytes."""
    tokens: int
    """Of the whole text, counted with ``encoding``."""
    encoding: str
    segments: tuple[Segment, ...] = ()
    """The same text in runs, after each of which a cache mark may stand; empty when it is new."""
    key: str = ""
    """Equal for questions that begin alike, for servers that route by it; tells nothing else."""
    cached: int = 0
    """Tokens at the beginning that the server has probably cached."""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """A check command that failed, for backends that can use it directly."""

    command: str
    exit_code: int
    output: str
    folder: str = ""
    """Where it runs, relative to the root; empty for the root itself."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the repository lies, for backends that read it themselves (``embedded``)."""

    root: Path
    """The one in which the check runs."""
    cache: Path
    """The cache folder of all roots together, which holds the index."""
    check: CheckFailure | None = None
    roots: tuple[Root, ...] = ()
    """All roots, each with the prefix that its paths carry; empty for ``root`` alone."""
    listed: tuple[str, ...] | None = None
    """Absolute paths; when given, the question is about these alone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the answer."""

    output_tokens: int | None = None
    seconds: float | None = None
    """Whole time of the request; None for no bound."""


class Cancellation:
    """A switch that another thread may throw: it closes whatever the request is waiting on."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal may throw it while an action is registered
        self._actions: list[Callable[[], None]] = []
        self._thrown = threading.Event()

    @property
    def thrown(self) -> bool:
        """True once ``throw`` has been called."""
        return self._thrown.is_set()

    def throw(self) -> None:
        """Cancel: run every registered action once, in the calling thread."""
        with self._lock:
            self._thrown.set()
            actions, self._actions = self._actions, []
        for action in actions:
            action()

    def on_throw(self, action: Callable[[], None]) -> None:
        """Register an action; it runs at once when the switch was thrown before."""
        with self._lock:
            if not self._thrown.is_set():
                self._actions.append(action)
                return
        action()


@dataclass(frozen=True, slots=True)
class Request:
    """One question with everything that the backend needs to answer it.

    What a model sees, in order: ``tools``; ``instructions`` as the system message; ``context`` at
    the start of the first user message; the conversation; ``question`` as the last user message.
    """

    instructions: str
    context: Context
    messages: tuple[Message, ...]
    """Earlier turns, oldest first, starting with the user's; empty for a first question."""
    question: str
    limits: Limits = field(default_factory=Limits)
    workspace: Workspace | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)
    images: tuple[Image, ...] = ()
    """Shown after the question; they come only to a backend that takes them."""
    tools: tuple[Tool, ...] = ()
    """What the model may call; they come only to a backend that takes them."""


class Backend(Protocol):
    """Anything that answers a request.

    One that can show a model images has an attribute ``takes_images`` that is true; to others
    neither a question nor a conversation with images is ever given. One that offers a model tools,
    and writes its calls into the reply's text, has an attribute ``takes_tools`` that is true; see
    ``repoctx.patches.formats.tool_calls``.
    """

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield FirstToken, TextDelta, Progress, Notice and Usage events until the answer ends.

        Raises ``BackendError`` with a clear message and hint when the answer cannot be had, and
        ``CancelledError`` when ``request.cancellation`` was thrown. Closing the iterator frees
        every resource. Several threads may call it at once, each with a request of its own.
        """
        ...


def takes_images(backend: Backend) -> bool:
    """True when images may be given to the backend."""
    return bool(getattr(backend, "takes_images", False))


def takes_tools(backend: Backend) -> bool:
    """True when tools may be given to the backend."""
    return bool(getattr(backend, "takes_tools", False))


class BackendError(RepoctxError):
    """The backend cannot answer: wrong key, no such model, dead endpoint, over the window."""
