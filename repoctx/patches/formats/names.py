"""Recognise file names in a reply: alone on a line, in a fence's first line, in a sentence."""

from __future__ import annotations

import re

_LONGEST = 250
"""Characters of a line or a fence's first line in which a name is looked for."""

_LABEL = re.compile(
    r"(?:(?:new|updated|modified|existing) )?(?:file ?(?:name|path)?|path) ?:", re.I
)
_SIGN = re.compile(r"^(?:#{1,6} +|// *|<!-- *)")
_REMARK = re.compile(r" ?\((?:new|updated|modified|existing|created?|unchanged)(?: file)?\)$", re.I)
_NOT_IN_PATHS = re.compile(r"[\x00-\x1f\x7f<>|\"?*`]|://|^-|^\.*$|[./]$|^\w+\(.*\)$")
_EXTENSION = re.compile(r"\.([A-Za-z][\w+-]{0,15})$")
_LINE_RANGE = re.compile(r"\d+(?::|-)\d+:")
_TAGGED = re.compile(r"<(path|file_path|file)>([^<>]+)</\1>$")
_WORD = re.compile(r"`?([A-Za-z_][\w+-]{0,60})`?$")
_BACKTICKED = re.compile(r"`([^`\s]{1,200})`")

_NAMES = (
    "makefile gnumakefile dockerfile containerfile gemfile rakefile procfile vagrantfile "
    "jenkinsfile brewfile podfile fastfile justfile pipfile cmakelists.txt go.mod go.sum codeowners"
)
_CAPITAL_NAMES = (
    "LICENSE LICENCE COPYING README CHANGELOG CHANGES HISTORY AUTHORS CONTRIBUTORS MAINTAINERS "
    "NOTICE INSTALL NEWS TODO VERSION MANIFEST OWNERS BUILD WORKSPACE"
)
"""Words of prose otherwise: a heading ``Changes`` above a code block names no file."""
_EXTENSIONS = (
    "adoc asm astro awk bash bat bazel bzl c cc cfg cjs clj cljs cmake cmd conf cpp cs csproj css "
    "csv cts cu cxx d dart diff dockerfile elm env erl ex exs f f90 fish fs fsx gemspec gleam go "
    "gql gradle graphql groovy h haml hbs hcl hpp hrl hs htm html hxx iml in inc ini ipynb j2 "
    "jade java jl js json json5 jsonc jsonl jsx kt kts less lhs lisp lock lua m markdown md mdx "
    "mjs mk ml mli mm mod mts nim nix nu org pas patch php pl plist pm po pp prisma properties "
    "proto ps1 psm1 pug purs py pyi pyx qml r rb rego rest rkt rmd rs rst s sass sbt scala scm "
    "scss service sh sln sol sql styl sum sv svelte svg swift t tcl template tex tf tfvars thrift "
    "toml tpl ts tsv tsx twig txt typ v vb vert vhd vim vue wasm wat wgsl wsgi xhtml xml xsd xsl "
    "yaml yml zig zsh"
)
_WITH_ANY_ENDING = ("dockerfile", "containerfile", "makefile", "license", "readme", "changelog")
_KNOWN_NAMES = frozenset(_NAMES.split())
_KNOWN_CAPITAL_NAMES = frozenset(_CAPITAL_NAMES.split())
_KNOWN_EXTENSIONS = frozenset(_EXTENSIONS.split())


def path_line(line: str) -> str:
    """Return the path that makes up the whole line, decoration apart; empty when there is none.

    Decoration is Markdown's (headings, bold, backticks), a comment sign, ``File:`` before and a
    colon or ``(new file)`` after; or a tag around it, as Cline and Roo have it.
    """
    if len(line) > _LONGEST:
        return ""
    if tagged := _TAGGED.match(line.strip()):
        return tagged[2] if could_be_path(tagged[2]) else ""
    bare = _undecorated(line)
    spaced = "`" in line or _LABEL.match(line.strip().lstrip("#*/ ")) is not None
    if " " in bare and not (spaced and _EXTENSION.search(bare)):
        return ""
    return bare if could_be_path(bare) else ""


def bare_word(line: str) -> str:
    """Return the word that makes up the whole line, in backticks or not; else nothing.

    No path by its looks, but files such as ``configure`` have such names.
    """
    match = _WORD.match(line.strip())
    return match[1] if match else ""


def is_surely_path(text: str) -> bool:
    """True for a path with a folder, or a name that files have: a known ending or a known name."""
    if not could_be_path(text):
        return False
    name = text.rpartition("/")[2]
    extension = _EXTENSION.search(name)
    known = extension is not None and extension.group(1).lower() in _KNOWN_EXTENSIONS
    return known or "/" in text or name.startswith(".") or _is_known_name(name)


def could_be_path(text: str) -> bool:
    """True for what may name a file where a file's name is expected."""
    if not text or len(text) > _LONGEST or _NOT_IN_PATHS.search(text):
        return False
    name = text.rpartition("/")[2]
    return "/" in text or "." in name or _is_known_name(name)


def _is_known_name(name: str) -> bool:
    first, _, ending = name.lower().partition(".")
    is_variant = ending.isalnum() and first in _WITH_ANY_ENDING  # Dockerfile.windows
    return is_variant or name.lower() in _KNOWN_NAMES or name in _KNOWN_CAPITAL_NAMES


def mentioned_paths(line: str) -> list[str]:
    """Return the different names in a sentence that are surely files, in order."""
    words = _BACKTICKED.findall(line[:_LONGEST])
    if not words:
        words = [word.strip("*_,;:()'\"") for word in line[:_LONGEST].split()]
        words = [word.rstrip(".") for word in words]
    return list(dict.fromkeys(word for word in words if is_surely_path(word)))


def fence_path(info: str) -> str:
    """Return the path in a fence's first line (```` ```python src/a.py ````); empty without.

    A line range before it (``12:30:src/a.py``) says that the fence quotes the file as it is.
    """
    info = info.strip()[:_LONGEST]
    if _LINE_RANGE.match(info):
        return ""
    language, _, rest = info.partition(" ")
    candidates = [part for part in (language.partition(":")[2], rest.strip()) if part]
    if "." in language or "/" in language:
        candidates.append(language)
    for candidate in candidates:
        bare = re.sub(r"^(?:title|file|filename|path|name)=", "", candidate).strip("\"'{}")
        if " " not in bare and "=" not in bare and is_surely_path(bare):
            return bare
    return ""


def _undecorated(line: str) -> str:
    text = _SIGN.sub("", line.strip(), count=1).removesuffix("-->")
    for _ in range(3):  # **`File: a.py`:**
        text = text.strip(" *`\"'")
        if label := _LABEL.match(text):
            text = text[label.end() :]
        text = _REMARK.sub("", text) if text.endswith(")") else text
        text = text.rstrip(": ").strip()
    return text
