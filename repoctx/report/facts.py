"""What the page is drawn from: plain values, with every name made harmless to look at.

The same pack gives the same values: no date, no absolute path.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from repoctx.packer.kinds import Kind
from repoctx.packer.manifest import Document
from repoctx.packer.pack import Pack
from repoctx.packer.select import Level
from repoctx.report.folders import imports_by_folder
from repoctx.report.layers import laid_out
from repoctx.report.models import Cost
from repoctx.terminal import one_line

SCHEMA = "repoctx.report/1"


@dataclass(frozen=True, slots=True)
class About:
    """What the person asked for."""

    name: str
    """Of the repository: its folder's own name, never where that lies."""
    rev: str | None = None
    question: str = ""
    budget: int | None = None
    """Tokens."""


def facts_of(pack: Pack, about: About, costs: Iterable[Cost], prices: str) -> dict[str, Any]:
    """Return all that the page shows, of the schema ``repoctx.report/1``.

    ``prices`` is the version of the snapshot that the costs come from.
    """
    return {
        "schema": SCHEMA,
        "about": _about(pack, about),
        **_files(pack.documents),
        "imports": _imports(pack),
        "costs": [
            {**asdict(c), "model": one_line(c.model), "provider": one_line(c.provider)}
            for c in costs
        ],
        "prices": prices,
    }


def _about(pack: Pack, about: About) -> dict[str, Any]:
    return {
        "name": one_line(about.name),
        "rev": one_line(about.rev or ""),
        "question": one_line(about.question),
        "budget": about.budget,
        "tokens": pack.tokens,
        "bytes": pack.bytes,
        "encoding": pack.encoding,
        "format": pack.format,
        "levels": pack.levels,
        "redacted": pack.redacted,
        "imports": dict(pack.imports),
    }


_Value = TypeVar("_Value", bound=Hashable)


class _Numbered(Generic[_Value]):
    """Values numbered in the order in which they were first met."""

    def __init__(self) -> None:
        self.numbers: dict[_Value, int] = {}

    def __getitem__(self, value: _Value) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def _files(documents: Iterable[Document]) -> dict[str, Any]:
    """Return a column for each fact about the files; folders and words are given by number."""
    folders: _Numbered[tuple[int, str]] = _Numbered()
    reasons: _Numbered[str] = _Numbered()
    levels, kinds = list(Level), list(Kind)
    rows = []
    for document in documents:
        *parts, name = document.path.split("/")
        folder = folders[-1, ""]
        for part in parts:
            folder = folders[folder, one_line(part)]
        facts = document.facts
        rows.append(
            (
                folder,
                one_line(name),
                levels.index(document.level),
                kinds.index(facts.kind) if facts else -1,
                document.tokens,
                facts.tokens if facts else 0,
                reasons[one_line(document.reason)],
                document.needed_by,
                document.redacted,
            )
        )
    names = ("folder", "name", "level", "kind", "tokens", "full", "reason", "needed_by", "redacted")
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {
        "levels": levels,
        "kinds": kinds,
        "reasons": list(reasons.numbers),
        "folders": list(folders.numbers),
        "files": dict(zip(names, columns, strict=True)),
    }


def _imports(pack: Pack) -> dict[str, Any]:
    kinds = {d.path: d.facts.kind for d in pack.documents if d.facts is not None}
    parts, needs = imports_by_folder(pack.graph, kinds)
    layout = laid_out(len(parts), needs)
    return {
        "parts": [{"path": one_line(part.path), "files": len(part.files)} for part in parts],
        "needs": [[a, b, count, int((a, b) in layout.back)] for (a, b), count in needs.items()],
        "rows": layout.rows,
        "circles": layout.circles,
    }
