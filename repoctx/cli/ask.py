"""``repoctx ask``: one question or change, start to end."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from repoctx.cli.changes import refuse_flagged
from repoctx.cli.listing import listed_files
from repoctx.cli.narrator import Narrator
from repoctx.cli.options import (
    Budget,
    Commit,
    CommitHooks,
    Directories,
    FilesFrom,
    Full,
    Json,
    Left,
    Named,
    NoRedact,
    Null,
    Outlined,
    open_project,
    pins,
    print_json,
)
from repoctx.errors import UsageError

if TYPE_CHECKING:
    from repoctx.attachments import Attachment
    from repoctx.events import Estimated, Event
    from repoctx.patches.edits import ChangeSet
    from repoctx.project import Project
    from repoctx.sending import Confirm
    from repoctx.session import Question, Review, Session

    Show: TypeAlias = Callable[[Iterator[Event], Narrator], tuple[int, float]]


def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    directory: Directories = None,
    backend: Annotated[str | None, typer.Option(help="Who answers.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint.")] = None,
    reply_format: Annotated[
        str | None, typer.Option(help="How edits are to be written; auto for what suits the model.")
    ] = None,
    command: Annotated[
        str | None, typer.Option(help="exec: reads the prompt on stdin, writes the reply.")
    ] = None,
    recording: Annotated[str | None, typer.Option(help="scripted: the recorded replies.")] = None,
    record: Annotated[
        str | None, typer.Option(help="scripted: record the replies of this backend.")
    ] = None,
    check: Annotated[str, typer.Option(help="A command that must succeed.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Apply without asking.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Decide hunk by hunk.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Never write.")] = False,
    allow_flagged: Annotated[
        bool, typer.Option("--allow-flagged", help="Also apply to files that can run code.")
    ] = False,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="If edits never fit, review or apply the others."),
    ] = False,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Tries to make the edits fit and the check pass.")
    ] = None,
    commit: Commit = False,
    commit_hooks: CommitHooks = None,
    budget: Budget = None,
    full: Full = None,
    outline: Outlined = None,
    name: Named = None,
    omit: Left = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Read every file in full, in several requests if need be."),
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="--whole: requests at a time.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="US dollars; refuse a dearer question.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Send without asking what is above `ask_above`.")
    ] = False,
    keep_alive: Annotated[
        bool, typer.Option("--keep-alive", help="Then keep it cached, at a price, until Ctrl-C.")
    ] = False,
    attach: Annotated[
        list[str] | None,
        typer.Option(help="A text, PDF, image or http(s) address that goes along; repeatable."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--continue", help="Go on with the last conversation.")
    ] = False,
    prompt_to: Annotated[
        Path | None,
        typer.Option(help="Write what the model would read to this file, and send nothing."),
    ] = None,
    local_only: Annotated[
        bool, typer.Option("--local-only", help="Refuse every endpoint elsewhere.")
    ] = False,
    files_from: FilesFrom = None,
    null: Null = False,
    no_redact: NoRedact = False,
    as_json: Json = False,
) -> int:
    """Ask a question, or ask for a change; nothing is written before you say so."""
    if apply + review + dry_run > 1:
        raise UsageError("--apply, --review and --dry-run exclude each other", "give one of them")
    if commit and dry_run:
        raise UsageError("--commit and --dry-run exclude each other", "give one of them")
    if files_from == "-" == question:
        raise UsageError("standard input cannot be both question and list", "put one in a file")
    project = open_project(
        directory,
        listed_files(files_from, null),
        backend=backend,
        model=model,
        base_url=base_url,
        reply_format=reply_format,
        command=_split(command),
        recording=recording,
        record=record,
        rounds=rounds,
        budget=budget,
        concurrency=concurrency,
        commit_hooks=commit_hooks,
        max_cost=max_cost,
        local_only=local_only or None,
        redact=False if no_redact else None,
    )
    if commit:
        project.check_versioned()
    from repoctx.session import Question, Session

    narrator = Narrator()
    reads_stdin = "-" in (question, files_from)
    asked = Question(
        text=_text(question),
        check=check,
        attachments=tuple(_told(narrator, _attachments(attach or [], reads_stdin, project))),
        pins=pins(full, outline, name, omit),
        whole=whole,
        resume=resume,
        partial=partial,
        commit=commit,
        review=_reviewer(apply, review, dry_run or as_json, allow_flagged, narrator),
        confirm=_confirm(yes, narrator),
    )
    session = Session(project)
    show = _print_events if as_json else _draw
    if prompt_to is not None:
        return _write_prompt(session, asked, prompt_to, show, narrator)
    code, spent = show(session.ask(asked), narrator)
    if keep_alive and code == 0:
        narrator.note("keeping the prompt cached with pings; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            show(session.keep_alive(asked, spent), narrator)
    return code


def _write_prompt(
    session: Session, asked: Question, path: Path, show: Show, narrator: Narrator
) -> int:
    """Write the prompt whole or not at all."""
    from repoctx.files import atomic_write

    with TemporaryFile() as file:
        code, _ = show(session.prompt(asked, file), narrator)
        if code == 0:
            file.seek(0)
            atomic_write(path, iter(lambda: file.read(1 << 20), b""), 0o600)
    return code


def _split(command: str | None) -> tuple[str, ...] | None:
    import shlex

    try:
        return tuple(shlex.split(command)) if command is not None else None
    except ValueError as error:
        raise UsageError(f"--command makes no sense: {error}", "check its quotes") from None


def _reviewer(
    apply: bool, review: bool, never: bool, allow_flagged: bool, narrator: Narrator
) -> Review | None:
    """Who decides: nobody (accept all), the person at the terminal, or none (a dry run)."""
    if apply:

        def accept(changes: ChangeSet) -> ChangeSet:
            refuse_flagged(changes, allow_flagged)
            return changes

        return accept
    if review or (narrator.interactive and not never):
        from repoctx.cli.review import review_on_terminal

        return review_on_terminal(narrator)
    return None


def _confirm(yes: bool, narrator: Narrator) -> Confirm | None:
    """Who is asked before much is spent: nobody (send), the person at the terminal, or none."""
    if yes:
        return lambda expected: True
    if not narrator.interactive:
        return None

    def ask(expected: Estimated) -> bool:
        most = expected.cost_high
        price = "the price is not known" if most is None else f"this may cost ${most:.2f}"
        return narrator.ask(f"{price}; send? [y/N]").lower() in ("y", "yes")

    return ask


def _text(question: str) -> str:
    text = sys.stdin.read() if question == "-" else question
    if not text.strip():
        raise UsageError("the question is empty", 'try `repoctx ask "what does this do?"`')
    return text


def _attachments(sources: list[str], is_read: bool, project: Project) -> Iterator[Attachment]:
    """Yield what is named, and what is piped in unless it ``is_read``."""
    from repoctx.attachments import attach, attachment_of

    limit, local_only = project.settings["attach_limit"], project.settings["local_only"]
    for source in sources:
        yield attach(source, limit, local_only=local_only)
    if not is_read and _is_piped():
        content = sys.stdin.buffer.read(limit + 1)
        if content.strip():
            yield attachment_of("standard input", content, limit)


def _told(narrator: Narrator, attachments: Iterator[Attachment]) -> Iterator[Attachment]:
    """Say of each what it was taken for, as soon as it is there."""
    for attachment in attachments:
        narrator.note(f"attached {attachment.name}: {attachment.summary}")
        yield attachment


def _is_piped() -> bool:
    """True when standard input is a pipe or a file, so that reading it ends."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _print_events(events: Iterator[Event], narrator: Narrator) -> tuple[int, float]:
    """Print each event as JSON; return the exit code and the US dollars that are known spent."""
    from repoctx.events import Failed, Finished, Usage, to_json

    code, spent = 1, 0.0
    for event in events:
        print_json(to_json(event))
        if isinstance(event, Finished | Failed):
            code = event.exit_code
        if isinstance(event, Usage):
            spent += event.cost or 0.0
    return code, spent


def _draw(events: Iterator[Event], narrator: Narrator) -> tuple[int, float]:
    """Draw each event; return as ``_print_events`` does."""
    from repoctx.cli.drawing import Drawing

    with Drawing(narrator) as drawing:
        for event in events:
            drawing.draw(event)
    return drawing.exit_code, drawing.spent
