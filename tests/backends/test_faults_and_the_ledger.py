"""Whatever goes wrong on the way, the ledger knows no more than the server, and nothing is applied.

The next question is right again: base and updates are the tree.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.events import Failed, Finished, Notice
from tests.backends.asking import Asking, on_disk
from tests.backends.conftest import Answer, ChatServer

Make = Callable[..., Path]

EDIT = (
    "calc.py\n```python\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n"
    ">>>>>>> REPLACE\n```\n"
)
FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n" * 1 + "# filler\n" * 120,
    "notes.txt": "".join(f"line {n}\n" for n in range(200)),
}
CHANGE = ChatServer.stream(EDIT[:40], EDIT[40:])
WHOLE = ChatServer.stream("Fine.")


def over_window(**error: Any) -> Answer:
    return Answer(status=400, body=ChatServer.event({"error": error}).removeprefix(b"data: "))


FAULTS = {
    "500": Answer(status=500),
    "429": Answer(status=429, headers={"Retry-After": "0"}),
    "unknown model": Answer(status=404, body=b'{"error": {"message": "no such model"}}'),
    "over the window": over_window(message="maximum context length is 9 tokens, not 500"),
    "garbled": Answer(CHANGE.replace(b'"choices"', b'"choi')),
    "not SSE": Answer(b"\x00\xff\xfe" * 40),
    "a web page": Answer(b"<html>login</html>"),
    "no end": Answer(CHANGE.removesuffix(b"data: [DONE]\n\n").rpartition(b"data: ")[0]),
    "an error in the stream": Answer(CHANGE[:90] + ChatServer.event({"error": "overloaded"})),
    "hangs up before the question": Answer(read=0),
    "hangs up within the question": Answer(read=3_000),
}


@pytest.mark.parametrize("name", FAULTS)
def test_after_a_fault_nothing_is_applied_and_the_next_question_is_right(
    name: str, repository: Make, server: Any
) -> None:
    root = repository(FILES)
    asking = Asking(root, server)
    for step in ("first", "an update", "a new base"):
        before = on_disk(root)
        server.answers = [FAULTS[name]]
        failed = asking.ask()[-1]
        assert isinstance(failed, Failed), step
        assert failed.exit_code == 1
        assert "\n" not in failed.message + failed.hint
        assert on_disk(root) == before
        asking.check()
        server.answers = [Answer(WHOLE)]
        assert isinstance(asking.ask()[-1], Finished)
        asking.check()
        assert asking.told() == on_disk(root)
        more = "an update" if step == "first" else "a new base\n" * 400
        (root / "notes.txt").write_text(FILES["notes.txt"] + more)


def test_cut_at_any_byte_an_edit_is_applied_whole_or_not_at_all(
    repository: Make, server: Any
) -> None:
    root = repository(FILES)
    asking = Asking(root, server)
    complete = CHANGE.index(b'"finish_reason": "stop"')
    for cut in range(0, len(CHANGE), 47):
        (root / "calc.py").write_text(FILES["calc.py"])
        server.answers = [Answer(CHANGE, cut=cut, reset=cut % 2 == 0)]
        ended = asking.ask()[-1]
        applied = "a + b" in (root / "calc.py").read_text()
        assert isinstance(ended, Finished if applied else Failed)
        assert applied <= (cut > complete)
        assert asking.told() == {**on_disk(root), "calc.py": FILES["calc.py"]}
        asking.check()


def test_an_answer_of_a_byte_at_a_time_is_taken_until_the_deadline(
    repository: Make, server: Any
) -> None:
    root = repository(FILES)
    server.answers = [Answer(CHANGE, piece=1, pause=0.0005)]
    assert isinstance(Asking(root, server).ask()[-1], Finished)
    (root / "calc.py").write_text(FILES["calc.py"])
    server.answers = [Answer(CHANGE, piece=1, pause=0.05)]
    late = Asking(root, server, answer_timeout=1.0)
    assert isinstance(late.ask()[-1], Failed)
    assert (root / "calc.py").read_text() == FILES["calc.py"]
    late.check()


def test_an_endless_answer_ends_and_what_it_proposed_is_not_half_applied(
    repository: Make, server: Any
) -> None:
    root = repository(FILES)
    server.answers = [Answer(b"", endless=ChatServer.delta(EDIT[:60]))]
    asking = Asking(root, server, output_tokens=20)
    events = asking.ask()
    assert any(isinstance(e, Notice) and "cut short" in e.message for e in events)
    assert on_disk(root) == FILES
    asking.check()


def test_without_a_price_a_limit_refuses_and_nothing_is_sent_or_remembered(
    repository: Make, server: Any
) -> None:
    asking = Asking(repository(FILES), server, max_cost=1.0)
    failed = asking.ask()[-1]
    assert isinstance(failed, Failed)
    assert failed.exit_code == 5
    assert server.requests == []
    asking.check()


TEXTS = st.lists(st.sampled_from(["one", "two", "</diff>", "<update>", "é"]), max_size=9)
EDITS = st.dictionaries(
    st.sampled_from(["calc.py", "b.py", "sub/c.txt"]), st.none() | TEXTS, max_size=3
)
ENDS = st.one_of(
    st.just(Answer(WHOLE)),
    st.just(Answer(WHOLE)),
    st.sampled_from(list(FAULTS.values())),
    st.integers(0, len(WHOLE)).map(lambda cut: Answer(WHOLE, cut=cut, reset=True)),
    st.integers(0, 4_000).map(lambda read: Answer(read=read)),
)
STEP = st.tuples(EDITS, ENDS, st.none() | st.integers(1, 12), st.sampled_from(["m", "other"]))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=2, max_size=6))
def test_after_any_edits_and_faults_each_whole_prompt_is_the_tree(
    server: Any, steps: list[tuple[Any, Answer, int | None, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        server.requests.clear()
        (root / "notes.txt").write_text(FILES["notes.txt"])
        trees = []
        for edits, answer, most, model in [*steps, ({}, Answer(WHOLE), None, "m")]:
            write(root, edits)
            trees.append(on_disk(root))
            server.answers = [answer]
            asking = Asking(root, server, model=model)
            ended = asking.ask(most)
            asking.check()
            if server.requests:
                assert asking.told() in trees  # a question that was left may still be on its way
        assert isinstance(ended[-1], Finished)
        assert asking.told() == trees[-1]


def write(root: Path, edits: dict[str, list[str] | None]) -> None:
    for name, lines in edits.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if lines is not None:
            path.write_text("\n".join(lines))
