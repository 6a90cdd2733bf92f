"""Rust's crates and module trees, and the file behind a path such as ``crate::a::b``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from repoctx.packer.languages.family import Resolution, Resolver, Tree
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join, name_of, nearest

ModulePath: TypeAlias = tuple[str, ...]
"""The names from a crate's root, which is ``()``, down to a module."""

_TARGET_FOLDERS = ("tests", "examples", "benches")
_MOST_STEPS = 8  # from one re-export to the next


class _Place(NamedTuple):
    """Which module a file is: its crate, named by the crate's root file, and the path in it."""

    crate: str
    module: ModulePath


class _Modules:
    """The module tree of every crate, followed from the crate's root through ``mod x;``."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._libraries: dict[str, list[str]] = {}
        self._renamed: dict[str, str] = {}
        self._places: dict[str, _Place] = {}
        self._files: dict[str, dict[ModulePath, str]] = {}
        self._children: dict[tuple[str, str], str] = {}
        self._used: dict[str, dict[str, ModulePath]] = {}
        self._packages = {folder_of(path) for path in tree.about if path not in tree.sites}
        for root in self._roots():
            self._follow(root)
        for path in sorted(tree.sites):
            if path not in self._places:
                self._guess(path)

    def resolve(self, path: str, target: str) -> Resolution:
        """Return the file that a path leads to: the one of its longest part that is a module."""
        if target.startswith("mod "):
            child = self._children.get((path, target))
            return () if child is None else (child,)
        return self._find(path, _names(target), _MOST_STEPS)

    def _find(self, path: str, names: ModulePath, steps: int) -> Resolution:
        crate, module = self._places[path]
        if not names:
            return None
        if names[0] == "crate":
            return self._lookup(crate, names[1:], steps)
        if names[0] in ("self", "super"):
            return self._from_here(crate, module, names, steps)
        files = self._files[crate]
        if (*module, names[0]) in files:
            return self._lookup(crate, module + names, steps)
        if library := self._library(path, names[0]):
            return self._lookup(library, names[1:], steps)
        if names[0][:1].isupper():  # an item of this file: ``use Level::*``
            return (path,)
        rooted = (names[0],) in files and self._is_rooted(crate)
        return self._lookup(crate, names, steps) if rooted else None

    def _from_here(
        self, crate: str, module: ModulePath, names: ModulePath, steps: int
    ) -> Resolution:
        while names and names[0] in ("self", "super"):
            if names[0] == "super":
                if not module:
                    return ()
                module = module[:-1]
            names = names[1:]
        return self._lookup(crate, module + names, steps)

    def _lookup(self, crate: str, names: ModulePath, steps: int) -> Resolution:
        files = self._files[crate]
        end = next((n for n in range(len(names), -1, -1) if names[:n] in files), None)
        if end is None:
            return ()
        file, rest = files[names[:end]], names[end:]
        if len(rest) > 1 and steps and (used := self._uses(file).get(rest[0])):
            return self._find(file, used + rest[1:], steps - 1) or (file,)
        return (file,)

    def _uses(self, file: str) -> dict[str, ModulePath]:
        """Return the paths behind the names that a file uses, and so may hand on."""
        if file not in self._used:
            paths = [_names(t) for t in self._tree.sites.get(file, ()) if " " not in t]
            self._used[file] = {path[-1]: path for path in paths if path and path[-1] != "super"}
        return self._used[file]

    def _is_rooted(self, crate: str) -> bool:
        """True before the edition of 2018, when paths started at the crate's root."""
        package = next((f for f in ancestors(folder_of(crate)) if f in self._packages), "")
        about = self._tree.about.get(beneath(package, "Cargo.toml"))
        return not about or about["rooted"]

    def _library(self, path: str, name: str) -> str | None:
        name = self._renamed.get(name, name)
        return nearest(self._libraries.get(name, ()), path)

    def _roots(self) -> Iterator[str]:
        """Yield the root file of every crate, libraries first: others' modules may be theirs."""
        others: list[str] = []
        for folder in sorted(self._packages):
            about = self._tree.about.get(beneath(folder, "Cargo.toml"))
            if not about:
                continue
            for new, old in about["renamed"].items():
                self._renamed[_identifier(new)] = _identifier(old)
            library = join(folder, about["lib"]["path"] or "src/lib.rs")
            if library is not None and library in self._tree.sites:
                name = _identifier(about["lib"]["name"] or about["name"])
                self._libraries.setdefault(name, []).append(library)
                yield library
            others += [join(folder, path) or "" for path in about["targets"]]
        yield from (path for path in others if path in self._tree.sites)
        yield from (path for path in sorted(self._tree.sites) if self._is_target(path))

    def _is_target(self, path: str) -> bool:
        """True where Cargo finds a program, test, example or benchmark without being told."""
        package = next((f for f in ancestors(folder_of(path)) if f in self._packages), None)
        if package is None:
            return name_of(path) in ("lib.rs", "main.rs")
        parts = path[len(package) :].lstrip("/").split("/")
        if parts in (["src", "main.rs"], ["build.rs"]):
            return True
        if parts[0] in _TARGET_FOLDERS:
            inner = parts[1:]
        elif parts[:2] == ["src", "bin"]:
            inner = parts[2:]
        else:
            return False
        return len(inner) == 1 or (len(inner) == 2 and inner[1] == "main.rs")

    def _follow(self, root: str) -> None:
        """Give every file of a crate its place."""
        if root in self._files:
            return
        files = self._files.setdefault(root, {})
        waiting: list[tuple[str, ModulePath, bool]] = [(root, (), True)]
        seen: set[str] = set()
        while waiting:
            file, module, owns_folder = waiting.pop()
            if file in seen:
                continue
            seen.add(file)
            files.setdefault(module, file)
            self._places.setdefault(file, _Place(root, module))
            waiting += self._parts(file, module, owns_folder)

    def _parts(
        self, file: str, module: ModulePath, owns_folder: bool
    ) -> Iterator[tuple[str, ModulePath, bool]]:
        """Yield the modules that a file declares: file, path, and whether its parts lie beside it.

        The parts of ``mod.rs``, of a crate's root and of a ``#[path]`` file do; those of ``a.rs``
        lie in ``a/``.
        """
        here = folder_of(file)
        base = here if owns_folder else file.removesuffix(".rs")
        for target in self._tree.sites.get(file, ()):
            if not target.startswith("mod "):
                continue
            name, _, named_file = target.removeprefix("mod ").partition("=")
            outer = name.split("/")[:-1]
            if outer:  # an inline module is a part of this file
                inline = (*module, *outer)
                self._files[self._places[file].crate].setdefault(inline, file)
            place = beneath(base, name)
            if named_file:
                start = beneath(base, "/".join(outer)) if outer else here
                choices = [join(start, named_file)]
            else:
                choices = [f"{place}.rs", f"{place}/mod.rs"]
            child = next((c for c in choices if c in self._tree.sites), None)
            if child is not None:
                self._children.setdefault((file, target), child)
                owns = bool(named_file) or name_of(child) == "mod.rs"
                yield child, (*module, *name.split("/")), owns

    def _guess(self, path: str) -> None:
        """Place a file that no ``mod`` leads to (a macro declares it) by where it lies."""
        package = next((f for f in ancestors(folder_of(path)) if f in self._packages), None)
        source = None if package is None else beneath(package, "src")
        roots = [beneath(source, name) for name in ("lib.rs", "main.rs")] if source else []
        root = next((r for r in roots if r in self._files), None)
        inside = source is not None and path.startswith(f"{source}/")
        if root is None or source is None or not inside or self._tree.about.get(path):
            self._follow(path)
            return
        parts = path[len(source) + 1 :].removesuffix(".rs").split("/")
        module = tuple(parts[:-1] if parts[-1] == "mod" else parts)
        self._files[root].setdefault(module, path)
        self._places[path] = _Place(root, module)
        for child, inner, _ in self._parts(path, module, name_of(path) == "mod.rs"):
            self._files[root].setdefault(inner, child)


def resolver(tree: Tree) -> Resolver:
    """Return the resolver of one repository."""
    return _Modules(tree).resolve


def _names(target: str) -> ModulePath:
    names = tuple(name for name in target.split("::") if name not in ("", "*"))
    return names[:-1] if len(names) > 1 and names[-1] == "self" else names


def _identifier(name: str) -> str:
    return name.replace("-", "_")
