"""Find a backend by name: built-in ones and plugins come through the same entry points.

Listing imports nothing. A plugin is a stranger's code: whatever it raises is told in one line that
names the package it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points

from repoctx.backends.base import (
    Backend,
    BackendError,
    BackendSettings,
    Request,
    takes_images,
    takes_tools,
)
from repoctx.errors import RepoctxError, UsageError
from repoctx.events import Event

GROUP = "repoctx.backends"
_OWN = "repoctx"


def backend_names() -> list[str]:
    """Return the names of all installed backends, sorted, without importing any."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def create_backend(name: str, settings: BackendSettings) -> Backend:
    """Import the named backend and create it.

    Raises UsageError for an unknown name, or when tools are offered and the backend takes none;
    RepoctxError when a plugin is broken, and what the backend raises about its settings.
    """
    backend = _created(_entry_point(name), settings)
    if settings.offers_tools and not takes_tools(backend):
        raise UsageError(
            f"the backend {name} takes no tool calls", "ask with --reply-format search_replace"
        )
    return backend


def _created(entry: EntryPoint, settings: BackendSettings) -> Backend:
    if _distribution(entry) == _OWN:
        backend: Backend = entry.load()(settings)
        return backend
    with _told(entry, "cannot be loaded"):
        plugin = entry.load()(settings)
    if not callable(getattr(plugin, "stream", None)):
        raise RepoctxError(_blame(entry, "has no method `stream`"), _hint(entry))
    return _Plugin(entry, plugin)


class _Plugin:
    """A plugin's backend whose failures are BackendErrors, never tracebacks."""

    def __init__(self, entry: EntryPoint, backend: Backend) -> None:
        self._entry = entry
        self._backend = backend
        self.takes_images = takes_images(backend)
        self.takes_tools = takes_tools(backend)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield what the plugin yields."""
        with _told(self._entry, "failed"):
            yield from self._backend.stream(request)


@contextmanager
def _told(entry: EntryPoint, what: str) -> Iterator[None]:
    try:
        yield
    except RepoctxError:
        raise
    except (Exception, SystemExit) as error:  # a plugin may raise anything
        reason = f"{what}: {type(error).__name__}: {str(error)[:300]}"
        raise BackendError(_blame(entry, reason), _hint(entry)) from error


def _entry_point(name: str) -> EntryPoint:
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not found:
        from difflib import get_close_matches

        close = get_close_matches(name, backend_names(), 1)
        known = f"the backends are {', '.join(backend_names())}"
        raise UsageError(
            f"there is no backend {name!r}", f"did you mean {close[0]}? {known}" if close else known
        )
    # Ours first: no plugin may take the place of a built-in backend.
    return min(found, key=lambda entry: (_distribution(entry) != _OWN, _distribution(entry)))


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unknown package"


def _blame(entry: EntryPoint, what: str) -> str:
    return f"the backend {entry.name!r} of {_distribution(entry)} {what}"


def _hint(entry: EntryPoint) -> str:
    return f"update or uninstall {_distribution(entry)}; repoctx itself is fine"
