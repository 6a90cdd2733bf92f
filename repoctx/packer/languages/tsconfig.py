"""Path mappings of tsconfig.json and jsconfig.json: ``baseUrl``, ``paths``, ``extends``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from repoctx.packer.languages.javascript_packages import Packages
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join, name_of


class _Mapping(NamedTuple):
    head: str
    tail: str | None
    """What follows the pattern's star; None when it has none."""
    places: tuple[str, ...]
    """Repository paths, with a star for what the pattern's star matched."""


class PathMappings:
    """Where bare module names lead under the configurations around a folder."""

    def __init__(self, manifests: Mapping[str, dict[str, Any]], packages: Packages) -> None:
        self._packages = packages
        self._configs = {
            path: about for path, about in manifests.items() if name_of(path) != "package.json"
        }
        self._by_folder: dict[str, list[str]] = {}
        for path in sorted(self._configs, key=lambda path: (len(path), path)):
            self._by_folder.setdefault(folder_of(path), []).append(path)
        self._seen: dict[str, tuple[_Mapping, ...]] = {}

    def places(self, folder: str, name: str) -> Iterator[str]:
        """Yield the repository paths that a bare name may mean, the likeliest first."""
        for around in ancestors(folder):
            for config in self._by_folder.get(around, ()):
                for mapping in self._mappings(config):
                    yield from _apply(mapping, name)

    def _mappings(self, config: str) -> tuple[_Mapping, ...]:
        if config not in self._seen:
            self._seen[config] = tuple(self._read(config))
        return self._seen[config]

    def _read(self, config: str) -> Iterator[_Mapping]:
        """Yield the mappings of a configuration: its own, else those that it inherits."""
        base: str | None = None
        paths: tuple[str, dict[str, Any]] | None = None
        for path in self._inherited(config):
            about, folder = self._configs[path], folder_of(path)
            if base is None and isinstance(about.get("baseUrl"), str):
                base = _place(folder, about["baseUrl"], config)
            if paths is None and isinstance(about.get("paths"), dict):
                start = folder if base is None else base
                paths = start, about["paths"]
        if paths is not None:
            yield from _patterns(*paths, config)
        if base is not None:
            yield _Mapping("", "", (beneath(base, "*"),))

    def _inherited(self, config: str) -> Iterator[str]:
        """Yield the configuration and those that it extends, each once."""
        waiting, seen = [config], set[str]()
        while waiting:
            path = waiting.pop()
            if path in seen or path not in self._configs:
                continue
            seen.add(path)
            yield path
            extended = self._configs[path].get("extends")
            names = extended if isinstance(extended, list) else [extended]
            waiting += [
                place
                for name in names
                if isinstance(name, str)
                for place in self._extended(folder_of(path), name)
            ]

    def _extended(self, folder: str, name: str) -> Iterator[str]:
        if name.startswith("."):
            place = join(folder, name)
        else:
            parts = name.split("/")
            length = 2 if name.startswith("@") else 1
            package = self._packages.folder_of_name(folder, "/".join(parts[:length]))
            place = None if package is None else beneath(package, "/".join(parts[length:]))
        if place is not None:
            yield from (place, f"{place}.json", beneath(place, "tsconfig.json"))


def _patterns(start: str, paths: dict[str, Any], config: str) -> Iterator[_Mapping]:
    """Yield exact patterns first, then the longest, as TypeScript prefers them."""
    for pattern in sorted(paths, key=lambda p: ("*" in p, -len(p), p)):
        head, star, tail = pattern.partition("*")
        targets = paths[pattern] if isinstance(paths[pattern], list) else []
        places = (_place(start, target, config) for target in targets if isinstance(target, str))
        yield _Mapping(head, tail if star else None, tuple(p for p in places if p is not None))


def _place(folder: str, relative: str, config: str) -> str | None:
    if relative.startswith("${configDir}"):
        return join(folder_of(config), relative.removeprefix("${configDir}"))
    return join(folder, relative)


def _apply(mapping: _Mapping, name: str) -> tuple[str, ...]:
    head, tail, places = mapping
    if tail is None:
        return places if name == head else ()
    if not name.startswith(head) or not name.endswith(tail) or len(name) < len(head) + len(tail):
        return ()
    middle = name[len(head) : len(name) - len(tail)]
    return tuple(place.replace("*", middle) for place in places)
