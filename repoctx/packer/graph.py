"""Link files by their imports: which file needs which, from facts that are cached per content.

``scan_imports`` turns one file into a fact, ``link`` turns all facts into the graph without reading
anything. Configuration that resolving needs (go.mod, tsconfig.json) becomes facts in the same way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from repoctx.packer.index import Index
from repoctx.packer.languages import family, family_name, manifest_family_name
from repoctx.packer.languages.family import Resolution, Resolver, Tree
from repoctx.packer.snapshot import SYMLINK, Snapshot, SourceFile
from repoctx.packer.views.notebook import VERSION, is_notebook
from repoctx.packer.views.text import code_of


class ImportCounts(NamedTuple):
    """Where imports lead; each counts once a file."""

    resolved: int = 0
    """They mean files of the repository."""
    external: int = 0
    """They mean libraries or the language's own modules."""
    unresolved: int = 0
    """They should mean a file of the repository, but none was found."""

    @property
    def rate(self) -> float | None:
        """The part of the repository's own imports that is resolved; None when it has none."""
        internal = self.resolved + self.unresolved
        return self.resolved / internal if internal else None


@dataclass(frozen=True, slots=True)
class ImportGraph:
    """Every file of a snapshot, and which files each one needs."""

    paths: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    """(a, b): file a needs file b; positions in ``paths``, sorted, each once, never (a, a)."""
    lazy: frozenset[tuple[int, int]] = frozenset()
    """The edges that give way first in a circle: imports that bind after the file has loaded."""
    by_family: Mapping[str, ImportCounts] = field(default_factory=dict)
    """The imports of each family of languages that has any, by its name."""

    @property
    def imports(self) -> ImportCounts:
        """All imports."""
        return ImportCounts(*map(sum, zip(*self.by_family.values(), strict=True)))


def imports_kind(path: str) -> str | None:
    """Return the kind of the fact about this file in the index; None when it has no imports.

    The kind names the family of languages and the version of its scanner.
    """
    if name := family_name(path):
        view = f":notebook:{VERSION}" if is_notebook(path) else ""
        return f"imports:{name}:{family(name).version}{view}"
    if name := manifest_family_name(path):
        return f"imports:{name}-manifest:{family(name).version}"
    return None


def scan_imports(path: str, content: bytes) -> bytes:
    """Return the fact about a file: compact JSON, a function of its content and its kind.

    ``[[target, ...], [lazy target, ...], about]`` for a source, what its family reads from it for a
    manifest, ``null`` for other files. Takes linear time on any content; safe in several threads.
    """
    fact: Any = None
    if name := family_name(path):
        fact = _scan_source(name, code_of(path, content))
    elif (name := manifest_family_name(path)) and (reader := family(name).manifest):
        fact = reader(content)
    return json.dumps(fact, separators=(",", ":")).encode()


def import_graph(snapshot: Snapshot, index: Index | None = None) -> ImportGraph:
    """Return the graph, reading only files whose imports the index does not know."""
    by_kind: dict[str, list[SourceFile]] = defaultdict(list)
    for file in snapshot.files:
        kind = imports_kind(file.path)
        if kind is not None and file.mode != SYMLINK:
            by_kind[kind].append(file)
    facts: dict[str, bytes] = {}
    for kind, files in by_kind.items():
        known = index.facts(kind, (file.blob for file in files)) if index else {}
        unknown = [file for file in files if file.blob not in known]
        new = {f.blob: scan_imports(f.path, text) for f, text in snapshot.read_all(unknown)}
        if index and new:
            index.remember(kind, new)
        known |= new
        facts |= {file.path: known[file.blob] for file in files}
    return link(snapshot, facts)


def link(snapshot: Snapshot, facts: Mapping[str, bytes]) -> ImportGraph:
    """Return the graph that the facts describe: path -> what ``scan_imports`` returned for it.

    A file without a fact imports nothing. Reads no file.
    """
    numbers = {file.path: number for number, file in enumerate(snapshot.files)}
    linked = _Linked(numbers, tuple(part.prefix for part in snapshot.parts))
    for name, sources in _families(snapshot, facts):
        linked.add_family(name, sources)
    return linked.graph()


def resolvers(snapshot: Snapshot, facts: Mapping[str, bytes]) -> dict[str, Resolver]:
    """Return what tells the files of an import, by the family's name; facts as for ``link``."""
    prefixes = [part.prefix for part in snapshot.parts]
    return {
        name: _resolver(name, sources.tree, prefixes)
        for name, sources in _families(snapshot, facts)
    }


class _Sources(NamedTuple):
    """All files of one family, and the imports of each source."""

    tree: Tree
    eager: dict[str, tuple[str, ...]]
    late: dict[str, tuple[str, ...]]


def _families(snapshot: Snapshot, facts: Mapping[str, bytes]) -> Iterator[tuple[str, _Sources]]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for file in snapshot.files:
        name = family_name(file.path) or manifest_family_name(file.path)
        if name is not None and file.mode != SYMLINK:
            by_name[name].append(file.path)
    all_paths = frozenset(file.path for file in snapshot.files)
    for name, paths in sorted(by_name.items()):
        yield name, _sources(all_paths, paths, facts)


def _sources(all_paths: frozenset[str], paths: list[str], facts: Mapping[str, bytes]) -> _Sources:
    eager: dict[str, tuple[str, ...]] = {}
    late: dict[str, tuple[str, ...]] = {}
    about: dict[str, Any] = {}
    for path in paths:
        about[path] = _load(facts.get(path))
        if family_name(path) is not None:
            eager[path], late[path], about[path] = _parts(about[path])
    about = {path: value for path, value in about.items() if value is not None}
    sites = {path: targets + late[path] for path, targets in eager.items()}
    return _Sources(Tree(paths=all_paths, about=about, sites=sites), eager, late)


@dataclass(slots=True)
class _Linked:
    """The graph while it grows, one family after the other."""

    numbers: dict[str, int]
    prefixes: tuple[str, ...] = ()
    """Of the roots, when there are several."""
    edges: list[tuple[int, int]] = field(default_factory=list)
    lazy: set[tuple[int, int]] = field(default_factory=set)
    by_family: dict[str, ImportCounts] = field(default_factory=dict)

    def graph(self) -> ImportGraph:
        return ImportGraph(
            paths=tuple(self.numbers),
            edges=tuple(sorted(self.edges)),
            lazy=frozenset(self.lazy),
            by_family=self.by_family,
        )

    def add_family(self, name: str, sources: _Sources) -> None:
        """Resolve the imports of all sources of one family."""
        tree, eager, late = sources
        resolve = _resolver(name, tree, self.prefixes)
        implied = _implied(name, tree)
        counter = _Counter()
        for path, targets in eager.items():
            needs = dict.fromkeys(implied.get(path, ()), True)
            needs |= dict.fromkeys(counter.files(resolve(path, t) for t in late[path]), True)
            needs |= dict.fromkeys(counter.files(resolve(path, t) for t in targets), False)
            self._add(self.numbers[path], needs)
        if any(counts := counter.counts()):
            self.by_family[name] = counts

    def _add(self, source: int, needs: dict[str, bool]) -> None:
        for path, is_lazy in needs.items():
            edge = source, self.numbers[path]
            if edge[0] != edge[1]:
                self.edges.append(edge)
                if is_lazy:
                    self.lazy.add(edge)


@dataclass(slots=True)
class _Counter:
    """Counts resolutions by where they lead."""

    resolved: int = 0
    external: int = 0
    unresolved: int = 0

    def counts(self) -> ImportCounts:
        return ImportCounts(self.resolved, self.external, self.unresolved)

    def files(self, resolutions: Iterator[Resolution]) -> Iterator[str]:
        """Yield the files of the resolutions, and count these."""
        for resolution in resolutions:
            if resolution is None:
                self.external += 1
            elif resolution:
                self.resolved += 1
                yield from resolution
            else:
                self.unresolved += 1


def _resolver(name: str, tree: Tree, prefixes: Sequence[str]) -> Resolver:
    """Return the family's resolver; of several roots each resolves as when it stands alone.

    Only what means nothing there is looked for in the others.
    """
    whole = family(name).resolver(tree)
    own = {prefix: family(name).resolver(_beneath(tree, prefix)) for prefix in prefixes}
    if not own:
        return whole

    def resolve(path: str, target: str) -> Resolution:
        prefix = next(prefix for prefix in own if path.startswith(prefix))
        found = own[prefix](path.removeprefix(prefix), target)
        if found:
            return tuple(prefix + file for file in found)
        others = (file for file in whole(path, target) or () if not file.startswith(prefix))
        return tuple(others) or found

    return resolve


def _beneath(tree: Tree, prefix: str) -> Tree:
    """Return one root's part of the tree, with the paths that it has alone."""
    size = len(prefix)
    return Tree(
        paths=frozenset(path[size:] for path in tree.paths if path.startswith(prefix)),
        about={path[size:]: a for path, a in tree.about.items() if path.startswith(prefix)},
        sites={path[size:]: s for path, s in tree.sites.items() if path.startswith(prefix)},
    )


def _implied(name: str, tree: Tree) -> dict[str, list[str]]:
    implied = family(name).implied
    needs: dict[str, list[str]] = defaultdict(list)
    for path, needed in implied(tree) if implied else ():
        needs[path].append(needed)
    return needs


def _scan_source(name: str, content: bytes) -> Any:
    found = family(name)
    sites = list(found.sites(content))
    eager = dict.fromkeys(site.target for site in sites if not site.lazy)
    lazy = dict.fromkeys(site.target for site in sites if site.lazy and site.target not in eager)
    about = found.about(content) if found.about else None
    return [list(eager), list(lazy), about]


def _load(fact: bytes | None) -> Any:
    try:
        return json.loads(fact) if fact is not None else None
    except ValueError:  # written by a program that is not this one
        return None


def _parts(value: Any) -> tuple[tuple[str, ...], tuple[str, ...], Any]:
    if isinstance(value, list) and len(value) == 3:
        return tuple(value[0]), tuple(value[1]), value[2]
    return (), (), None
