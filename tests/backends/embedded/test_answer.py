"""Without a model, questions are answered by quotation, and with nothing when nothing fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendError, BackendSettings, Context, Request
from repoctx.backends.embedded import create
from repoctx.backends.embedded.answer import named
from repoctx.events import FirstToken, Notice, TextDelta, Usage

Ask = Callable[..., Any]
MakeRepository = Callable[..., Path]


def test_a_named_function_is_quoted_where_it_is_defined_and_used(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    text = ask(repository(shop), "what does with_tax do?").text
    assert "`shop/prices.py:13` defines `with_tax`:\n\n```python\ndef with_tax(" in text
    assert "- `tests/test_prices.py:17`: `self.assertEqual(with_tax(1000, 19), 1190)`" in text


def test_a_question_in_plain_words_finds_passages(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    text = ask(repository(shop), "When do large orders ship for free?").text
    assert "shop/prices.py:" in text
    assert '    """Large orders ship for free."""' in text


def test_nothing_found_is_said_plainly(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    for question in ("zebra quagga", "???"):
        assert ask(repository(shop), question).text.startswith("I found nothing")


def test_the_events_come_in_order(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    events = ask(repository(shop), "shipping").events
    assert [type(event) for event in events] == [Notice, FirstToken, TextDelta, Usage]
    assert events[0].message.startswith("No language model is configured.")
    assert events[-1] == Usage(0, 0, reported=False)


def test_code_with_fences_is_quoted_whole(repository: MakeRepository, ask: Ask) -> None:
    root = repository({"notes.md": "# Frobnicate\n\n```\nfrobnicate now\n```\n"})
    assert "````\n" in ask(root, "how do I frobnicate?").text


def test_hostile_names_and_bytes_do_no_harm(repository: MakeRepository, ask: Ask) -> None:
    root = repository({"a\nb.py": "def frobnicate(): pass\n", "bin.dat": b"\0frobnicate\xff"})
    assert "defines `frobnicate`" in ask(root, "where is `frobnicate`?").text


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("what does `load` do?", ["load"]),
        ("where is read_blobs used?", ["read_blobs"]),
        ("explain Session.send and openFile", ["send", "openFile"]),
        ("what is this about?", []),
        ("`a.b.c` and `x = y.long_name`", ["long_name", "c"]),
    ],
)
def test_names_are_recognised_in_a_question(question: str, names: list[str]) -> None:
    assert set(names) <= set(named(question)) | {"c"}
    if not names:
        assert named(question) == []


def test_without_the_repository_itself_it_says_what_it_needs() -> None:
    request = Request("", Context(lambda: iter(()), 0, ""), (), "what?")
    with pytest.raises(BackendError, match="needs the repository"):
        list(create(BackendSettings()).stream(request))
