"""What a question costs is said before, billed after, and kept: over a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from repoctx.costs import Costs
from repoctx.events import Estimated, Event, Failed, Finished, Notice, Spent, Usage
from repoctx.folders import user_config_file, user_state_folder
from repoctx.sending.status import Status, forget, status
from repoctx.session import Question, Session, accept_all, open_session

Make = Callable[..., Path]
OWN = {"m": {"input": 2.0, "output": 10.0, "cache_read": 0.2, "cache_write": 2.5}}
CHECK = 'python3 -c "import calc; assert calc.add(2, 2) == 4"'
USAGE = {
    "prompt_tokens": 1_000_000,
    "completion_tokens": 100_000,
    "prompt_tokens_details": {"cached_tokens": 500_000, "cache_write_tokens": 100_000},
}
BILL = 0.4 * 2 + 0.5 * 0.2 + 0.1 * 2.5 + 0.1 * 10


def opened(root: Path, server: Any, **settings: Any) -> Session:
    given = {"backend": "openai", "model": "m", "base_url": server.url, "models": OWN}
    return open_session(root, **{**given, "retries": 0, **settings})


def only(kind: type[Any], events: list[Event]) -> Any:
    (event,) = (event for event in events if isinstance(event, kind))
    return event


@pytest.fixture
def root(repository: Make) -> Path:
    return repository({f"m{n}.py": f"value = {n}\n" * 200 for n in range(9)})


def test_the_parts_of_a_request_are_said_before_it_is_sent(root: Path, server: Any) -> None:
    session = opened(root, server, output_tokens=1_000)
    first = only(Estimated, list(session.ask("what is m1?")))
    (root / "new.py").write_text("value = 10\n")
    second = only(Estimated, list(session.ask("and m2?")))
    assert (first.updates, first.rebased, first.cached_tokens) == (0, "first", 0)
    assert first.first_token_seconds is None
    assert (second.updates, second.rebased) == (1, "")
    assert second.base_tokens == first.base_tokens == second.cached_tokens
    parts = second.base_tokens + second.update_tokens + second.question_tokens
    assert parts == second.input_tokens
    assert second.answer_cost == pytest.approx(1_000 * 10 / 1e6)
    assert second.cost_high - second.answer_cost == pytest.approx(second.input_tokens * 2.5 / 1e6)
    assert second.cost_low == pytest.approx(
        (second.base_tokens * 0.2 + (parts - second.base_tokens) * 2.5) / 1e6
    )
    assert second.first_token_seconds > 0, "learned from the first run"


def test_a_bill_is_compared_with_the_estimate_and_kept(
    root: Path, server: Any, answering: Any
) -> None:
    server.answers = [answering(body=server.stream("fine", usage=USAGE))]
    session = opened(root, server)
    events = list(session.ask("what is m1?"))
    usage, spent = only(Usage, events), only(Spent, events)
    assert usage.cost == pytest.approx(BILL)
    assert usage.saved == pytest.approx(1.0 * 2 + 0.1 * 10 - BILL)
    tokens = only(Estimated, events).input_tokens
    assert usage.expected == pytest.approx((tokens * 2.5 + 100_000 * 10) / 1e6)
    assert (spent.session, spent.month, spent.unpriced) == (usage.cost, usage.cost, 0)

    anew = only(Spent, list(session.ask("and m2?")))
    assert anew.session == pytest.approx(BILL)
    assert anew.month == pytest.approx(2 * BILL)
    further = only(Spent, list(session.ask(Question("and m3?", resume=True))))
    assert further.session == pytest.approx(2 * BILL)


def test_an_unknown_price_is_counted_and_never_guessed(root: Path, server: Any) -> None:
    session = opened(root, server, models={})
    spent = only(Spent, list(session.ask("what is m1?")))
    assert (spent.session, spent.month, spent.unpriced) == (0.0, 0.0, 1)


def test_a_failed_request_whose_usage_was_told_is_billed(
    root: Path, server: Any, answering: Any
) -> None:
    body = server.event({"choices": [], "usage": USAGE})
    body += server.event({"choices": [{"delta": {}, "finish_reason": "content_filter"}]})
    server.answers = [answering(body=body)]
    events = list(opened(root, server).ask("what is m1?"))
    assert isinstance(events[-1], Failed)
    assert only(Usage, events).cost == pytest.approx(BILL)
    (total,) = Costs(user_state_folder()).totals()
    assert total.requests == 1
    assert total.cost == pytest.approx(BILL)


def test_no_word_of_a_question_or_an_answer_is_kept_with_the_costs(
    root: Path, server: Any, answering: Any
) -> None:
    server.answers = [answering(body=server.stream("secretanswer", usage=USAGE))]
    list(opened(root, server).ask("secretquestion"))
    content = b"".join(path.read_bytes() for path in user_state_folder().glob("costs*"))
    assert b"openai" in content
    assert b"secret" not in content


def test_costs_that_cannot_be_kept_do_not_stop_the_answer(root: Path, server: Any) -> None:
    (user_state_folder() / "costs.sqlite").mkdir()
    events = list(opened(root, server).ask("what is m1?"))
    assert isinstance(events[-1], Finished)
    assert "is not kept" in only(Notice, events).message


def test_all_rounds_of_a_question_together_stay_below_max_cost(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({"calc.py": "def add(a, b):\n    return a - b\n"})
    edit = "calc.py\n```\n<<<<<<< SEARCH\n    return {}\n=======\n    return {}\n>>>>>>> REPLACE\n```\n"
    usage = {"prompt_tokens": 100_000, "completion_tokens": 1}
    wrong = [edit.format("a - b", "a * a * a"), edit.format("a * a * a", "a * b * b")]
    server.answers = [answering(body=server.stream(text, usage=usage)) for text in wrong]
    session = opened(root, server, max_cost=0.205, output_tokens=1_000)
    events = list(session.ask(Question("mend add", check=CHECK, review=accept_all)))
    refused = events[-1]
    assert isinstance(refused, Failed)
    assert refused.exit_code == 5
    assert "has cost $0.20" in refused.message
    assert len(server.requests) == 1


def test_the_person_is_asked_before_anything_leaves(root: Path, server: Any) -> None:
    shown: list[int] = []

    def no(expected: Estimated) -> bool:
        shown.append(len(server.requests))
        return False

    session = opened(root, server, ask_above=0.0)
    ended = list(session.ask(Question("what is m1?", confirm=no)))[-1]
    assert isinstance(ended, Failed)
    assert (ended.exit_code, shown, server.requests) == (130, [0], [])


def configure(server: Any, *lines: str) -> None:
    user_config_file().parent.mkdir(parents=True, exist_ok=True)
    tables = "\n".join(f"[models.{name}]\n{_toml(entry)}" for name, entry in OWN.items())
    text = "\n".join(('model = "m"', f'base_url = "{server.url}"', *lines, tables))
    user_config_file().write_text(text)


def _toml(entry: dict[str, float]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in entry.items()) + "\n"


def test_without_a_terminal_what_is_dear_needs_a_yes(root: Path, server: Any, run: Any) -> None:
    configure(server, "ask_above = 0.001")
    refused = run("ask", "what is m1?", cwd=root)
    assert refused.code == 5
    assert "--yes" in refused.err
    assert server.requests == []
    assert run("ask", "what is m1?", "--yes", cwd=root).code == 0


def looked(session: Session) -> Status:
    stages = status(session.project)
    while True:
        try:
            next(stages)
        except StopIteration as end:
            return cast(Status, end.value)


def test_status_says_what_the_next_question_will_send_and_sends_nothing(
    root: Path, server: Any
) -> None:
    session = opened(root, server)
    first = looked(session)
    assert (first.standing, first.reached, first.indexed.at) == (None, (), None)
    assert first.expected is not None
    assert first.expected.rebased == "first"
    assert server.requests == []
    list(session.ask("what is m1?"))
    (root / "m3.py").write_text("value = 30\n" * 200)
    second = looked(session)
    assert second.standing is not None
    assert second.expected is not None
    assert second.standing.base == first.expected.base_tokens == second.expected.cached_tokens
    assert [one.warm_for > 0 for one in second.reached] == [True]
    assert len(server.requests) == 1
    asked = only(Estimated, list(session.ask("and m2?")))
    for part in ("base_tokens", "updates", "update_tokens", "cached_tokens", "rebased"):
        assert getattr(asked, part) == getattr(second.expected, part), part
    assert asked.updates == 1


def test_a_base_is_forgotten_on_demand(root: Path, server: Any) -> None:
    session = opened(root, server)
    assert not forget(session.project)
    list(session.ask("what is m1?"))
    assert forget(session.project)
    again = only(Estimated, list(session.ask("and m2?")))
    assert (again.rebased, again.cached_tokens) == ("first", 0)


def test_the_status_is_printed_for_people_and_for_programs(
    root: Path, server: Any, run: Any
) -> None:
    configure(server)
    found = run("status", "--json", cwd=root).json
    assert (found["schema"], found["sends"], found["ledger"]) == ("repoctx.status/1", True, None)
    assert found["next"]["rebased"] == "first"
    assert found["prices"]["date"] > "2026"
    text = run("status", "--rebase", cwd=root)
    assert "genai-prices" in text.out
    assert "nothing was sent before" in text.out
    assert "there is no base yet" in text.err
    assert server.requests == []


def test_cost_sums_up_by_repository_and_says_what_it_does_not_know(
    root: Path, server: Any, answering: Any, run: Any
) -> None:
    server.answers = [answering(body=server.stream("fine", usage=USAGE))]
    assert "nothing was sent" in run("cost", cwd=root).out
    list(opened(root, server).ask("what is m1?"))
    list(opened(root, server, models={}).ask("what is m2?"))
    found = run("cost", "--json", cwd=root).json
    assert found["schema"] == "repoctx.cost/1"
    assert [total["model"] for total in found["totals"]] == ["m"]
    assert [total["unpriced"] for total in found["totals"]] == [1]
    assert found["sum"]["cost"] == found["month"] == pytest.approx(BILL)
    text = run("cost", cwd=root).out
    assert "1 request whose price is not known" in text
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    assert run("cost", "--json", cwd=elsewhere).json["totals"] == []
    assert len(run("cost", "--all", "--json", cwd=elsewhere).json["totals"]) == 1
    assert run("cost", "--since", "2999-01", "--json", cwd=root).json["sum"]["requests"] == 0
    assert run("cost", "--since", "never", cwd=root).code == 2


def test_without_a_model_nothing_is_sent_and_nothing_billed(root: Path, run: Any) -> None:
    session = open_session(root)
    found = looked(session)
    assert (found.expected, found.standing, found.keepalive) == (None, None, None)
    assert "nothing is sent" in run("status", cwd=root).out
    list(session.ask("what is value"))
    assert not list(user_state_folder().glob("costs*"))
