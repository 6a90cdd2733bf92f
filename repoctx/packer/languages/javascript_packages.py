"""The npm packages that a repository holds: workspaces, linked folders, exports and imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from repoctx.packer.languages.family import Resolution
from repoctx.packer.languages.javascript_files import ModuleFiles
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join, name_of, nearest

_NEAREST_THE_SOURCE = ("source", "types")
_COMMON = ("module-sync", "import", "module", "node", "browser", "require", "default")
_ENTRIES = ("source", "types", "typings", "module", "main")
_DEPTH = 16  # of conditions inside conditions; real ones nest two or three deep


class Packages:
    """Every package.json of the repository by its folder, and folders by package name."""

    def __init__(self, manifests: Mapping[str, dict[str, Any]], files: ModuleFiles) -> None:
        self._files = files
        self._manifests = {
            folder_of(path): about
            for path, about in manifests.items()
            if name_of(path) == "package.json"
        }
        self._folders: dict[str, list[str]] = {}
        for folder, about in sorted(self._manifests.items()):
            if isinstance(about.get("name"), str):
                self._folders.setdefault(about["name"], []).append(folder)

    def around(self, folder: str) -> str:
        """Return the folder of the package that a folder belongs to; the root when none."""
        return next((f for f in ancestors(folder) if f in self._manifests), "")

    def folder_of_name(self, folder: str, name: str) -> str | None:
        """Return where the package of this name lies, as seen from a folder."""
        for around in ancestors(folder):
            local = self._manifests.get(around, {}).get("local", {}).get(name)
            if local is not None:
                place = join(around, local.partition(":")[2])
                return place if place in self._manifests else None
        return nearest(self._folders.get(name, ()), beneath(folder, "_"))

    def resolve(self, folder: str, name: str) -> Resolution:
        """Return what a bare name means: a file of one of the repository's packages, or None."""
        parts = name.split("/")
        length = 2 if name.startswith("@") else 1
        package = self.folder_of_name(folder, "/".join(parts[:length]))
        if package is None:
            return None
        file = self._export(package, "/".join(parts[length:]))
        return () if file is None else (file,)

    def internal(self, folder: str, name: str) -> str | None:
        """Return what ``#name`` means in the package around a folder."""
        package = self.around(folder)
        imports = self._manifests.get(package, {}).get("imports")
        return self._first(package, _targets(imports, name))

    def folder_module(self, folder: str) -> str | None:
        """Return the main file of a folder that has a package.json."""
        return self._export(folder, "") if folder in self._manifests else None

    def _export(self, package: str, subpath: str) -> str | None:
        about = self._manifests[package]
        exports = about.get("exports")
        wanted = f"./{subpath}" if subpath else "."
        if isinstance(exports, dict) and any(key.startswith(".") for key in exports):
            named = _targets(exports, wanted)
        else:
            named = _leaves(exports) if not subpath else iter(())
        if file := self._first(package, named):
            return file
        if subpath:
            return self._files.source(package, subpath)
        return self._first(package, (about.get(key) for key in _ENTRIES)) or self._index(package)

    def _first(self, package: str, relatives: Iterator[object]) -> str | None:
        for relative in relatives:
            inside = isinstance(relative, str) and ".." not in relative
            if inside and (file := self._files.source(package, str(relative))):
                return file
        return None

    def _index(self, package: str) -> str | None:
        places = ("src/index", "index", "src/main", "lib/index", "src/lib")
        return next((f for p in places if (f := self._files.file(beneath(package, p)))), None)


def _targets(table: object, name: str) -> Iterator[str]:
    """Yield what an ``exports`` or ``imports`` table gives for a name, the likeliest first."""
    if not isinstance(table, dict):
        return
    if name in table:
        yield from _leaves(table[name])
    for pattern in sorted((p for p in table if "*" in p), key=len, reverse=True):
        head, _, tail = pattern.partition("*")
        if name.startswith(head) and name.endswith(tail) and len(name) >= len(pattern) - 1:
            middle = name[len(head) : len(name) - len(tail)]
            yield from (leaf.replace("*", middle) for leaf in _leaves(table[pattern]))


def _leaves(value: object) -> Iterator[str]:
    """Yield the paths in nested conditions, those nearest the source first; bounded depth.

    Of the common conditions the first written counts, as for Node and the bundlers.
    """
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            yield value
        elif depth < _DEPTH and isinstance(value, list):
            waiting.extend((item, depth + 1) for item in reversed(value))
        elif depth < _DEPTH and isinstance(value, dict):
            ranked = sorted(value, key=_rank)
            waiting.extend((value[key], depth + 1) for key in reversed(ranked))


def _rank(condition: str) -> int:
    if condition in _NEAREST_THE_SOURCE:
        return _NEAREST_THE_SOURCE.index(condition)
    return 2 if condition in _COMMON else 3
