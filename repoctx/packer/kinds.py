"""Say what kind of file a path is, and correct it by the first bytes of its content.

A kind never drops a file: it only decides what is shortened first when a budget is tight.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from repoctx.decoding import is_binary, is_text_with_mark

HEAD = 8192
"""Bytes of a file's beginning that ``refine_kind`` wants to see."""


class Kind(StrEnum):
    """What a file is for."""

    SOURCE = "source"
    """Code and configuration: all that is nothing else."""
    TEST = "test"
    DOCS = "docs"
    DATA = "data"
    GENERATED = "generated"
    VENDORED = "vendored"
    LOCK = "lock"
    MINIFIED = "minified"
    BINARY = "binary"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VENDORED = _words(
    "vendor vendored _vendor node_modules bower_components third_party third-party thirdparty "
    "godeps pods jspm_packages site-packages"
)
_TESTS = _words(
    "test tests testing testdata test-data test_data __tests__ __snapshots__ __mocks__ fixtures "
    "spec specs e2e"
)
_DOCS = _words("doc docs documentation")
_LOCKS = _words(
    "cargo.lock composer.lock flake.lock gemfile.lock go.sum gopkg.lock gradle.lockfile mix.lock "
    "npm-shrinkwrap.json package-lock.json package.resolved packages.lock.json pdm.lock "
    "pipfile.lock pnpm-lock.yaml podfile.lock poetry.lock pubspec.lock uv.lock yarn.lock bun.lock "
    "bun.lockb deno.lock module.bazel.lock pixi.lock conda-lock.yml"
)
_BINARY = _words(
    "7z a avi avif bin bmp bz2 class dat db dll dylib eot exe gif gz ico icns jar jpeg jpg lib mo "
    "mov mp3 mp4 npy npz o obj ogg otf parquet pdf pkl png pyc pyd rar so sqlite sqlite3 tar tgz "
    "tif tiff ttf wasm wav webm webp whl woff woff2 xls xlsx xz zip zst"
)
_DATA = _words("csv geojson har json json5 jsonl log ndjson po pot snap svg tab tsv txt xml")
_PERHAPS_DATA = _words("yaml yml")
_DOC_SUFFIXES = _words("adoc asciidoc md mdx org rst")
_CONFIGURATION = re.compile(  # JSON and text that builds read
    r"(?:package|[jt]sconfig[^/]*|composer|deno|angular|nx|turbo|lerna|manifest|vcpkg)\.json5?"
    r"|[^/]*(?:config|settings)\.json|cmakelists\.txt|[^/]*requirements[^/]*\.txt|pom\.xml"
)
_DOCUMENT = re.compile(
    r"(?:readme|changelog|changes|contributing|contributors|authors|license|licence|copying|notice"
    r"|history|news|security|code_of_conduct|maintainers)(?:[.\-_][^/]*)?"
)
_MINIFIED = re.compile(r"[^/]*[.\-_]min\.(?:js|mjs|cjs|css|html)|[^/]*\.(?:js|css|mjs|cjs)\.map")
_GENERATED = re.compile(
    r"[^/]*(?:_pb2(?:_grpc)?\.pyi?|\.pb(?:\.gw|\.validate)?\.(?:go|cc|h)|\.pb\.\w+|\.g\.dart"
    r"|\.freezed\.dart|\.designer\.cs|\.g\.cs|[._-]generated\.\w+|_gen\.go)|zz_generated[^/]*"
)
_TEST_NAME = re.compile(
    r"test_[^/]*|tests?\.[^/]*|conftest\.py|[^/]*[_.\-](?:test|tests|spec)\.[^/]*"
)
_TEST_CLASS = re.compile(
    r"[^/]*[a-z0-9](?:Test|Tests|Spec|IT)\.(?:java|kt|scala|cs|groovy|swift|php)"
)


def kind_of(path: str) -> Kind:
    """Return the kind that the path alone suggests."""
    folder, _, name = path.rpartition("/")
    by_folder = _folder_kind(folder)
    if by_folder is Kind.VENDORED:
        return by_folder
    return _name_kind(name) or by_folder or _suffix_kind(name) or Kind.SOURCE


def refine_kind(kind: Kind, head: bytes) -> Kind:
    """Return the kind, corrected by the first ``HEAD`` bytes of the content.

    A NUL makes it binary, and so does the mark of a PDF; text is not binary whatever its name says.
    Lines of hundreds of characters make code minified; a notice not to edit makes it generated.
    """
    if is_binary(head) or head.startswith(b"%PDF-"):
        return Kind.BINARY
    if kind is Kind.BINARY:
        return Kind.DATA
    if kind not in (Kind.SOURCE, Kind.TEST):
        return kind
    if _says_generated(head[:1024].lower()):
        return Kind.GENERATED
    return Kind.MINIFIED if _has_long_lines(head) else kind


def is_binary_later(content: bytes) -> bool:
    """True for what only begins as text does: no UTF-8, and a NUL beyond the head."""
    if b"\0" not in content or is_text_with_mark(content):
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


@lru_cache(maxsize=4096)
def _folder_kind(folder: str) -> Kind | None:
    parts = set(folder.lower().split("/"))
    if parts & _VENDORED:
        return Kind.VENDORED
    if parts & _TESTS:
        return Kind.TEST
    return Kind.DOCS if parts & _DOCS else None


def _name_kind(name: str) -> Kind | None:
    """Return what the name says more surely than the folder does."""
    small = name.lower()
    if small in _LOCKS:
        return Kind.LOCK
    if small.rpartition(".")[2] in _BINARY and "." in small:
        return Kind.BINARY
    if _MINIFIED.fullmatch(small):
        return Kind.MINIFIED
    if _GENERATED.fullmatch(small):
        return Kind.GENERATED
    if _TEST_NAME.fullmatch(small) or _TEST_CLASS.fullmatch(name):
        return Kind.TEST
    return None


def _suffix_kind(name: str) -> Kind | None:
    small = name.lower()
    if _CONFIGURATION.fullmatch(small):
        return Kind.SOURCE
    suffix = small.rpartition(".")[2]
    if suffix in _DOC_SUFFIXES or _DOCUMENT.fullmatch(small):
        return Kind.DOCS
    return Kind.DATA if suffix in _DATA and "." in small else None


def data_suffix(path: str) -> str:
    """Return the suffix of data, perhaps YAML's; empty for others and for configuration."""
    name = path.rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2]
    known = suffix in _DATA or suffix in _PERHAPS_DATA
    return suffix if known and "." in name and not _CONFIGURATION.fullmatch(name) else ""


def _says_generated(head: bytes) -> bool:
    if b"@generated" in head:
        return True
    warned = b"do not edit" in head or b"do not modify" in head or b"don't edit" in head
    return warned and b"generated" in head


def _has_long_lines(head: bytes) -> bool:
    """True when a line of the head's 2 KiB or more has over 500 bytes on the average."""
    return len(head) >= 2048 and head.count(b"\n") * 500 < len(head)
