"""``repoctx search``: ranked places with citations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from repoctx.cli.narrator import Narrator
from repoctx.cli.options import Directories, Json, open_project, print_json
from repoctx.terminal import one_line

if TYPE_CHECKING:
    from repoctx.packer.rank import Hit

SCHEMA = "repoctx.search/1"


def search(
    words: Annotated[str, typer.Argument(help="Words, names, or a sentence.")],
    directory: Directories = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most results.")] = 10,
    as_json: Json = False,
) -> int:
    """Find the files and symbols that fit the words best."""
    hits = open_project(directory).search(words, limit)
    if as_json:
        print_json({"schema": SCHEMA, "query": words, "hits": [_hit_json(hit) for hit in hits]})
        return 0
    for hit in hits:
        symbol = f"  {hit.symbol}" if hit.symbol else ""
        sys.stdout.write(one_line(f"{hit.path}:{hit.line}{symbol}") + "\n")
        for number, line in hit.lines:
            sys.stdout.write(f"  {number:>6}  {one_line(line)[:160]}\n")
    if not hits:
        Narrator().note("nothing found")
    return 0


def _hit_json(hit: Hit) -> dict[str, object]:
    return {
        "path": hit.path,
        "line": hit.line,
        "citation": f"{hit.path}:{hit.line}",
        "symbol": hit.symbol,
        "score": round(hit.score, 4),
        "lines": [{"line": number, "text": text} for number, text in hit.lines],
    }
