"""The file behind a module's path in JavaScript: extensions left out, or written for another."""

from __future__ import annotations

from collections.abc import Set

_SUFFIXES = (
    *(".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.mts", ".d.cts"),
    *(".json", ".vue", ".svelte", ".astro"),
    *(f".{platform}{s}" for platform in ("native", "ios", "web") for s in (".ts", ".tsx", ".js")),
)
"""In the order in which they are tried; the last ones are React Native's."""
_COMPILED = {
    ".js": (".ts", ".tsx", ".d.ts", ".jsx"),
    ".jsx": (".tsx",),
    ".mjs": (".mts", ".d.mts", ".ts"),
    ".cjs": (".cts", ".d.cts", ".ts"),
}
"""TypeScript writes the name of the file that will be compiled from the source."""
_BUILT = ("dist", "lib", "build", "out", "es", "esm", "cjs", "types")


class ModuleFiles:
    """The repository's paths, seen through the extensions that an import may leave out."""

    def __init__(self, paths: Set[str]) -> None:
        self.paths = paths

    def module(self, place: str) -> str | None:
        """Return the file that a module path names, or the folder's index file."""
        return self.file(place) or self.file(f"{place}/index" if place else "index", exact=False)

    def file(self, place: str, *, exact: bool = True) -> str | None:
        """Return the file at the path with a suffix added or exchanged."""
        if exact and place in self.paths:
            return place
        stem, dot, suffix = place.rpartition(".")
        for other in _COMPILED.get(dot + suffix, ()):
            if stem + other in self.paths:
                return stem + other
        return next((place + s for s in _SUFFIXES if place + s in self.paths), None)

    def source(self, package: str, relative: str) -> str | None:
        """Return the file that a package's manifest names, or the source that it is built from.

        What a package publishes (``dist/x.js``) is rarely committed; ``src/x.ts`` is.
        """
        base = f"{package}/" if package else ""
        relative = relative.removeprefix("./")
        if found := self.module((base + relative).rstrip("/")):
            return found
        first, _, rest = relative.partition("/")
        if first not in _BUILT or not rest:
            return None
        stem = rest
        for suffix in (".d.ts", ".d.mts", ".d.cts", ".js", ".mjs", ".cjs", ".ts"):
            stem = stem.removesuffix(suffix)
        places = (f"src/{stem}", stem, f"src/{stem.partition('/')[2] or stem}")
        return next((f for place in places if (f := self.module(base + place))), None)
