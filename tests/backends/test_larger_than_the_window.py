"""A repository larger than the window, read in parts by a real server on loopback."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from repoctx.attachments import Attachment
from repoctx.backends.base import Image
from repoctx.events import (
    Applied,
    Conflict,
    Estimated,
    Event,
    Failed,
    Finished,
    Notice,
    Packed,
    Progress,
    Spent,
    TextDelta,
    Usage,
)
from repoctx.session import Question, Session, accept_all, open_session
from tests.waiting import PATIENCE, threads, until

Make = Callable[..., Path]

WINDOW = 9_000
FILES = 40
PARTS = re.compile(r"You have part (\d+) of (\d+)")
USAGE = {"prompt_tokens": 1000, "completion_tokens": 10}
EDIT = (
    "pack/m7.py\n```python\n<<<<<<< SEARCH\nMARKER_7 = 7\n=======\nMARKER_7 = 77\n"
    ">>>>>>> REPLACE\n```\n"
)


def module(number: int) -> str:
    needs = f"import pack.m{number - 1}\n" if number % 5 else ""
    body = "".join(
        f"def f{number}_{line}(value):\n    return value * {line} + {number}\n"
        for line in range(30)
    )
    return f"{needs}MARKER_{number} = {number}\n{body}"


@pytest.fixture
def root(repository: Make) -> Path:
    return repository({f"pack/m{n}.py": module(n) for n in range(FILES)})


@pytest.fixture
def open_whole(root: Path, server: Any, answering: Any) -> Callable[..., Session]:
    """Open the repository for a model that holds a tenth of it; each part finds something."""

    def choose(seen: Any) -> Any:
        part = part_of(seen)
        said = f"found in part {part}" if part else "the whole answer\n"
        return answering(body=server.stream(said, usage=USAGE))

    server.choose = choose

    def open_it(**more: Any) -> Session:
        own = {"m": {"input": 1.0, "output": 2.0, "cache_read": 0.1, "window": WINDOW}}
        settings = {"backend": "openai", "model": "m", "base_url": server.url, "models": own}
        return open_session(root, **{**settings, "retries": 0, **more})

    return open_it


def part_of(seen: Any) -> int | None:
    found = PARTS.search(str(seen.json["messages"][-1]["content"]))
    return int(found[1]) if found else None


def context_of(seen: Any) -> str:
    return str(seen.json["messages"][1]["content"])


def parts(requests: Sequence[Any]) -> dict[int, str]:
    return {part: context_of(seen) for seen in requests if (part := part_of(seen))}


def ask(session: Session, text: str = "where is it?", **more: Any) -> list[Event]:
    return list(session.ask(Question(text, whole=True, **more)))


def only(events: Sequence[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_every_file_is_read_in_full_by_some_part_and_one_call_merges(
    open_whole: Callable[..., Session], server: Any
) -> None:
    events = ask(open_whole())
    assert isinstance(events[-1], Finished), events[-1]
    shown = parts(server.requests)
    assert sorted(shown) == list(range(1, len(shown) + 1))
    assert len(shown) > 3
    for number in range(FILES):
        assert any(f"\nMARKER_{number} = {number}\n" in text for text in shown.values()), number
    merging = server.requests[-1]
    assert part_of(merging) is None
    for part in shown:
        assert f"found in part {part}\n" in context_of(merging)
    assert "".join(event.text for event in only(events, TextDelta)) == "the whole answer\n"


def test_cost_and_number_of_calls_are_told_before_the_first_and_the_sum_afterwards(
    open_whole: Callable[..., Session], server: Any
) -> None:
    asked = 0
    for event in open_whole().ask(Question("where?", whole=True)):
        if isinstance(event, Estimated):
            asked = len(server.requests)
            estimated = event
        if isinstance(event, Packed):
            packed = event
        if isinstance(event, Usage):
            used = event
    calls = len(server.requests)
    assert asked == 0
    assert estimated.calls == calls
    assert estimated.input_tokens > packed.tokens
    assert estimated.cost_low is not None
    assert estimated.cost_high is not None
    assert 0 < estimated.cost_low < estimated.cost_high
    assert (used.input, used.output) == (1000 * calls, 10 * calls)
    assert used.cost == pytest.approx(calls * (1000 * 1 + 10 * 2) / 1e6)


def test_no_request_passes_the_window(open_whole: Callable[..., Session], server: Any) -> None:
    from repoctx.packer.tokens import tokenizer

    ask(open_whole())
    for seen in server.requests:
        text = "".join(turn["content"] for turn in seen.json["messages"])
        assert tokenizer().count(text) <= WINDOW * 7 // 8


def test_the_next_question_begins_each_part_as_the_first_did(
    open_whole: Callable[..., Session], server: Any, root: Path
) -> None:
    first = ask(open_whole())
    before = parts(server.requests)
    server.requests.clear()
    (root / "pack/m7.py").write_text(module(7).replace("MARKER_7 = 7", "MARKER_7 = 70"))
    (root / "pack/new.py").write_text("MARKER_NEW = 1\n")
    second = ask(open_whole(), "and what about the other thing?")
    after = parts(server.requests)
    assert after.keys() == before.keys()
    for part, text in before.items():
        assert after[part].startswith(text.partition("</manifest>\n")[0])
    assert sum("MARKER_NEW = 1" in text for text in after.values()) == 1
    estimates = [only(events, Estimated)[0] for events in (first, second)]
    assert estimates[0].cached_tokens == 0
    assert estimates[1].cached_tokens > estimates[1].input_tokens * 0.8
    assert estimates[1].cost_low < estimates[0].cost_low / 2


def test_at_most_so_many_parts_are_asked_at_once(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    lock, running, most = threading.Lock(), 0, 0
    gate = threading.Barrier(3)

    def choose(seen: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if part_of(seen) in (1, 2, 3):
            gate.wait(PATIENCE)  # all three are there at the same time, or the test fails
        with lock:
            running -= 1
        return answering(body=server.stream("fine"))

    server.choose = choose
    assert isinstance(ask(open_whole(concurrency=3))[-1], Finished)
    assert most == 3


def test_progress_names_the_part_and_counts_those_that_have_ended(
    open_whole: Callable[..., Session], server: Any
) -> None:
    events = ask(open_whole())
    told = [event for event in only(events, Progress) if event.stage == "parts"]
    count = len(parts(server.requests))
    assert {event.total for event in told} == {count}
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert any(event.detail.startswith("part 2: upload") for event in told)
    ends = [e.message for e in only(events, Notice) if re.match(r"part \d+ of", e.message)]
    assert len(ends) == count


def test_a_part_that_fails_is_named_and_the_others_are_merged(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    chosen = server.choose

    def choose(seen: Any) -> Any:
        return answering(status=500) if part_of(seen) == 2 else chosen(seen)

    server.choose = choose
    events = ask(open_whole())
    assert isinstance(events[-1], Finished), events[-1]
    notices = [event.message for event in only(events, Notice)]
    assert any(re.match(r"part 2 of \d+ failed: .*not read: pack/m", told) for told in notices)
    assert "1 of" in notices[-1]
    assert "does not know pack/m" in notices[-1]
    asked = context_of(server.requests[-1])
    lost = re.search(r"Nobody could read these files; say so if it matters: (.*)\.", asked)
    assert lost
    assert "found in part 2\n" not in asked
    # What a part never took is not called cached, and it is read the next time.
    server.choose = chosen
    server.requests.clear()
    ask(open_whole())
    assert 2 in parts(server.requests)


def test_when_no_part_can_be_read_the_question_fails(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    server.choose = lambda seen: answering(status=401, body=b'{"error": {"message": "no"}}')
    events = ask(open_whole(concurrency=2))
    assert isinstance(events[-1], Failed)
    assert "none of the" in events[-1].message
    assert len(server.requests) <= 6, "a wrong key is not tried with every part"


def test_a_failing_merge_fails_the_question_and_tells_what_was_billed(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    chosen = server.choose
    server.choose = lambda seen: chosen(seen) if part_of(seen) else answering(status=500)
    events = ask(open_whole())
    assert isinstance(events[-1], Failed)
    assert only(events, Usage)[0].input == 1000 * len(parts(server.requests))


def test_a_dearer_question_is_refused_before_the_first_call(
    open_whole: Callable[..., Session], server: Any
) -> None:
    estimated = only(ask(open_whole()), Estimated)[0]
    server.requests.clear()
    events = ask(open_whole(max_cost=estimated.cost_high * 0.9))
    assert isinstance(events[-1], Failed)
    assert events[-1].exit_code == 5
    assert server.requests == []
    assert isinstance(ask(open_whole(max_cost=estimated.cost_high * 1.1))[-1], Finished)


def test_a_person_is_asked_once_for_all_calls_and_told_the_sum_once(
    open_whole: Callable[..., Session], server: Any
) -> None:
    asked: list[Estimated] = []

    def confirm(expected: Estimated) -> bool:
        asked.append(expected)
        return len(asked) == 1

    session = open_whole(ask_above=0.001)
    events = ask(session, confirm=confirm)
    assert isinstance(events[-1], Finished), events[-1]
    assert [expected.calls for expected in asked] == [len(server.requests)]
    (used,), (spent,) = only(events, Usage), only(events, Spent)
    assert spent.session == pytest.approx(used.cost)
    server.requests.clear()
    refused = ask(session, confirm=confirm)
    assert isinstance(refused[-1], Failed)
    assert server.requests == []


def test_cancelling_ends_all_parts(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    server.choose = lambda seen: answering(body=server.delta("slow"), hang=True)
    question = Question("where?", whole=True)

    def cancel() -> None:
        server.reached.wait(PATIENCE)
        question.cancellation.throw()

    threading.Thread(target=cancel, daemon=True).start()
    events = list(open_whole().ask(question))
    assert isinstance(events[-1], Failed)
    assert events[-1].exit_code == 130
    assert server.left.wait(PATIENCE)
    until(lambda: not threads("repoctx-part"), "the end of the threads")


def test_closing_the_stream_ends_all_parts(
    open_whole: Callable[..., Session], server: Any, answering: Any
) -> None:
    server.choose = lambda seen: answering(body=server.delta("slow"), hang=True)
    stream = open_whole().ask(Question("where?", whole=True))
    for event in stream:
        if isinstance(event, Progress) and event.stage == "parts":
            break
    stream.close()  # type: ignore[attr-defined]
    until(lambda: not threads("repoctx-part"), "the end of the threads")


def test_the_merged_change_is_planned_reviewed_and_applied(
    open_whole: Callable[..., Session], server: Any, answering: Any, root: Path
) -> None:
    def choose(seen: Any) -> Any:
        if part_of(seen) is None:
            return answering(body=server.stream("Done.\n\n", EDIT))
        here = "\nMARKER_7 = 7\n" in context_of(seen)
        return answering(body=server.stream(EDIT if here else "NOTHING HERE"))

    server.choose = choose
    events = ask(open_whole(), "make it 77", review=accept_all)
    assert only(events, Applied), events[-1]
    assert "\nMARKER_7 = 77\n" in "\n" + (root / "pack/m7.py").read_text()
    merging = context_of(server.requests[-1])
    assert merging.count("MARKER_7 = 77") >= 1
    assert "NOTHING HERE" not in merging


def test_edits_that_do_not_fit_go_back_in_one_ordinary_request(
    open_whole: Callable[..., Session], server: Any, answering: Any, root: Path
) -> None:
    wrong = EDIT.replace("MARKER_7 = 7\n=", "MARKER_7 = 8\n=")

    def choose(seen: Any) -> Any:
        if part_of(seen):
            return answering(body=server.stream("NOTHING HERE"))
        again = len(seen.json["messages"]) > 2
        return answering(body=server.stream(EDIT if again else wrong))

    server.choose = choose
    events = ask(open_whole(), "make it 77", review=accept_all)
    assert only(events, Conflict)
    assert only(events, Applied)
    requests = [part_of(seen) for seen in server.requests]
    assert requests[-2:] == [None, None]
    assert "MARKER_7 = 77" in (root / "pack/m7.py").read_text()


def test_every_part_and_the_merging_call_see_the_images_of_the_question(
    open_whole: Callable[..., Session], server: Any
) -> None:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2
    picture = Attachment("screen.png", Image("image/png", head + bytes(40)))
    ask(open_whole(), attachments=(picture,))
    assert len(server.requests) > 4
    for seen in server.requests:
        assert "data:image/png;base64," in seen.body.decode()


def test_when_all_of_it_fits_whole_is_an_ordinary_question(
    repository: Make, server: Any, answering: Any
) -> None:
    server.answers = [answering(body=server.stream("fine"))]
    own = {"m": {"input": 1.0, "output": 2.0, "window": 100_000}}
    small = repository({"a.py": "value = 1\n"})
    session = open_session(small, backend="openai", model="m", base_url=server.url, models=own)
    events = ask(session)
    assert isinstance(events[-1], Finished)
    assert len(server.requests) == 1
    assert any("everything fits one request" in e.message for e in only(events, Notice))


def test_a_file_larger_than_the_window_is_named_before_anything_is_sent(
    open_whole: Callable[..., Session], server: Any, root: Path
) -> None:
    (root / "pack/huge.py").write_text("".join(f"def h{n}():\n    pass\n" for n in range(4000)))
    events = ask(open_whole())
    assert any("not in full: pack/huge.py" in e.message for e in only(events, Notice))
    assert isinstance(events[-1], Finished)


def test_a_server_that_caches_nothing_is_asked_the_same_way(root: Path, tmp_path: Path) -> None:
    recording = tmp_path / "reply.txt"
    recording.write_text("nothing to say\n")
    session = open_session(root, backend="scripted", recording=str(recording), budget=8_000)
    events = ask(session)
    assert isinstance(events[-1], Finished), events[-1]
    assert only(events, Estimated)[0].calls > 3
    assert "".join(e.text for e in only(events, TextDelta)) == "nothing to say\n"
