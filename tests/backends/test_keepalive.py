"""Pings keep a prompt cached where that pays, and say what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.caching import NO_CACHE, CacheTerms
from repoctx.backends.prices import ModelFacts, Rate, model_facts
from repoctx.errors import RefusedError
from repoctx.events import Event, Failed, Notice, Progress, Spent, Usage
from repoctx.folders import user_config_file
from repoctx.sending import Destination
from repoctx.sending.keepalive import worth
from repoctx.session import Question, Session, open_session

Make = Callable[..., Path]
LIFETIME = 4.0
"""Seconds; a busy machine may be late for a ping by a tenth of it, and not more."""
OWN = {
    "input": 2.0,
    "output": 10.0,
    "cache_read": 0.2,
    "cache_write": 2.5,
    "cache_lifetime": LIFETIME,
}
HIT = {
    "prompt_tokens": 1_000,
    "completion_tokens": 1,
    "prompt_tokens_details": {"cached_tokens": 900},
}


@pytest.fixture
def asked(repository: Make, server: Any, answering: Any) -> Callable[..., Session]:
    """A function that asks a first question and returns the session."""

    def ask(usage: Any = HIT, **settings: Any) -> Session:
        server.answers = [answering(body=server.stream("OK", usage=usage))]
        root = repository({f"m{n}.py": f"value = {n}\n" * 200 for n in range(9)})
        given = {"backend": "openai", "model": "m", "base_url": server.url, "retries": 0}
        session = open_session(root, **{**given, "models": {"m": OWN}, "keepalive": 2, **settings})
        list(session.ask("what is m1?"))
        return session

    return ask


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_a_ping_repeats_the_prefix_with_an_answer_of_one_token(
    asked: Callable[..., Session], server: Any
) -> None:
    started = time.monotonic()
    session = asked()
    (session.project.root / "m1.py").write_text("changed = 1\n")  # it is not told meanwhile
    events = list(session.keep_alive(Question("")))
    assert time.monotonic() - started > 2 * 0.9 * LIFETIME, "two intervals since the question"
    first, *pings = (seen.json for seen in server.requests)
    assert len(pings) == 2
    context = first["messages"][1]["content"].removesuffix("what is m1?\n")
    for ping in pings:
        assert ping["messages"][0] == first["messages"][0]
        assert ping["messages"][1]["content"].startswith(context.rstrip("\n"))
        assert 1 in (ping.get("max_tokens"), ping.get("max_completion_tokens"))
    assert [usage.cost > 0 for usage in of(Usage, events)] == [True, True]
    assert of(Spent, events)[-1].month > of(Usage, events)[0].cost
    assert "each about $" in of(Progress, events)[0].detail
    assert isinstance(events[-1], Notice)


def test_the_pings_end_when_nothing_was_cached(asked: Callable[..., Session], server: Any) -> None:
    session = asked(usage={"prompt_tokens": 1_000, "completion_tokens": 1})
    events = list(session.keep_alive(Question("")))
    assert len(of(Usage, events)) == 1
    assert "no longer had it" in of(Notice, events)[0].message


def test_what_was_spent_before_counts_towards_max_cost(
    asked: Callable[..., Session], server: Any
) -> None:
    session = asked(max_cost=1.0)
    ended = list(session.keep_alive(Question(""), 1.0))[-1]
    assert isinstance(ended, Failed)
    assert ended.exit_code == 5
    assert len(server.requests) == 1


def test_waiting_for_a_ping_can_be_cancelled(asked: Callable[..., Session]) -> None:
    session = asked()
    question = Question("")
    events = session.keep_alive(question)
    assert isinstance(next(events), Progress)
    question.cancellation.throw()
    ended = list(events)[-1]
    assert isinstance(ended, Failed)
    assert ended.exit_code == 130


def test_what_is_cold_already_is_not_pinged(asked: Callable[..., Session], server: Any) -> None:
    root, url = asked().project.root, server.url
    short = {"m": {**OWN, "cache_lifetime": 0.01}}
    later = open_session(root, backend="openai", model="m", base_url=url, models=short)
    ended = list(later.keep_alive(Question("")))[-1]
    assert isinstance(ended, Failed)
    assert "no longer cached" in ended.message
    assert len(server.requests) == 1


def test_the_command_goes_on_after_the_answer(asked: Callable[..., Session], run: Any) -> None:
    session = asked()
    url = session.project.settings["base_url"]
    user_config_file().parent.mkdir(parents=True)
    prices = "\n".join(f"{name} = {value}" for name, value in OWN.items())
    user_config_file().write_text(f"keepalive = 1\n[models.m]\n{prices}\n")
    given = ("--model", "m", "--base-url", url)
    ran = run("ask", "and m2?", *given, "--keep-alive", cwd=session.project.root)
    assert ran.code == 0, ran.err
    assert ran.err.count("(billed)") == 2


def destination(facts: ModelFacts | None, lifetime: float = 300.0) -> Destination:
    return Destination("d", facts, CacheTerms(lifetime), "openai", "https://x", "m")


def facts(read: float, write: float) -> ModelFacts:
    return ModelFacts("m", "p", None, None, Rate(2.0), Rate(10.0), Rate(read), Rate(write))


def test_the_arithmetic_is_that_of_the_price_table() -> None:
    value = worth(destination(facts(0.1, 2.5)), 1_000_000)
    assert (value.cold, value.warm) == (2.5, 0.1)
    assert value.ping == pytest.approx(0.1 + 10 / 1e6)
    assert value.most == 23
    assert value.questions == pytest.approx(0.1 / 2.4, rel=1e-3)
    sold = model_facts("claude-sonnet-5-5", "https://api.anthropic.com")
    assert worth(destination(sold), 900_000).most == 23


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (destination(None), "price"),
        (destination(facts(2.0, 2.0)), "hardly cheaper"),
        (destination(facts(0.2, 2.5), 3600.0), "by itself"),
        (Destination("d", facts(0.1, 2.5), NO_CACHE, "exec", "", "m"), "no prompt"),
    ],
)
def test_where_it_cannot_pay_it_is_refused(where: Destination, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        worth(where, 1_000_000)
