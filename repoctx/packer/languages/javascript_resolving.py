"""Where JavaScript and TypeScript look for a module: Node's rules, then the bundlers'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from repoctx.packer.languages.family import Resolution, Resolver, Tree
from repoctx.packer.languages.javascript_files import ModuleFiles
from repoctx.packer.languages.javascript_packages import Packages
from repoctx.packer.languages.json_with_comments import read_json
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join
from repoctx.packer.languages.tsconfig import PathMappings

_PACKAGE_KEYS = (
    *("name", "exports", "imports", "main", "module", "types", "typings", "source"),
    "extends",
)
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_ALIASES = ("@/", "~/", "~~/", "src/")  # what bundlers and frameworks are commonly set to
_LOCAL = ("link:", "file:", "portal:")


def read_manifest(content: bytes) -> Any:
    """Return what resolving needs of a package.json or a tsconfig.json."""
    whole = read_json(content)
    if not isinstance(whole, dict):
        return {}
    digest = {key: whole[key] for key in _PACKAGE_KEYS if key in whole}
    options = whole.get("compilerOptions")
    if isinstance(options, dict):
        digest |= {key: options[key] for key in ("baseUrl", "paths") if key in options}
    digest["local"] = {
        name: value
        for kind in _DEPENDENCIES
        for name, value in _items(whole.get(kind))
        if isinstance(value, str) and value.startswith(_LOCAL)
    }
    return digest


def resolver(tree: Tree) -> Resolver:
    """Return the resolver of one repository."""
    return _Modules(tree).resolve


class _Modules:
    def __init__(self, tree: Tree) -> None:
        manifests = {path: about for path, about in tree.about.items() if isinstance(about, dict)}
        self.files = ModuleFiles(tree.paths)
        self.packages = Packages(manifests, self.files)
        self.mappings = PathMappings(manifests, self.packages)
        self._seen: dict[tuple[str, str], Resolution] = {}

    def resolve(self, path: str, target: str) -> Resolution:
        key = folder_of(path), target
        if key not in self._seen:
            self._seen[key] = self._resolve(*key)
        return self._seen[key]

    def _resolve(self, folder: str, target: str) -> Resolution:
        name = target.partition("?")[0]  # bundlers take options after it
        if name.startswith(".") or not name:
            place = join(folder, name)
            return _one(None if place is None else self._at(place) or self._built(folder, place))
        for place in self._mapped(folder, name):
            if file := self._at(place):
                return (file,)
        if name.startswith(("#", "@/", "~/")):
            return _one(self.packages.internal(folder, name) if name[0] == "#" else None)
        if name.startswith("/"):
            return _one(self._from_a_root(folder, name[1:]))
        return self.packages.resolve(folder, name)

    def _at(self, place: str) -> str | None:
        return self.files.module(place) or self.packages.folder_module(place)

    def _built(self, folder: str, place: str) -> str | None:
        """Return the source that a file of the package's ``dist`` is built from."""
        package = self.packages.around(folder)
        inside = not package or place.startswith(f"{package}/")
        return self.files.source(package, place[len(package) :].lstrip("/")) if inside else None

    def _mapped(self, folder: str, name: str) -> Iterator[str]:
        """Yield the places that tsconfig and common aliases send a bare name to."""
        yield from self.mappings.places(folder, name)
        alias = next((a for a in _ALIASES if name.startswith(a)), None)
        if alias is not None:
            package = self.packages.around(folder)
            yield beneath(package, "src/" + name[len(alias) :])
            yield beneath(package, name[len(alias) :])

    def _from_a_root(self, folder: str, name: str) -> str | None:
        """A path from a server's root: some folder around the file, or its ``public``."""
        for root in ancestors(folder):
            for place in (beneath(root, name), beneath(root, "public/" + name)):
                if file := self.files.module(place):
                    return file
        return None


def _one(file: str | None) -> Resolution:
    return () if file is None else (file,)


def _items(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, dict) else []
