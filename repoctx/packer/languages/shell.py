"""Shell's ``source`` and ``.`` of a path that is literal but for the folder it starts from."""

from __future__ import annotations

import re

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import text_of
from repoctx.packer.languages.paths import ancestors, folder_of, join

_SOURCE = re.compile(
    rb"\n(?P<indent>[ \t]*+)(?:\[[^\]\n]*+\]++[ \t]*+&&[ \t]*+)?"
    rb"(?:source|\.)[ \t]++(?P<rest>[^\n;&|#]++)"
)
_STARTING_FOLDER = re.compile(r"^(?:\$\(.*\)|\$\{[^}]*\}|\$\w+|~)(?:/|$)")
_LONGEST = 500  # characters of a path


def sites(content: bytes) -> list[Site]:
    """Return the sourced files; a folder that is computed (``$DIR/``) is taken to be the file's."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = []
    for match in _SOURCE.finditer(padded):
        path = _literal(text_of(match["rest"][:_LONGEST]))
        if path:
            found.append(Site(path, match.start(), len(match["indent"]) > 0))
    return found


def _literal(words: str) -> str:
    path = words.strip()
    if path[:1] in ("'", '"'):
        path = path[1:].rpartition(path[0])[0]
    else:
        path = path.partition(" ")[0] if not path.startswith("$(") else path
    path = _STARTING_FOLDER.sub("", path.replace('"', "").replace("'", ""))
    return "" if "$" in path or "*" in path or "`" in path else path


def _resolver(tree: Tree) -> Resolver:
    def resolve(path: str, target: str) -> Resolution:
        if target.startswith("/"):
            return None
        for folder in ancestors(folder_of(path)):
            place = join(folder, target)
            if place in tree.paths and place is not None:
                return (place,)
        return ()

    return resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver)
