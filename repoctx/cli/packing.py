"""``repoctx pack``: the context itself, streamed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from repoctx.cli.listing import listed_files
from repoctx.cli.narrator import Narrator
from repoctx.cli.options import (
    Budget,
    Directories,
    FilesFrom,
    Full,
    Left,
    Named,
    NoRedact,
    Null,
    Outlined,
    open_project,
    pins,
)
from repoctx.cli.progress import Bar
from repoctx.errors import UsageError
from repoctx.events import Progress
from repoctx.terminal import printable

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.snapshot import Snapshot
    from repoctx.project import Project


def pack(
    directory: Directories = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="A file; - is standard output.")
    ] = None,
    format: Annotated[
        Literal["xml", "markdown", "jsonl"], typer.Option(help="How documents are written.")
    ] = "xml",
    budget: Budget = None,
    question: Annotated[
        str, typer.Option(help="Under a budget, prefer what is relevant to this.")
    ] = "",
    full: Full = None,
    outline: Outlined = None,
    name: Named = None,
    omit: Left = None,
    stats: Annotated[Path | None, typer.Option(help="Write figures as JSON to this file.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page that shows the pack to this HTML file.")
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Print tokens per folder instead.")] = False,
    explain: Annotated[
        str | None, typer.Option(help="Say why this path has its level instead.")
    ] = None,
    rev: Annotated[str | None, typer.Option(help="Pack this commit, not the working tree.")] = None,
    encoding: Annotated[
        Literal["o200k_base", "cl100k_base"] | None, typer.Option(help="The tokenizer.")
    ] = None,
    files_from: FilesFrom = None,
    null: Null = False,
    no_redact: NoRedact = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep the file of -o up to date, until Ctrl-C.")
    ] = False,
) -> int:
    """Write the whole repository as one context: dependencies first, a manifest last."""
    if (output, report) == ("-", Path("-")):
        raise UsageError(
            "the pack and the report cannot both go to standard output", "name a file for one"
        )
    files = listed_files(files_from, null)
    redact = False if no_redact else None
    project = open_project(directory, files, encoding=encoding, redact=redact)
    narrator = Narrator()
    bar = Bar(narrator)

    def build(snapshot: Snapshot, index: Index) -> Pack:
        packed = project.pack(
            snapshot,
            index,
            question=question,
            rev=rev,
            format=format,
            budget=budget,
            pins=pins(full, outline, name, omit),
            progress=lambda done, total: bar.show(Progress("packing", done, total, "files")),
        )
        bar.hide()
        return packed

    if watch:
        from repoctx.cli.watching import check_options, keep_packed

        def write(packed: Pack) -> None:
            _write(packed.chunks(), str(file))
            if stats is not None:
                _write_stats(packed, stats)

        file = check_options(output, tree=tree, explain=explain, rev=rev, report=report)
        keep_packed(project, [file, *([stats] if stats else [])], build, write, narrator)
    with project.opened(rev) as (snapshot, index):
        packed = build(snapshot, index)
        if explain is not None:
            sys.stdout.write(printable(packed.explain(explain)) + "\n")
        elif tree:
            _print_tree(packed)
        elif output is not None or (stats is None and report is None):
            _write(packed.chunks(), output or "-")
    if stats is not None:
        _write_stats(packed, stats)
    if report is not None:
        _write_report(packed, report, project, rev, question, budget)
    narrator.note(
        f"{sum(packed.levels.values()):,} files, {packed.tokens:,} tokens ({packed.encoding})"
    )
    return 0


def _write(text: Iterable[str], output: str) -> None:
    content = (piece.encode("utf-8", "surrogatepass") for piece in text)
    path = Path(output)
    if output == "-" and sys.stdout.isatty():  # what a person looks at, not what is sent
        _stream((printable(piece).encode() for piece in text), sys.stdout.buffer)
    elif output == "-":
        _stream(content, sys.stdout.buffer)
    elif path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
        with path.open("wb") as file:
            _stream(content, file)
    else:
        from repoctx.files import atomic_write

        atomic_write(path, content, 0o644)


def _stream(content: Iterable[bytes], file: BinaryIO) -> None:
    for piece in content:
        file.write(piece)
    file.flush()


def _write_stats(packed: Pack, path: Path) -> None:
    from repoctx.files import atomic_write

    atomic_write(path, json.dumps(packed.stats(), indent=2).encode() + b"\n", 0o644)


def _write_report(
    packed: Pack, path: Path, project: Project, rev: str | None, question: str, budget: int | None
) -> None:
    from repoctx.backends.prices import prices_version
    from repoctx.report.facts import About, facts_of
    from repoctx.report.models import costs
    from repoctx.report.page import page

    settings = project.settings
    name = " and ".join(root.path.name for root in project.roots)
    about = About(name, rev, question, budget or settings["budget"])
    prices = costs(packed.tokens, settings["model"], settings["base_url"], settings["models"])
    _write([page(facts_of(packed, about, prices, prices_version()))], str(path))


def _print_tree(packed: Pack) -> None:
    from repoctx.cli.tree import tree_lines

    for line in tree_lines(packed):
        sys.stdout.write(line + "\n")
