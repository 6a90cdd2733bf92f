"""What resolving Rust's imports needs of a Cargo.toml."""

from __future__ import annotations

import tomllib
from typing import Any

_TARGETS = ("bin", "test", "example", "bench")
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")


def read_manifest(content: bytes) -> Any:
    """Return the package's name, its library, its other targets and its renamed dependencies.

    ``{"name": str, "lib": {"name": str, "path": str}, "targets": [path], "renamed": {new: old},
    "rooted": bool}``; absent entries are empty. Rooted are the paths of the edition of 2015.
    """
    try:
        manifest = tomllib.loads(content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):  # not TOML; nested a thousand deep
        manifest = {}
    package, library = _table(manifest.get("package")), _table(manifest.get("lib"))
    return {
        "name": _text(package.get("name")),
        "lib": {key: _text(library.get(key)) for key in ("name", "path")},
        "targets": [path for kind in _TARGETS for path in _paths(manifest.get(kind))],
        "renamed": dict(_renamed(manifest)),
        "rooted": package.get("edition", "2015") == "2015",
    }


def _paths(targets: object) -> list[str]:
    entries = targets if isinstance(targets, list) else []
    return [path for entry in entries if (path := _text(_table(entry).get("path")))]


def _renamed(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    tables = [manifest, _table(manifest.get("workspace"))]
    return [
        (name, package)
        for table in tables
        for kind in _DEPENDENCIES
        for name, value in _table(table.get(kind)).items()
        if (package := _text(_table(value).get("package")))
    ]


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
