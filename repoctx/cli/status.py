"""``repoctx status``: what stands, and what the next question would cost."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from repoctx.cli.narrator import Narrator
from repoctx.cli.options import Directories, Json, open_project, print_json
from repoctx.terminal import counted, one_line
from repoctx.wording import cost_range

if TYPE_CHECKING:
    from repoctx.events import Estimated, Event
    from repoctx.project import Project
    from repoctx.sending.keepalive import Worth
    from repoctx.sending.status import Status

T = TypeVar("T")

SCHEMA = "repoctx.status/1"


def status(
    directory: Directories = None,
    rebase: Annotated[
        bool, typer.Option("--rebase", help="Let the next question start a new base.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Show index and ledger, and what the next question would cost; nothing is sent."""
    from repoctx.sending.status import forget
    from repoctx.sending.status import status as status_of

    project = open_project(directory)
    narrator = Narrator()
    for warning in project.settings.warnings:
        narrator.warn(warning)
    if rebase:
        known = forget(project)
        narrator.note("the next question starts a new base" if known else "there is no base yet")
    found = _followed(status_of(project), narrator)
    if as_json:
        print_json(_json(project, found))
        return 0
    for line in _lines(project, found):
        sys.stdout.write(one_line(line) + "\n")
    return 0


def _followed(stages: Generator[Event, None, T], narrator: Narrator) -> T:
    """Draw the progress of what runs, and return what it returns."""
    from repoctx.cli.progress import Bar
    from repoctx.events import Progress

    bar = Bar(narrator)
    try:
        while True:
            event = next(stages)
            if isinstance(event, Progress):
                bar.show(event)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's own result
    finally:
        bar.hide()
        stages.close()


def _json(project: Project, found: Status) -> dict[str, object]:
    from repoctx.backends.prices import prices_date, prices_version

    settings, day = project.settings, prices_date()
    standing = found.standing
    keepalive = found.keepalive
    return {
        "schema": SCHEMA,
        "roots": [str(root.path) for root in project.roots],
        "backend": settings.backend,
        "model": settings["model"],
        "endpoint": settings.endpoint,
        "sends": not settings.stays_here,
        "index": asdict(found.indexed),
        "ledger": standing
        and {
            "base": standing.base,
            "updates": standing.updates,
            "update_tokens": standing.update_tokens,
            "destinations": [asdict(each) for each in found.reached],
        },
        "next": found.expected and asdict(found.expected),
        "keepalive": keepalive and {**asdict(keepalive), "questions": keepalive.questions},
        "no_keepalive": found.no_keepalive,
        "prices": {"version": prices_version(), "date": day and day.isoformat()},
    }


def _lines(project: Project, found: Status) -> Iterator[str]:
    settings = project.settings
    who = f"{settings.backend} {settings['model']}".strip()
    yield _row("answers", f"{who} at {settings.endpoint}")
    yield _row("index", _index(found))
    if found.expected is None:
        yield _row("next", "nothing is sent, so nothing is billed")
        return
    yield from _ledger(found)
    yield from _next(found.expected)
    yield _row("keep-alive", _worth(found.keepalive) if found.keepalive else found.no_keepalive)
    yield _row("prices", _prices())


def _row(name: str, text: str) -> str:
    return f"{name:14}{text}"


def _index(found: Status) -> str:
    import time

    if found.indexed.at is None:
        return "there was none yet"
    age = _duration(time.time() - found.indexed.at)
    return f"{found.indexed.files:,} files, read {age} ago"


def _ledger(found: Status) -> Iterator[str]:
    standing = found.standing
    if standing is None:
        yield _row("ledger", "no base: nothing was sent yet, or nothing is cached there")
        return
    updates = f", {counted(standing.updates, 'update')} of {standing.update_tokens:,}"
    more = updates if standing.updates else ", no updates"
    yield _row("ledger", f"base of {standing.base:,} tokens{more}")
    for each in found.reached:
        left = f"cached for another {_duration(each.warm_for)}" if each.warm_for else "cold"
        seen = f", {each.updates} of {standing.updates} updates" if standing.updates else ""
        yield _row("  sent to", f"{each.name}: {_duration(each.age)} ago{seen}, {left}")


def _next(expected: Estimated) -> Iterator[str]:
    parts = f"base {expected.base_tokens:,}"
    if expected.updates:
        parts += f", {expected.updates} updates {expected.update_tokens:,}"
    parts += f", instructions {expected.question_tokens:,}"
    window = f" of {expected.window:,}" if expected.window else ""
    yield _row("next", f"{expected.input_tokens:,}{window} tokens and the question ({parts})")
    share = expected.cached_tokens / max(1, expected.input_tokens)
    yield _row("  cached", f"{expected.cached_tokens:,} tokens, probably ({share:.0%})")
    if expected.rebased:
        why = "nothing was sent before" if expected.rebased == "first" else expected.rebased
        yield _row("  new base", why)
    yield _row("  cost", cost_range(expected))
    seconds = expected.first_token_seconds
    wait = "not known before a first run" if seconds is None else f"in about {seconds:.1f} s"
    yield _row("  first word", wait)


def _worth(value: Worth) -> str:
    return (
        f"a ping every {_duration(value.interval)} costs ${value.ping:.4f}, a cold start"
        f" ${value.cold:.4f} instead of ${value.warm:.4f}: it pays while more than"
        f" {value.questions:.2g} further questions are expected for each ping,"
        f" at most {value.most:,} pings ({_duration(value.most * value.interval)})"
    )


def _prices() -> str:
    from repoctx.backends.prices import prices_date, prices_version

    day = prices_date()
    return (
        f"genai-prices {prices_version()}, no older than {day or 'unknown'}; [models] comes first"
    )


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 100 * 3600 else f"{seconds / 86400:.0f} days"
