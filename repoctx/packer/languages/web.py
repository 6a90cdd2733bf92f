"""Style sheets' ``@import`` and ``@use``; scripts and style sheets that a page links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoctx.packer.languages.family import Family, Resolution, Resolver, Site, Tree
from repoctx.packer.languages.lexing import in_code, text_of
from repoctx.packer.languages.paths import ancestors, folder_of, join, name_of

_AT_RULE = re.compile(
    rb"@(?:import|use|forward)[ \t]++(?:\([^)\n]{0,80}+\)[ \t]*+)?(?:url\([ \t]*+)?"
    rb"(?P<quote>[\"']?)(?P<path>[^\"'\n;){}<>]++)"
)
_LINK = re.compile(
    rb"<(?:script|link)\b[^<>]{0,2000}?\s(?:src|href)\s*+=\s*+[\"'](?P<path>[^\"'\n{}<>]++)",
    re.IGNORECASE,
)
_MARKUP = re.compile(rb"\s*+<")
_STYLE = re.compile(rb"<style\b(?:[^<]++|<(?!/style))*+", re.IGNORECASE)
_MARKS = re.compile(rb"(?P<block>/\*)")
_STYLE_SUFFIXES = ("", ".scss", ".sass", ".less", ".css")
_SASS_INDEX = ("/_index.scss", "/_index.sass")


def sites(content: bytes) -> list[Site]:
    """Return the links and at-rules, in order; a target is a path as written."""
    found = [Site(path, start) for start, path in _paths(content)]
    return in_code(sorted(found, key=lambda site: site.offset), content, _MARKS)


def _paths(content: bytes) -> Iterator[tuple[int, str]]:
    rules = _AT_RULE.finditer(content)
    if _MARKUP.match(content):  # a page: its text may speak of rules
        styles = [match.span() for match in _STYLE.finditer(content)]
        rules = (m for a, b in styles for m in _AT_RULE.finditer(content, a, b))
    for match in (*rules, *_LINK.finditer(content)):
        path = text_of(match["path"]).partition("?")[0].partition("#")[0].strip()
        if path:
            yield match.start(), path


def _resolver(tree: Tree) -> Resolver:
    def resolve(path: str, target: str) -> Resolution:
        if ":" in target or target.startswith("//"):
            return None
        if target.startswith("/"):
            roots = [*ancestors(folder_of(path))]
            roots += [f"{root}/public".lstrip("/") for root in roots]
        else:
            roots = [folder_of(path)]
        for place in _places(roots, target.removeprefix("~")):
            if place in tree.paths:
                return (place,)
        return () if target.startswith((".", "/")) else None

    return resolve


def _places(roots: list[str], target: str) -> Iterator[str]:
    for root in roots:
        place = join(root, target)
        if place is None:
            continue
        folder, name = folder_of(place), name_of(place)
        for suffix in _STYLE_SUFFIXES:
            yield place + suffix
            if suffix and not name.startswith("_"):  # Sass: a part has an underscore
                yield f"{folder}/_{name}{suffix}".lstrip("/")
        yield from (place + index for index in _SASS_INDEX)


FAMILY = Family(version=2, sites=sites, resolver=_resolver)
