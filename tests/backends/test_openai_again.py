"""Trying again, and stopping: both before and while an answer comes."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendError, Cancellation
from repoctx.errors import CancelledError
from repoctx.events import Notice, TextDelta
from tests.waiting import AGES, PATIENCE, ends, soon, threads, until


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def notices_of(events: list[Any]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def until_error(stream: Iterator[Any]) -> tuple[list[Any], BackendError | None]:
    events = []
    try:
        for event in stream:
            events.append(event)
    except BackendError as error:
        return events, error
    return events, None


def test_a_passing_failure_is_tried_again_and_told(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [
        answering(b"busy", status=503),
        answering(b"", reset=True),
        answering(server.stream("ok")),
    ]
    events = list(server.backend(retries=2).stream(ask()))
    assert text_of(events) == "ok"
    assert len(notices_of(events)) == 2
    assert "try 2 of 3" in notices_of(events)[0]
    bodies = {seen.body for seen in server.requests}
    assert len(bodies) == 1, "each try sends the same bytes"


def test_tries_end(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(b"busy", status=503)]
    with pytest.raises(BackendError, match="503: busy"):
        list(server.backend(retries=2).stream(ask()))
    assert len(server.requests) == 3


def test_retry_after_is_honoured(server: Any, ask: Any, answering: Any) -> None:
    slow = answering(b"slow down", status=429, headers={"Retry-After": "0.3"})
    server.answers = [slow, answering(server.stream("ok"))]
    before = time.monotonic()
    assert text_of(list(server.backend(retries=1).stream(ask()))) == "ok"
    assert time.monotonic() - before >= 0.3


@pytest.mark.parametrize(
    ("body", "wait"), [(b"slow down", "3600"), (b'{"error": {"code": "insufficient_quota"}}', "0")]
)
def test_a_limit_that_lasts_is_not_waited_for(
    server: Any, ask: Any, answering: Any, body: bytes, wait: str
) -> None:
    server.answers = [answering(body, status=429, headers={"Retry-After": wait})]
    with pytest.raises(BackendError, match="429") as caught:
        list(server.backend(retries=3).stream(ask()))
    assert "3600 seconds" in caught.value.hint or "credit" in caught.value.hint
    assert len(server.requests) == 1


def test_after_the_first_word_nothing_is_tried_again(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(server.delta("half"), reset=True)]
    events, error = until_error(server.backend(retries=3).stream(ask()))
    assert error
    assert "broke" in error.message
    assert text_of(events) == "half"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "where",
    [
        {"deaf": True},
        {"before_headers": True},
        {"hang": True},
        {"hang": True, "body": b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'},
    ],
    ids=["uploading", "before the headers", "before the first word", "in mid-stream"],
)
def test_cancelling_closes_the_connection(
    server: Any, ask: Any, answering: Any, where: dict[str, Any]
) -> None:
    server.answers = [answering(**where)]
    cancellation = Cancellation()

    def cancel() -> None:
        server.reached.wait(PATIENCE)
        time.sleep(0.05)
        cancellation.throw()

    thread = threading.Thread(target=cancel)
    thread.start()
    context = ("x" * 1_000_000,) * (30 if where.get("deaf") else 1)
    with soon(), pytest.raises(CancelledError):
        list(server.backend(timeout=AGES).stream(ask(context=context, cancellation=cancellation)))
    assert server.reached.is_set()
    assert server.left.wait(PATIENCE)
    ends(thread)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_cancelling_closes_a_tls_connection(
    server: Any, ask: Any, answering: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.use_tls(tmp_path)))
    assert text_of(list(server.backend().stream(ask()))) == "Hello, world."
    server.answers = [answering(before_headers=True)]
    cancellation = Cancellation()

    def cancel() -> None:
        server.reached.wait(PATIENCE)
        cancellation.throw()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(CancelledError):
        list(server.backend(timeout=AGES).stream(ask(cancellation=cancellation)))
    assert server.left.wait(PATIENCE)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(BackendError, match="TLS: self"):
        list(server.backend().stream(ask()))


def test_cancelling_ends_a_pause_between_tries(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(b"", status=429, headers={"Retry-After": "120"})]
    cancellation = Cancellation()
    stream = server.backend(retries=1).stream(ask(cancellation=cancellation))
    while not isinstance(next(stream), Notice):
        pass
    threading.Timer(0.1, cancellation.throw).start()
    with soon(), pytest.raises(CancelledError):
        next(stream)


def test_cancelling_closes_the_connection_though_nobody_asks_for_the_next_event(
    server: Any, ask: Any, answering: Any
) -> None:
    server.answers = [answering(server.delta("a"), hang=True)]
    cancellation = Cancellation()
    stream = server.backend(timeout=AGES).stream(ask(cancellation=cancellation))
    while not isinstance(next(stream), TextDelta):
        pass
    cancellation.throw()
    assert server.left.wait(PATIENCE)
    with pytest.raises(CancelledError):
        next(stream)


def test_a_request_that_was_cancelled_before_sends_nothing(server: Any, ask: Any) -> None:
    cancellation = Cancellation()
    cancellation.throw()
    with pytest.raises(CancelledError):
        list(server.backend().stream(ask(cancellation=cancellation)))
    assert not server.requests


def test_closing_the_iterator_closes_the_connection(server: Any, ask: Any, answering: Any) -> None:
    server.answers = [answering(server.delta("a"), hang=True)]
    stream = server.backend(timeout=AGES).stream(ask())
    while not isinstance(next(stream), TextDelta):
        pass
    stream.close()
    assert server.left.wait(PATIENCE)
    until(lambda: not threads("repoctx-backend"), "the end of the thread that read the answer")
