"""Ruby's ``require_relative``, ``require``, ``load`` and ``autoload`` of a literal path."""

from __future__ import annotations

import re

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import text_of
from repoctx.packer.languages.paths import ancestors, beneath, folder_of, join, name_of, nearest
from repoctx.packer.languages.ruby_autoload import about, autoloaded

_REQUIRE = re.compile(
    rb"\n(?P<indent>[ \t]*+)(?P<how>require_relative|require|load|autoload)"
    rb"(?:[ \t]*+\([ \t]*+|[ \t]++)"
    rb"(?::\w++[ \t]*+,[ \t]*+)?(?P<quote>[\"'])(?P<path>[^\"'\n#]++)(?P=quote)"
)
_ROOTS = frozenset({"lib", "app", "spec", "test", "src"})


def sites(content: bytes) -> list[Site]:
    """Return the requires; a target of ``require_relative`` starts with a dot."""
    padded = b"\n" + content  # so that the first line begins like every other
    return [_site(match) for match in _REQUIRE.finditer(padded)]


def _site(match: re.Match[bytes]) -> Site:
    path, how = text_of(match["path"]), match["how"]
    relative = how == b"require_relative" and not path.startswith(".")
    lazy = how == b"autoload" or len(match["indent"]) > 0
    return Site(f"./{path}" if relative else path, match.start(), lazy)


class _LoadPath:
    """Ruby files below each folder that is commonly on the load path."""

    def __init__(self, tree: Tree) -> None:
        self._paths = tree.paths
        self._features: dict[str, list[str]] = {}
        for path in sorted(tree.sites):
            for root in ancestors(folder_of(path)):
                if root == "" or name_of(root) in _ROOTS:
                    feature = path[len(root) :].lstrip("/")
                    self._features.setdefault(feature, []).append(path)

    def resolve(self, path: str, target: str) -> Resolution:
        name = target if target.endswith(".rb") else f"{target}.rb"
        if target.startswith("."):
            place = join(folder_of(path), name)
            return (place,) if place in self._paths else ()
        file = nearest(self._features.get(name, ()), path)
        if file is None and beneath(folder_of(path), name) in self._paths:
            file = beneath(folder_of(path), name)
        return None if file is None else (file,)


def _resolver(tree: Tree) -> Resolver:
    return _LoadPath(tree).resolve


FAMILY = Family(version=2, sites=sites, resolver=_resolver, about=about, implied=autoloaded)
