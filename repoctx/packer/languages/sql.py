"""Scripts that SQL clients read from each other: psql, MySQL, SQLite, Oracle and SQL Server."""

from __future__ import annotations

import re

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import in_code, text_of
from repoctx.packer.languages.paths import ancestors, folder_of, join

_INCLUDE = re.compile(
    rb"\n[ \t]*+(?:(?:\\(?:ir?|include(?:_relative)?|\.)|\.read|source|:r)[ \t]++|@@?(?=[\w./\"']))"
    rb"(?P<path>'[^'\n]++'|\"[^\"\n]++\"|[^\s;'\"]++)[ \t]*+;?[ \t\r]*+(?=\n|\Z)",
    re.IGNORECASE,
)
_MARKS = re.compile(rb"(?P<line>--)|(?P<block>/\*)")
_SUFFIXES = ("", ".sql")  # Oracle's @ leaves it out


def sites(content: bytes) -> list[Site]:
    """Return the scripts that are read; a path with a variable in it says nothing."""
    padded = b"\n" + content  # so that the first line begins like every other
    found = [
        Site(path, match.start())
        for match in _INCLUDE.finditer(padded)
        for path in [text_of(match["path"]).strip("'\"").replace("\\", "/")]
        if not any(sign in path for sign in "$:&`")
    ]
    return in_code(found, content, _MARKS)


def _resolver(tree: Tree) -> Resolver:
    def resolve(path: str, target: str) -> Resolution:
        if target.startswith(("/", "~")):
            return None
        for folder in ancestors(folder_of(path)):
            for suffix in _SUFFIXES:
                place = join(folder, target + suffix)
                if place in tree.paths and place is not None:
                    return (place,)
        return ()

    return resolve


FAMILY = Family(version=1, sites=sites, resolver=_resolver)
