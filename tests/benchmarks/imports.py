"""Draw imports of a repository, to be judged by hand, and say how many are resolved.

    python tests/benchmarks/imports.py --repo DIR --sample 50 --seed S [--family rust] [--unresolved]

The sample is of imports that mean files of the repository, resolved or not. Each is shown with its
line, its statement and the files that it was resolved to.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repoctx.packer.graph import import_graph, imports_kind, resolvers, scan_imports
from repoctx.packer.languages import family, family_name
from repoctx.packer.walk import SYMLINK, walk

_STATEMENT_LINES = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """One import and what it was taken to mean."""

    where: str
    """``path:line``"""
    statement: str
    target: str
    files: tuple[str, ...]
    """None of them when it is unresolved."""


def main() -> None:
    """Print the sample, then the counts of each family."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--family", help="of one family only, e.g. python")
    parser.add_argument("--unresolved", action="store_true", help="draw from the unresolved only")
    arguments = parser.parse_args()
    drawn = [
        found
        for found in _imports(arguments.repo, arguments.family)
        if not (arguments.unresolved and found.files)
    ]
    chosen = random.Random(arguments.seed).sample(drawn, min(arguments.sample, len(drawn)))
    print("\n".join(_shown(n, found) for n, found in enumerate(chosen, 1)))  # noqa: T201
    print(_figures(arguments.repo))  # noqa: T201


def _imports(root: Path, only: str | None) -> Iterator[Drawn]:
    """Yield every import of the repository's own files, each once a file."""
    snapshot = walk(root)
    known = [f for f in snapshot.files if imports_kind(f.path) and f.mode != SYMLINK]
    contents = {file.path: content for file, content in snapshot.read_all(known)}
    facts = {path: scan_imports(path, content) for path, content in contents.items()}
    resolve = resolvers(snapshot, facts)
    for path, content in contents.items():
        name = family_name(path)
        if name is None or name != (only or name):
            continue
        first = {site.target: site for site in reversed(list(family(name).sites(content)))}
        for target, site in first.items():
            files = resolve[name](path, target)
            if files is not None:
                line = content.count(b"\n", 0, site.offset) + 1
                yield Drawn(f"{path}:{line}", _statement(content, site.offset), target, files)


def _statement(content: bytes, offset: int) -> str:
    """Return the lines from the statement's first to the one that closes its brackets."""
    start = content.rfind(b"\n", 0, offset) + 1
    lines: list[str] = []
    for line in content[start:].decode("utf-8", "replace").split("\n"):
        lines.append(line.strip())
        text = " ".join(lines)
        balanced = all(text.count(a) <= text.count(b) for a, b in ("()", "{}"))
        if balanced or len(lines) == _STATEMENT_LINES:
            break
    return " ".join(lines)


def _shown(number: int, found: Drawn) -> str:
    files = ", ".join(found.files[:4]) + (f" … {len(found.files)}" if found.files[4:] else "")
    return (
        f"{number:>3} {found.where}\n      {found.statement}\n"
        f"      [{found.target}] -> {files or 'UNRESOLVED'}"
    )


def _figures(root: Path) -> str:
    graph = import_graph(walk(root))
    rows = [*sorted(graph.by_family.items()), ("all", graph.imports)]
    return "\n".join(
        f"{name:<12} resolved {c.resolved}, unresolved {c.unresolved}, external {c.external}"
        + ("" if c.rate is None else f", rate {c.rate:.4f}")
        for name, c in rows
    )


if __name__ == "__main__":
    main()
