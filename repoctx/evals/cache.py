"""Replay a repository's history with one question a commit: what would a cache have kept?

The prompt is the instructions and the repository; question and answer cost the same in every
layout and are left out. A prefix is taken to stay cached from one question to the next, and to be
found to the line, as automatic caches nearly do; one that finds only what ended at a mark keeps
less of every layout but the ledger, whose segments end there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from repoctx.backends.prices import ModelFacts
from repoctx.evals.layouts import Layout, layouts
from repoctx.evals.ledgered import Ledgered
from repoctx.evals.prompts import Count, Piece, Prompt, document_pieces, repeated, said, tokens_of
from repoctx.evals.replay import Moment, history, moments
from repoctx.packer.index import open_index
from repoctx.packer.ledger import Economy, room_for_base
from repoctx.packer.pack import Pack
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project
from repoctx.prompt import guide
from repoctx.sending.estimate import room_for

SCHEMA = "repoctx.eval.cache/1"
LEDGER = "ledger"

Progress = Callable[[int, int], None]
"""Called with the number of commits that are done and of all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question sent in one layout."""

    tokens: int
    hit: int
    """Tokens of these that the question before had sent in the same place."""
    cost: float
    """Of the price of sending instructions and repository without a cache."""


@dataclass(slots=True)
class Series:
    """All questions of one layout, in order."""

    questions: list[Asked] = field(default_factory=list)
    rebases: int | None = None
    """New bases since the first; None where there are none to make."""

    def means(self, skipped: int = 0) -> tuple[float, float]:
        """Return the mean cost and the mean share that was hit, without the first questions."""
        asked = self.questions[skipped:]
        number = max(1, len(asked))
        cost = sum(one.cost for one in asked)
        return cost / number, sum(one.hit / max(1, one.tokens) for one in asked) / number

    def figures(self) -> dict[str, object]:
        """Return mean hit and cost; ``warm`` leaves out the first question, which is cold."""
        figures: dict[str, object] = {**self._rounded()}
        if self.rebases is not None:
            figures["rebases"] = self.rebases
        return figures | {"warm": self._rounded(1)}

    def _rounded(self, skipped: int = 0) -> dict[str, float]:
        cost, hit = self.means(skipped)
        return {"hit": round(hit, 4), "cost": round(cost, 4)}


@dataclass(frozen=True, slots=True)
class CacheReport:
    """What each layout would have cost over the history."""

    repo: str
    commits: int
    model: str
    layouts: dict[str, Series]

    def as_json(self) -> dict[str, object]:
        """Return the figures, of the schema ``repoctx.eval.cache/1``."""
        return {
            "schema": SCHEMA,
            "repo": self.repo,
            "commits": self.commits,
            "model": self.model,
            "layouts": {name: series.figures() for name, series in self.layouts.items()},
        }


def evaluate_cache(
    project: Project, facts: ModelFacts, limit: int, progress: Progress
) -> CacheReport:
    """Replay at most ``limit`` first-parent commits at a model's prices.

    Raises UsageError when there is no history, RepoctxError when it cannot be read.
    """
    repository, commits = history(project, limit)
    encoding = project.settings["encoding"]
    words = guide(project.settings.reply_format).text
    count = tokenizer(encoding).count
    head = said(words, count(words))
    room = room_for(facts.window, project.settings, head.tokens)
    with ExitStack() as stack:
        index = stack.enter_context(open_index(project.cache))
        state = stack.enter_context(TemporaryDirectory(prefix="repoctx-eval-"))
        ledger = stack.enter_context(Ledgered(Path(state), _economy(facts), room, count))
        replay = _Replay(facts, head, count, layouts(repository), ledger)
        for done, moment in enumerate(moments(project, index, commits, room_for_base(room)), 1):
            replay.ask(moment)
            progress(done, len(commits))
        replay.series[LEDGER].rebases = ledger.rebases
    return CacheReport(project.root.name, len(commits), facts.model, replay.series)


class _Replay:
    """Asks each layout at each moment, and keeps what it asked last."""

    def __init__(
        self,
        facts: ModelFacts,
        head: Piece,
        count: Count,
        orders: dict[str, Layout],
        ledger: Ledgered,
    ) -> None:
        self._facts = facts
        self._head = head
        self._count = count
        self._orders = orders
        self._ledger = ledger
        self._last: dict[str, Prompt] = {}
        self.series = {name: Series() for name in (*orders, LEDGER)}

    def ask(self, moment: Moment) -> None:
        pack = moment.pack
        for name, layout in self._orders.items():
            documents = layout.order(moment.commit, pack.documents)
            self._add(name, pack, document_pieces(pack, documents, self._count))
        self._add(LEDGER, pack, self._ledger.ask(pack))

    def _add(self, name: str, pack: Pack, sent: Sequence[Piece]) -> None:
        prompt = (self._head, *sent)
        tokens = tokens_of(prompt)
        hit = repeated(self._last.get(name, ()), prompt, self._count)
        self._last[name] = prompt
        plain = self._head.tokens + pack.tokens
        paid = _paid(self._facts, tokens, hit) / (plain * self._facts.input.at(plain) or 1.0)
        self.series[name].questions.append(Asked(tokens, hit, paid))


def _paid(facts: ModelFacts, tokens: int, hit: int) -> float:
    read, write = facts.cache_read.at(tokens), _write_price(facts, tokens)
    return read * hit + write * (tokens - hit)


def _write_price(facts: ModelFacts, tokens: int) -> float:
    return max(facts.input.at(tokens), facts.cache_write.at(tokens))


def _economy(facts: ModelFacts) -> Economy:
    return Economy(facts.cache_read.base, _write_price(facts, 0))
