"""Ruby constants that Zeitwerk loads on their first use: ``Shop::Cart`` is ``shop/cart.rb``.

Rails does so in every folder of ``app`` and, where its configuration says so, in ``lib``; a gem
does so beneath the file that makes the loader. No statement says what is needed: the constants do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from repoctx.packer.languages.family import Tree
from repoctx.packer.languages.lexing import text_of
from repoctx.packer.languages.paths import ancestors, beneath, folder_of

_BETWEEN_NAMES = bytes(b if chr(b).isalnum() or b in b"_:@$" else 0x20 for b in range(128)) + (
    bytes(range(128, 256))
)
_MOST = 2_000  # different constants of one file
_LOADER = b"Zeitwerk::Loader"
_APPLICATIONS = ("config/application.rb", "config/routes.rb")


def about(content: bytes) -> Any:
    """Return the constants that a file mentions, and whether it makes a loader."""
    words = dict.fromkeys(content.translate(_BETWEEN_NAMES).split())
    names = (word for word in words if word.removeprefix(b"::")[:1].isupper())
    constants = [text_of(name.rstrip(b":")) for name in islice(names, _MOST)]
    return {"constants": constants, "loader": _LOADER in content}


def autoloaded(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield each file beneath an autoloaded folder with the ones behind the constants in it.

    Tests and scripts of the same application see the constants too.
    """
    roots = _roots(tree)
    if not roots:
        return
    files = _Constants(tree, roots)
    for path in sorted(tree.sites):
        for constant in (tree.about.get(path) or {}).get("constants", ()):
            needed = files.find(path, constant)
            if needed is not None and needed != path:
                yield path, needed


def _roots(tree: Tree) -> dict[str, str]:
    """Return the folders that constants are named from, each with the project that it is of."""
    roots: dict[str, str] = {}
    projects = {
        path.removesuffix(end).rstrip("/")
        for path in tree.paths
        for end in _APPLICATIONS
        if path == end or path.endswith(f"/{end}")
    }
    for path in tree.sites:
        for project in ancestors(folder_of(path)):
            if project in projects:
                inner = path[len(project) :].lstrip("/").split("/")
                if inner[0] == "app" and len(inner) > 2:
                    concerns = inner[2] == "concerns" and len(inner) > 3
                    kept = "/".join(inner[: 3 if concerns else 2])
                    roots[beneath(project, kept)] = project
                elif inner[0] == "lib":
                    roots[beneath(project, "lib")] = project
        if (tree.about.get(path) or {}).get("loader") and path not in projects:
            roots[folder_of(path)] = folder_of(folder_of(path))
    return roots


class _Constants:
    """Files by the constant that each must define: case and underscores do not count.

    ``HTMLPage`` may be ``html_page.rb``, for acronyms are a setting.
    """

    def __init__(self, tree: Tree, roots: dict[str, str]) -> None:
        self._files: dict[str, dict[str, str]] = {}
        self._inside: dict[str, tuple[str, ...]] = {}
        self._projects = sorted(set(roots.values()), key=len, reverse=True)
        for path in sorted(tree.sites):
            root = next((f for f in ancestors(folder_of(path)) if f in roots), None)
            if root is not None:
                names = path[len(root) :].lstrip("/").removesuffix(".rb").split("/")
                key = tuple(name.replace("_", "").lower() for name in names)
                self._files.setdefault(roots[root], {}).setdefault("/".join(key), path)
                self._inside[path] = key

    def find(self, path: str, constant: str) -> str | None:
        """Return the file that defines a constant as the file sees it, from the inside out."""
        files = self._files.get(self._project(path), {})
        key = constant.removeprefix("::").replace("_", "").lower().split("::")
        around = () if constant.startswith("::") else self._inside.get(path, ())
        for depth in range(len(around), -1, -1):
            for end in range(len(key), 0, -1):
                if found := files.get("/".join((*around[:depth], *key[:end]))):
                    return found
        return None

    def _project(self, path: str) -> str:
        around = set(ancestors(folder_of(path)))
        return next((project for project in self._projects if project in around), "")
