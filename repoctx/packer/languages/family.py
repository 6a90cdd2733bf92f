"""What a language family says about imports: where they are, and which files each one means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias


class Site(NamedTuple):
    """One import as it stands in a source file."""

    target: str
    """What is imported, in the notation of the family, e.g. ``a.b:c,d`` in Python."""
    offset: int
    """Of the statement, in bytes."""
    lazy: bool = False
    """It binds after the file has loaded (inside a function, for types only, a module's own
    parts), so where files import each other in a circle this import gives way first."""


Resolution: TypeAlias = tuple[str, ...] | None
"""The repository files that an import means; none when it should be in the repository but is
not found; ``None`` when it lies outside (a library, the language's own modules)."""

Resolver: TypeAlias = Callable[[str, str], Resolution]
"""From the importing file's path and a site's target to the files."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The repository as a resolver sees it; it reads no file."""

    paths: frozenset[str]
    about: Mapping[str, Any]
    """What was found in this family's sources and manifests, by path: the values that
    ``Family.about`` and ``Family.manifest`` returned. A missing path says nothing."""
    sites: Mapping[str, tuple[str, ...]]
    """The targets of each of this family's sources, by path; every source has an entry."""


@dataclass(frozen=True, slots=True)
class Family:
    """Languages that import from each other in one way. All functions are pure.

    Contents are hostile: every function takes linear time and raises nothing.
    """

    version: int
    """Goes up when any of ``sites``, ``about`` or ``manifest`` returns something else."""
    sites: Callable[[bytes], Iterable[Site]]
    resolver: Callable[[Tree], Resolver]
    about: Callable[[bytes], Any] | None = None
    """What a source says of itself that resolving needs (its package), JSON-serialisable."""
    manifest: Callable[[bytes], Any] | None = None
    """The same for the family's manifests (package.json, go.mod)."""
    implied: Callable[[Tree], Iterable[tuple[str, str]]] | None = None
    """Needs that no statement says, (path, needed path): files of a Go package see each other."""
