"""A body on its way: with its length or in chunks, tried again as it is, never half believed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from repoctx.backends.base import BackendError, Context
from repoctx.cli import progress
from repoctx.cli.narrator import Narrator
from repoctx.errors import UsageError
from repoctx.events import Finished, Notice, Progress, TextDelta
from repoctx.session import open_session
from tests.backends.asking import Asking
from tests.backends.conftest import Answer, ChatServer

Make = Callable[..., Path]


def test_in_chunks_the_same_body_goes_without_its_length(server: Any, ask: Any) -> None:
    for upload in ("length", "chunked"):
        events = list(server.backend(upload=upload).stream(ask()))
        assert any(isinstance(event, TextDelta) for event in events)
        uploads = [e for e in events if isinstance(e, Progress) and e.stage == "upload"]
        assert uploads[-1].done == uploads[-1].total == len(server.requests[-1].body)
    known, chunked = server.requests
    assert known.body == chunked.body
    assert "content-length" not in chunked.headers
    assert chunked.headers["transfer-encoding"] == "chunked"
    assert "transfer-encoding" not in known.headers


def test_how_to_upload_is_one_of_two_words(repository: Make) -> None:
    with pytest.raises(UsageError, match="upload"):
        open_session(repository({"a.py": "x\n"}), upload="carrier pigeon")


@pytest.mark.parametrize("read", [0, 1, 100_000, 3_000_000])
@pytest.mark.parametrize("upload", ["length", "chunked"])
def test_an_answer_before_the_whole_question_has_arrived_is_none(
    server: Any, ask: Any, read: int, upload: str
) -> None:
    large = Context(lambda: repeat("x = 1\n" * 50_000, 60), 9, "o200k_base")  # 18 MB
    server.answers = [Answer(ChatServer.stream("All fine."), read=read)]
    events = []
    with pytest.raises(BackendError) as failure:
        events += server.backend(upload=upload).stream(replace(ask(), context=large))
    assert not any(isinstance(event, TextDelta) for event in events)
    assert "whole question" in failure.value.message or "broke" in failure.value.message


def test_a_refusal_before_the_whole_question_has_arrived_says_why(server: Any, ask: Any) -> None:
    large = Context(lambda: repeat("x = 1\n" * 50_000, 60), 9, "o200k_base")
    server.answers = [Answer(b'{"error": "too large for me"}', status=413, read=1000)]
    with pytest.raises(BackendError) as failure:
        list(server.backend().stream(replace(ask(), context=large)))
    assert "413" in failure.value.message or "broke" in failure.value.message


def test_a_further_try_sends_the_same_bytes_without_reading_a_file_again(
    repository: Make, server: Any
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 90 for n in range(9)})
    server.answers = [Answer(status=503), Answer(ChatServer.stream("Fine."))]
    asking = Asking(root, server, retries=1)
    written = []
    for event in asking.session.ask("What is it?"):
        if isinstance(event, Notice):
            (root / "m1.py").write_text("what a second reading would find\n")
        if isinstance(event, Progress) and event.stage == "upload":
            (base,) = (asking.state / "ledger").iterdir()
            written.append((base.name, base.stat().st_mtime_ns))
    assert isinstance(event, Finished), event
    first, second = (seen.body for seen in server.requests)
    assert first == second
    assert len(set(written)) == 1, "the base is not written again"


def test_the_bar_of_an_upload_says_how_much_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    narrator, screen = Narrator(), io.StringIO()
    narrator.__dict__["console"] = Console(file=screen, force_terminal=True, width=120)
    bar = progress.Bar(narrator)
    for done in (1_000_000, 20_000_000, 39_000_000):
        bar.show(Progress("upload", done, 40_000_000, "bytes"))
    bar.hide()
    assert "39.0/40.0 MB" in screen.getvalue()
    assert "B/s" in screen.getvalue()
    assert "0:00:0" in screen.getvalue()
