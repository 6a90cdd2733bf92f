"""Counts are tiktoken's own, offline, for any text."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.packer.tokens import ENCODINGS, pieces, tokenizer

Reference = Callable[[str], tiktoken.Encoding]

# What the patterns treat differently: white space of all kinds, slashes, quotes, cases, digits,
# marks, scripts, emoji with joiners, and what ends a document.
TOKENS = (
    *" \t\n\r/'\"<>.-_#",
    *("\r\n", "  ", "\n\n", " /", "//", "'s", "'LL", "'\u017f", "aB", "ABc", "x", "É", "ǅ", "ʰ"),
    *("中", "\u0301", "\u00a0", "\u2028", "\u3000", "\x85", "\0", "12", "1234", "٣", "²"),
    *("👩\u200d🚀", "<|endoftext|>", "</document_content>", "import os\n", "    return x\n"),
)
HOSTILE = st.lists(st.sampled_from(TOKENS), max_size=60).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=250, deadline=None)
@given(text=HOSTILE)
def test_words_are_split_as_tiktoken_splits_them(
    reference: Reference, name: str, text: str
) -> None:
    ours = tokenizer(name)._loaded()
    assert ours.encode_ordinary(text) == reference(name).encode_ordinary(text)


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=200, deadline=None)
@given(text=HOSTILE, size=st.integers(1, 20))
def test_a_cut_text_has_as_many_tokens_as_the_whole(
    reference: Reference, name: str, text: str, size: int
) -> None:
    encode = reference(name).encode_ordinary
    cut = list(pieces(text, size))
    assert "".join(cut) == text
    assert sum(len(encode(piece)) for piece in cut) == len(encode(text))


@settings(max_examples=20, deadline=None)
@given(parts=st.lists(HOSTILE, max_size=4))
def test_parts_are_counted_as_one_text(parts: list[str]) -> None:
    large = "x = 1\n" * 24_000
    for joined in (parts, [*parts, large, *parts]):
        assert tokenizer().count_joined(joined) == tokenizer().count("".join(joined))


@pytest.mark.parametrize("name", ENCODINGS)
def test_special_tokens_are_those_of_tiktoken_and_count_as_plain_text(
    reference: Reference, name: str
) -> None:
    ours = tokenizer(name)._loaded()
    assert ours._special_tokens == reference(name)._special_tokens
    assert tokenizer(name).count("<|endoftext|>") > 1


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_large_text_is_counted_exactly(reference: Reference, name: str) -> None:
    text = "".join(f"def f{n}(x):\n    return x / {n}  # '{n}'\n\n\n" for n in range(20_000))
    assert tokenizer(name).count(text) == len(reference(name).encode_ordinary(text))


def test_a_lone_surrogate_counts_as_what_can_be_sent() -> None:
    count = tokenizer().count
    assert count("a\udc80b") == count("a\ufffdb")


def test_many_texts_are_counted_in_order() -> None:
    texts = ["word " * n for n in (40_000, 1, 0, 40_000, 7)]
    assert tokenizer().count_many(texts) == [tokenizer().count(text) for text in texts]


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("unit", [" ", "\t", "\u00a0"])
def test_a_million_spaces_are_counted(name: str, unit: str) -> None:
    assert tokenizer(name).count(unit * 1_050_000 + "x") > 1_000  # tiktoken alone panics


@pytest.mark.parametrize("unit", ["a", "A", "/", "中", "\n", "aA", " \n", "\0"])
def test_a_long_text_without_a_place_to_cut_is_counted(unit: str) -> None:
    started = time.process_time()
    assert tokenizer().count(unit * (300_000 // len(unit)) + "x") > 1_000
    assert time.process_time() - started < 5  # quadratic would be hours


def test_an_unknown_tokenizer_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"'gpt5'.*o200k_base"):
        tokenizer("gpt5")


def test_nothing_is_loaded_before_the_first_count() -> None:
    code = "import sys; from repoctx.packer.tokens import tokenizer; tokenizer('cl100k_base')"
    check = "; assert not {'tiktoken', 'regex', 'gzip'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code + check], check=True)
