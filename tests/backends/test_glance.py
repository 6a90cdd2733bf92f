"""What a glance tells is what the question then sends: over a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from repoctx.attachments import Attachment
from repoctx.backends.base import Image
from repoctx.errors import RefusedError
from repoctx.events import Estimated, Event, Packed, Progress
from repoctx.packer.pins import Pin
from repoctx.packer.select import Level
from repoctx.sending.glance import Glance, changed
from repoctx.session import Question, Session, open_session
from tests.waiting import threads, until

Make = Callable[..., Path]
OWN = {"m": {"input": 2.0, "output": 10.0, "cache_read": 0.2, "cache_write": 2.5}}


@pytest.fixture
def root(repository: Make) -> Path:
    files = {f"src/m{n}.py": f"def f{n}():\n    return {n}\n" * 200 for n in range(9)}
    return repository({**files, "README.md": "# Read me\n"})


def opened(root: Path, server: Any, **settings: Any) -> Session:
    given = {"backend": "openai", "model": "m", "base_url": server.url, "models": OWN}
    return open_session(root, **{**given, "retries": 0, **settings})


def looked(session: Session, question: Question | str = "", before: Glance | None = None) -> Glance:
    asked = Question(question) if isinstance(question, str) else question
    return ended(session.glance(asked, before))


def ended(stages: Generator[Event, None, Glance]) -> Glance:
    found: list[Glance] = []

    def run() -> Iterator[Event]:
        found.append((yield from stages))

    assert all(isinstance(event, Progress) for event in run())
    return found[0]


def only(kind: type[Any], events: list[Event]) -> Any:
    (event,) = (event for event in events if isinstance(event, kind))
    return event


def test_a_glance_tells_what_the_question_then_sends(root: Path, server: Any) -> None:
    session = opened(root, server)
    pins = (Pin("/src/m1.py", Level.OUTLINE),)
    questions = [
        Question("what is m1?", pins=pins),
        Question("and m2?", pins=pins, resume=True, attachments=(Attachment("a.txt", "x " * 90),)),
    ]
    for question in questions:
        glance = looked(session, question)
        events = list(session.ask(question))
        assert glance.expected == only(Estimated, events)
        assert glance.levels == only(Packed, events).levels
        assert glance.sends
        (root / "src/m3.py").write_text("changed = True\n")
    assert glance.spoken.conversation > 0
    assert glance.spoken.question > 90
    assert glance.expected.updates == 1
    assert glance.expected.cached_tokens == glance.expected.base_tokens
    assert server.requests[1:], "both were sent"


def test_the_tree_has_every_file_at_its_level(root: Path, server: Any) -> None:
    question = Question("", pins=(Pin("/src/m1.py", Level.OUTLINE), Pin("m2.py", Level.OMITTED)))
    glance = looked(opened(root, server), question)
    source = glance.tree.folders["src"]
    levels = {document.path: document.level for document in source.documents}
    assert levels["src/m1.py"] is Level.OUTLINE
    assert levels["src/m2.py"] is Level.OMITTED
    assert glance.tree.tokens == sum(document.tokens for document in glance.documents)
    assert glance.levels == {"full": 8, "outline": 1, "name": 0, "omitted": 1}
    assert glance.spoken.question == 0


def test_what_stays_here_has_tokens_and_no_cost(root: Path) -> None:
    glance = looked(open_session(root), Question("why?", attachments=(Attachment("a", "b"),)))
    assert not glance.sends
    assert (glance.expected.cost_low, glance.expected.cost_high) == (0.0, 0.0)
    assert glance.expected.base_tokens > glance.tree.tokens
    assert glance.standing is None


def test_an_image_counts_among_the_questions_own_tokens(root: Path) -> None:
    image = Attachment("a.png", Image("image/png", b"\x89PNG\r\n\x1a\n"))
    with_it = looked(open_session(root), Question("", attachments=(image,)))
    assert with_it.spoken.question > 85


def test_the_limit_is_the_budget_with_the_words_or_the_window(root: Path, server: Any) -> None:
    own = {"m": {"input": 2.0, "output": 10.0, "window": 50_000}}
    assert looked(opened(root, server)).limit is None
    assert looked(opened(root, server, models=own)).limit == 50_000
    small = looked(opened(root, server, models=own, budget=4_000))
    assert small.limit == 4_000 + small.spoken.total
    assert small.levels["full"] < 10
    assert small.expected.input_tokens <= small.limit


def test_nothing_is_packed_again_while_nothing_has_changed(root: Path, server: Any) -> None:
    session = opened(root, server)
    first = looked(session)
    assert looked(session, before=first) is first
    assert looked(session, Question("", pins=(Pin("src/", Level.NAME),)), before=first) != first
    list(session.ask("what is m1?"))
    warm = looked(session, before=first)
    assert warm.expected.cached_tokens == warm.expected.base_tokens
    (root / "src/m1.py").write_text("changed = True\n")
    assert looked(session, before=warm) is not warm


def test_a_glance_whose_cache_went_cold_is_made_anew(
    root: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(root, server)
    list(session.ask("what is m1?"))
    warm = looked(session)
    (_, at) = warm.standing.destinations[warm.destination.name] if warm.standing else (0, 0.0)
    assert warm.expected.cached_tokens > 0
    monkeypatch.setattr("time.time", lambda: at + 7_200)
    assert looked(session, before=warm).expected.cached_tokens == 0


def test_files_that_differ_are_counted_with_their_tokens(root: Path) -> None:
    session = open_session(root)
    before = looked(session)
    (root / "src/m1.py").write_text("changed = True\n")
    (root / "new.py").write_text("new = True\n")
    (root / "src/m2.py").unlink()
    after = looked(session, before=before)
    found = changed(before, after)
    assert found.paths == ("new.py", "src/m1.py", "src/m2.py")
    shown = {document.path: document.tokens for document in after.documents}
    assert found.tokens == shown["new.py"] + shown["src/m1.py"]
    assert changed(after, after).paths == ()


def test_a_pin_whose_file_is_gone_is_told_and_does_not_count(root: Path) -> None:
    gone, there = Pin("/gone.py", Level.FULL), Pin("/src/m1.py", Level.NAME)
    glance = looked(open_session(root), Question("", pins=(gone, there)))
    assert glance.idle == (gone,)
    assert glance.levels["name"] == 1


def test_words_that_leave_no_room_are_refused_as_the_question_would_be(
    root: Path, server: Any
) -> None:
    own = {"m": {"input": 2.0, "output": 10.0, "window": 3_000}}
    question = Question("", attachments=(Attachment("a.txt", "word " * 5_000),))
    with pytest.raises(RefusedError, match="fills the window"):
        looked(opened(root, server, models=own), question)


def test_a_glance_that_is_left_ends_its_thread(repository: Make) -> None:
    files = {f"m{n}.py": f"x = {n}\n" * 50 for n in range(300)}
    stages = open_session(repository(files)).glance(Question(""))
    next(stages)
    stages.close()
    until(lambda: not threads("repoctx-"), "the end of the threads")


def test_under_a_budget_the_words_of_a_question_raise_files(repository: Make, server: Any) -> None:
    bodies = {"zebra": "stripes", "yak": "horns", "newt": "gills", "owl": "beak"}
    files = {f"{n}.py": f"def {n}():\n    return '{b}'\n" * 150 for n, b in bodies.items()}
    session = opened(repository(files), server, budget=3_000)
    silent = looked(session)
    spoken = looked(session, "what does zebra do with its stripes?", before=silent)
    events = list(session.ask("what does zebra do with its stripes?"))
    shown = [{each.path: each.level for each in one.documents} for one in (silent, spoken)]
    assert shown[0]["zebra.py"] is not Level.FULL
    assert shown[1]["zebra.py"] is Level.FULL
    assert spoken.expected == only(Estimated, events)


def test_where_all_has_room_words_add_their_tokens_and_nothing_is_packed(
    root: Path, server: Any
) -> None:
    session = opened(root, server)
    silent = looked(session)
    spoken = looked(session, "what is m1?", before=silent)
    assert spoken.documents is silent.documents
    events = list(session.ask("what is m1?"))
    assert spoken.expected == only(Estimated, events)
    assert spoken.expected.input_tokens > silent.expected.input_tokens
