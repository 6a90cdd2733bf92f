"""One question on its way to a backend: pack, say what it will cost, refuse, stream the answer."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repoctx.backends.base import (
    Backend,
    Cancellation,
    CheckFailure,
    Context,
    Limits,
    Message,
    Request,
    Workspace,
)
from repoctx.backends.prices import ModelFacts, billed, estimate, model_facts
from repoctx.config import Settings
from repoctx.errors import RefusedError
from repoctx.events import Estimated, Event, Packed, Progress, Usage
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project
from repoctx.prompt import instructions
from repoctx.stages import Report, staged

if TYPE_CHECKING:
    from repoctx.packer.index import Index
    from repoctx.packer.pack import Pack
    from repoctx.packer.walk import Snapshot

ANSWER_TOKENS = 4_000
"""The answer that an estimate assumes when no limit is set: a few files' worth of edits."""

ANSWER_SHARE = 8
"""Of the window, an eighth is left for the answer when no limit is set: models with windows of a
million tokens take 0.87 to 0.92 of it as input."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Everything of a request but the repository."""

    system: str
    messages: tuple[Message, ...]
    question: str

    def count(self, encoding: str) -> int:
        texts = [self.system, self.question, *(turn.content for turn in self.messages)]
        return sum(tokenizer(encoding).count(text) for text in texts)

    def request(
        self, pack: Pack, settings: Settings, workspace: Workspace, cancellation: Cancellation
    ) -> Request:
        return Request(
            instructions=self.system,
            context=Context(pack.chunks, pack.tokens, pack.encoding),
            messages=self.messages,
            question=self.question,
            limits=Limits(settings["output_tokens"], settings["answer_timeout"]),
            workspace=workspace,
            cancellation=cancellation,
        )


def send(
    project: Project,
    backend: Backend,
    messages: Sequence[Message],
    question: str,
    failure: CheckFailure | None,
    cancellation: Cancellation,
) -> Iterator[Event]:
    """Yield Packed, Estimated, then the backend's events.

    Raises RefusedError before anything is sent when the request would pass the window or
    ``max_cost``, BackendError when the answer cannot be had.
    """
    settings = project.settings
    facts = _facts(settings)
    words = _Words(instructions(settings["reply_format"]), tuple(messages), question)
    spoken = words.count(settings["encoding"])
    with project.opened() as (snapshot, index):
        pack = yield from _packed(
            project, snapshot, index, question, _room(facts, settings, spoken)
        )
        yield Packed(
            files=sum(pack.levels.values()),
            tokens=pack.tokens,
            bytes=pack.bytes,
            encoding=pack.encoding,
            levels=dict(pack.levels),
            redacted=pack.redacted,
        )
        estimated = _estimated(settings, facts, pack.tokens + spoken)
        yield estimated
        _refuse(settings, estimated)
        workspace = Workspace(project.root, project.cache, failure, project.roots, project.listed)
        request = words.request(pack, settings, workspace, cancellation)
        for event in backend.stream(request):
            yield _priced(event, facts)


def _packed(
    project: Project, snapshot: Snapshot, index: Index, question: str, budget: int | None
) -> Generator[Event, None, Pack]:
    def work(report: Report) -> Pack:
        def progress(done: int, total: int) -> None:
            report(Progress("packing", done, total, "files"))

        return project.pack(snapshot, index, question=question, budget=budget, progress=progress)

    return (yield from staged(work))


def _facts(settings: Settings) -> ModelFacts | None:
    return model_facts(settings["model"], settings["base_url"], settings["models"])


def _room(facts: ModelFacts | None, settings: Settings, spoken: int) -> int | None:
    """Tokens that the repository may take: what the person set, and what the window leaves."""
    budget: int | None = settings["budget"]
    if facts is None or facts.window is None:
        return budget
    left = facts.window - spoken - (settings["output_tokens"] or facts.window // ANSWER_SHARE)
    if left <= 0:
        raise RefusedError(
            f"the question alone ({spoken:,} tokens) fills the window of {settings['model']}"
            f" ({facts.window:,})",
            "attach less, or start anew without --continue",
        )
    return left if budget is None else min(budget, left)


def _estimated(settings: Settings, facts: ModelFacts | None, tokens: int) -> Estimated:
    low = high = None
    note = ""
    if settings.stays_here:
        low = high = 0.0
        note = "nothing leaves this machine"
    elif facts is None:
        note = f"the price of {settings['model'] or settings.backend!r} is not known"
    else:
        answer = settings["output_tokens"] or ANSWER_TOKENS
        low = estimate(facts, tokens, tokens, 0)
        high = estimate(facts, tokens, 0, answer)
        note = f"from all cached to nothing cached and an answer of {answer:,} tokens"
    return Estimated(
        backend=settings.backend,
        model=settings["model"],
        endpoint=settings.endpoint,
        input_tokens=tokens,
        window=facts.window if facts else None,
        cost_low=low,
        cost_high=high,
        note=note,
    )


def _refuse(settings: Settings, estimated: Estimated) -> None:
    """Raise RefusedError when the question is dearer than ``max_cost``, or nobody can tell."""
    limit = settings["max_cost"]
    if limit is None:
        return
    if estimated.cost_high is None:
        raise RefusedError(
            f"max_cost is set, but {estimated.note}",
            "add the model to [models] in the user configuration, or take max_cost back",
        )
    if estimated.cost_high > limit:
        raise RefusedError(
            f"the question may cost ${estimated.cost_high:.2f}, more than the ${limit:.2f} allowed",
            "raise --max-cost, or send less with --budget",
        )


def _priced(event: Event, facts: ModelFacts | None) -> Event:
    if isinstance(event, Usage) and facts is not None:
        return replace(event, cost=billed(facts, event))
    return event
