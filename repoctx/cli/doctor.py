"""``repoctx doctor``: what works on this machine and what does not, without using the network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repoctx.cli.options import Directory, Json, print_json
from repoctx.errors import RepoctxError
from repoctx.terminal import one_line

if TYPE_CHECKING:
    from repoctx.config import Settings

SCHEMA = "repoctx.doctor/1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    name: str
    works: bool
    detail: str


def doctor(directory: Directory = Path("."), as_json: Json = False) -> int:
    """Try everything that repoctx needs; exit with 1 when something needed does not work."""
    findings = list(_findings(directory))
    if as_json:
        print_json({"schema": SCHEMA, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "ok  " if finding.works else "FAIL"
            sys.stdout.write(one_line(f"{mark} {finding.name:12} {finding.detail}") + "\n")
    return 0 if all(finding.works for finding in findings) else 1


def _findings(directory: Path) -> Iterator[Finding]:
    from repoctx.config import load_settings
    from repoctx.folders import root_of

    tries: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: sys.version.split()[0]),
        ("sqlite", _sqlite),
        ("tokenizer", _tokenizer),
        ("grammars", _grammars),
        ("repository", lambda: _repository(directory)),
        ("state", lambda: _state(root_of(directory))),
        ("backend", lambda: _backend(load_settings(root_of(directory)))),
    ]
    for name, attempt in tries:
        yield _tried(name, attempt)
    sandbox = _tried("sandbox", _sandbox)
    yield Finding("sandbox", True, sandbox.detail if sandbox.works else f"none: {sandbox.detail}")


def _tried(name: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, attempt())
    except (RepoctxError, OSError, ImportError) as error:
        return Finding(name, False, str(error))


def _sqlite() -> str:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
    except sqlite3.OperationalError:
        raise RepoctxError(
            f"SQLite {sqlite3.sqlite_version} has no full-text search (FTS5)",
            "use a Python whose sqlite3 module is built with FTS5",
        ) from None
    finally:
        connection.close()
    return f"{sqlite3.sqlite_version} with FTS5"


def _tokenizer() -> str:
    from repoctx.packer.tokens import tokenizer

    count = tokenizer("o200k_base").count("The tokenizers are part of the package.")
    return f"o200k_base counts offline ({count} tokens in a sentence)"


def _grammars() -> str:
    from repoctx.packer.parse import outline

    parsed = outline("python", b"def f():\n    pass\n")
    if parsed is None or not parsed.definitions:
        raise RepoctxError("tree-sitter finds no function in a function", "install repoctx again")
    return "tree-sitter parses"


def _repository(directory: Path) -> str:
    from repoctx.git import find_repository

    repository = find_repository(directory)
    if repository is None:
        return f"{directory.absolute()} is not in git; .gitignore is honoured all the same"
    return f"git, {repository.root}, HEAD {(repository.head() or 'unborn')[:12]}"


def _state(root: Path) -> str:
    from repoctx.folders import cache_folder, state_folder

    return f"{state_folder(root)}; index in {cache_folder(root)}"


def _backend(settings: Settings) -> str:
    from repoctx.backends.registry import backend_names
    from repoctx.config import backend_settings, key_variable

    if settings.backend not in backend_names():
        raise RepoctxError(
            f"there is no backend {settings.backend!r}", f"there are {', '.join(backend_names())}"
        )
    found = backend_settings(settings)
    if settings.backend not in ("openai", "anthropic"):
        return f"{settings.backend} at {settings.endpoint}"
    key = "with a key" if found.api_key else f"without a key ({key_variable(settings) or 'none'})"
    model = settings["model"] or "(none)"
    return f"{settings.backend}, model {model} at {settings.endpoint}, {key}"


def _sandbox() -> str:
    from repoctx.sandbox import confinement

    return f"{type(confinement()).__name__}: repairs can be tried safely"
