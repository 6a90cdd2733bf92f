"""Which language a file is in, and how that language's imports are found and resolved.

One module a family; each says ``FAMILY``, and is loaded when the first file of the family is met.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import NamedTuple

from repoctx.packer.languages.family import Family


class _Language(NamedTuple):
    suffixes: str
    family: str
    """The module that knows its imports; empty when it has none that name files."""


_LANGUAGES = {
    "python": _Language(".py .pyi .pyx .pxd", "python"),
    "notebook": _Language(".ipynb", "python"),
    "javascript": _Language(".js .jsx .mjs .cjs", "javascript"),
    "typescript": _Language(".ts .mts .cts", "javascript"),
    "tsx": _Language(".tsx", "javascript"),
    "component": _Language(".vue .svelte .astro", "javascript"),
    "go": _Language(".go", "go"),
    "rust": _Language(".rs", "rust"),
    "java": _Language(".java", "jvm"),
    "kotlin": _Language(".kt .kts", "jvm"),
    "scala": _Language(".scala .sc", "jvm"),
    "groovy": _Language(".groovy .gradle", "jvm"),
    "c": _Language(".c", "c"),
    "cpp": _Language(".h .cc .cpp .cxx .c++ .hh .hpp .hxx .inl .ipp .tpp .cu .cuh .ino", "c"),
    "objc": _Language(".m .mm", "c"),
    "csharp": _Language(".cs", "csharp"),
    "ruby": _Language(".rb .rake .gemspec", "ruby"),
    "php": _Language(".php", "php"),
    "bash": _Language(".sh .bash .zsh .bats .ksh", "shell"),
    "html": _Language(".html .htm .xhtml", "web"),
    "css": _Language(".css", "web"),
    "scss": _Language(".scss .sass .less", "web"),
    "markdown": _Language(".md .markdown .mdx", ""),
    "swift": _Language(".swift", "swift"),
    "lua": _Language(".lua", "lua"),
    "sql": _Language(".sql .psql", "sql"),
    "json": _Language(".json", ""),
    "yaml": _Language(".yaml .yml", ""),
    "toml": _Language(".toml", ""),
}
_BY_SUFFIX = {
    suffix: name for name, language in _LANGUAGES.items() for suffix in language.suffixes.split()
}
_BY_NAME = {"Rakefile": "ruby", "Gemfile": "ruby"}
_MANIFESTS = {
    "package.json": "javascript",
    "go.mod": "go",
    "go.work": "go",
    "Cargo.toml": "rust",
    "composer.json": "php",
}
_MANIFEST_SUFFIXES = {".csproj": "csharp", ".podspec": "swift", ".rockspec": "lua"}


def language_of(path: str) -> str | None:
    """Return the language that a file's name says it is in; None when it says none of ours."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return _BY_SUFFIX.get(name[dot:].lower()) if dot > 0 else _BY_NAME.get(name)


def family_name(path: str) -> str | None:
    """Return the name of the family whose imports a source file has; None when it has none."""
    language = language_of(path)
    return family_of_language(language) if language else None


def family_of_language(language: str) -> str | None:
    """Return the name of the family that a language's imports belong to; None when to none."""
    known = _LANGUAGES.get(language)
    return known.family or None if known else None


def manifest_family_name(path: str) -> str | None:
    """Return the name of the family that reads this manifest (package.json); None for others."""
    name = path.rpartition("/")[2]
    if name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"):
        return "javascript"
    return _MANIFESTS.get(name) or _MANIFEST_SUFFIXES.get(name[max(0, name.rfind(".")) :])


@cache
def family(name: str) -> Family:
    """Return the family of this name."""
    found: Family = import_module(f"{__name__}.{name}").FAMILY
    return found
