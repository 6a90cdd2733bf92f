"""The whole pipeline against a real server on loopback: pack, send, plan, apply, check."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from repoctx.events import Applied, CheckRan, Estimated, Failed, Finished, Usage
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.session import Question, accept_all, open_session

Make = Callable[..., Path]

EDIT = (
    "calc.py\n```python\n<<<<<<< SEARCH\n    return a - b\n=======\n    return {}\n"
    ">>>>>>> REPLACE\n```\n"
)
CHECK = 'python3 -c "import calc; assert calc.add(2, 2) == 4"'


def test_a_model_changes_a_file_and_the_check_turns_green(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({"calc.py": "def add(a, b):\n    return a - b\n"})
    wrong = EDIT.format("a * b * 2")
    right = EDIT.format("a + b").replace("a - b", "a * b * 2")
    usage = {"prompt_tokens": 500, "completion_tokens": 7}
    server.answers = [
        answering(body=server.stream(wrong[:20], wrong[20:], usage=usage)),
        answering(body=server.stream(right)),
    ]
    own = {"m": {"input": 1.0, "output": 2.0, "window": 100_000}}
    session = open_session(root, backend="openai", model="m", base_url=server.url, models=own)
    events = list(session.ask(Question("mend add", check=CHECK, review=accept_all)))

    assert isinstance(events[-1], Finished), events[-1]
    assert (root / "calc.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert [e.exit_code for e in events if isinstance(e, CheckRan)] == [1, 1, 0]
    assert len([e for e in events if isinstance(e, Applied)]) == 2
    estimated = next(e for e in events if isinstance(e, Estimated))
    assert estimated.window == 100_000
    assert estimated.cost_high is not None
    billed = next(e for e in events if isinstance(e, Usage))
    assert (billed.input, billed.output, billed.cost) == (500, 7, (500 * 1 + 7 * 2) / 1e6)

    first, second = (seen.json["messages"] for seen in server.requests)
    assert [turn["role"] for turn in second] == ["system", "user", "assistant", "user"]
    assert first[0] == second[0]
    assert "still fails" in second[3]["content"]


def test_a_repository_larger_than_the_window_is_fitted_into_it(
    repository: Make, server: Any, answering: Any
) -> None:
    files = {f"m{n}.py": f"def f{n}():\n    return {n}\n" * 200 for n in range(20)}
    server.answers = [answering(body=server.stream("fine"))]
    own = {"m": {"input": 1.0, "output": 2.0, "window": 8_000}}
    session = open_session(
        repository(files), backend="openai", model="m", base_url=server.url, models=own
    )
    events = list(session.ask("what does f3 return?"))
    assert isinstance(events[-1], Finished), events[-1]
    estimated = next(e for e in events if isinstance(e, Estimated))
    assert 4_000 < estimated.input_tokens <= 7_000


def test_beside_a_repository_that_fills_the_window_there_is_room_for_updates(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({f"m{n}.py": f"def f{n}():\n    return {n}\n" * 4 for n in range(250)})
    server.answers = [answering(body=server.stream("fine"))]
    own = {"m": {"input": 1.0, "output": 2.0, "cache_read": 0.1, "window": 15_000}}
    session = open_session(root, backend="openai", model="m", base_url=server.url, models=own)
    for number in range(4):
        (root / "m3.py").write_text(f"first = {number}\n" + "def f3():\n    return 3\n" * 4)
        assert isinstance(list(session.ask("what does f3 return?"))[-1], Finished)
    sent = [seen.json["messages"][1]["content"] for seen in server.requests]
    assert "; budget" in sent[0]
    for before, after in pairwise(sent):
        assert after.startswith(before.removesuffix("\nwhat does f3 return?\n"))


def test_a_failing_server_applies_nothing_and_is_an_event(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({"calc.py": "def add(a, b):\n    return a - b\n"})
    server.answers = [answering(body=server.stream(EDIT.format("a + b"))[:200])]
    session = open_session(root, backend="openai", model="m", base_url=server.url, retries=0)
    events = list(session.ask(Question("mend add", review=accept_all)))
    assert isinstance(events[-1], Failed)
    assert (root / "calc.py").read_text() == "def add(a, b):\n    return a - b\n"


def test_the_next_question_begins_as_the_last_one_did_and_says_what_is_cached(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 90 for n in range(9)})
    server.answers = [answering(body=server.stream("fine"))]
    session = open_session(root, backend="openai", model="m", base_url=server.url)
    first = list(session.ask("what is m1?"))
    (root / "m3.py").write_text("value = 3\n" * 89 + "value = 4\n")
    second = list(session.ask("and m2?"))

    sent = [seen.json["messages"][1]["content"] for seen in server.requests]
    context = sent[0].removesuffix("\nwhat is m1?\n")
    assert sent[1].startswith(context)
    assert sent[1][len(context) :].startswith('<update number="1">\n<change>\n<source>m3.py<')
    cached = [e.cached_tokens for e in (*first, *second) if isinstance(e, Estimated)]
    assert cached[0] == 0
    assert cached[1] > 3_000


def test_what_a_server_never_took_is_not_called_cached(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({"a.py": "value = 1\n" * 400})
    server.answers = [answering(status=500), answering(body=server.stream("fine"))]
    session = open_session(root, backend="openai", model="m", base_url=server.url, retries=0)
    assert isinstance(list(session.ask("what?"))[-1], Failed)
    again = list(session.ask("what?"))
    assert isinstance(again[-1], Finished)
    assert [e.cached_tokens for e in again if isinstance(e, Estimated)] == [0]


def test_what_is_left_out_by_hand_is_not_sent_though_it_was_sent_before(
    repository: Make, server: Any, answering: Any
) -> None:
    root = repository({"a.py": "value = 1\n", "private.py": "hidden = 2\n"})
    server.answers = [answering(body=server.stream("fine"))]
    session = open_session(root, backend="openai", model="m", base_url=server.url)
    list(session.ask("what?"))
    list(session.ask(Question("what?", pins=(Pin("private.py", Level.OMITTED),))))
    sent = [seen.json["messages"][1]["content"] for seen in server.requests]
    assert "hidden = 2" in sent[0]
    assert "hidden = 2" not in sent[1]


def test_the_prompt_can_be_seen_before_anything_is_sent(
    repository: Make, server: Any, answering: Any, run: Any, tmp_path: Path
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 90 for n in range(4)})
    server.answers = [answering(body=server.stream("fine"))]
    options = ("--model", "m", "--base-url", server.url)
    assert run("ask", "what is m1?", *options, cwd=root).code == 0
    (root / "m1.py").write_text("value = 1\n" * 91)
    seen = tmp_path / "prompt.txt"
    ran = run("ask", "and now?", *options, "--prompt-to", str(seen), cwd=root)
    assert (ran.code, len(server.requests)) == (0, 1)
    assert run("ask", "and now?", *options, cwd=root).code == 0
    system, user = (turn["content"] for turn in server.requests[1].json["messages"])
    assert seen.read_text() == f"# Instructions\n\n{system}\n\n# Repository\n\n" + user.replace(
        "</update>\n\nand now?", "</update>\n\n\n# User\n\nand now?"
    )
    assert "<update" in user
