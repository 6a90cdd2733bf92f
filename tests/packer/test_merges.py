"""A little text is counted without tiktoken, and as tiktoken counts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import regex
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer import merges, tokens
from repoctx.packer.merges import MergeCounter
from repoctx.packer.tokens import ENCODINGS, LITTLE, Tokenizer
from repoctx.packer.vocabulary import NO_RANK, Vocabulary, to_table, vocabulary

Reference = Callable[[str], tiktoken.Encoding]

TOKENS = (
    *" \t\n\r/'\"<>.-_#",
    *("\r\n", "  ", "\n\n", " /", "'s", "'LL", "'\u017f", "aB", "ABc", "x", "É", "ǅ", "ʰ", "\x1f"),
    *("中", "\u0301", "\u00a0", "\u2028", "\u3000", "\x85", "\0", "12", "1234", "٣", "²", "Ⅻ"),
    *("👩\u200d🚀", "<|endoftext|>", "def f(self):\n", "    return x\n", "한국어", "ЖЗ"),
)
CLASSES = (r"\p{Lu}", r"\p{Lt}", r"\p{Lm}", r"\p{Lo}", r"\p{Ll}", r"\p{M}", r"\p{N}", r"\s")
FOLDED = ("(?i:[sdmt])", "(?i:[lver])")


def counter(name: str) -> MergeCounter:
    return MergeCounter(name, tokens._ENCODINGS[name].pattern)


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=200, deadline=None)
@given(text=st.lists(st.sampled_from(TOKENS), max_size=80).map("".join) | st.text(max_size=60))
def test_the_count_is_that_of_tiktoken(reference: Reference, name: str, text: str) -> None:
    assert counter(name).count(text) in (None, len(reference(name).encode_ordinary(text)))


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=200, deadline=None)
@given(word=st.text("aeinrstATxyz", min_size=1, max_size=40))
def test_words_that_are_no_tokens_are_merged_as_tiktoken_merges_them(
    reference: Reference, name: str, word: str
) -> None:
    assert counter(name).count(word) == len(reference(name).encode_ordinary(word))


@pytest.mark.parametrize("name", ENCODINGS)
def test_ordinary_source_is_never_left_to_tiktoken(reference: Reference, name: str) -> None:
    sources = [*sorted(Path(tokens.__file__).parent.glob("*.py")), Path(__file__)]
    for text in (source.read_text() for source in sources):
        assert counter(name).count(text) == len(reference(name).encode_ordinary(text))


@pytest.mark.parametrize("pattern", [*CLASSES, *FOLDED])
def test_no_settled_character_is_in_another_category_for_tiktoken(pattern: str) -> None:
    unsettled = regex.compile(merges._UNSETTLED)
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    settled = unsettled.sub("", every)
    assert len(settled) > 35_000
    single = {bytes([byte]): byte for byte in range(256)}
    theirs = tiktoken.Encoding("bytes", pat_str=pattern, mergeable_ranks=single, special_tokens={})
    assert (
        bytes(theirs.encode_ordinary(settled)) == "".join(regex.findall(pattern, settled)).encode()
    )


@pytest.mark.parametrize("text", ["\ud800", "\U0001e030", "x" * 500, "a" + " " * 500 + "b"])
def test_what_could_differ_or_take_long_is_left_to_tiktoken(text: str) -> None:
    assert counter("o200k_base").count(text) is None
    assert Tokenizer("o200k_base").count(text) > 0


@pytest.mark.parametrize(
    ("counted", "loads"),
    [
        pytest.param("t.count_many(['x = 1\\n' * 900] * 20)", False, id="a little"),
        pytest.param("t.count('x = 1\\n' * 50_000)", True, id="a large text"),
        pytest.param("[t.count('x = 1\\n' * 9_000) for _ in range(6)]", True, id="many texts"),
        pytest.param("t.expect(1_000_000), t.count('x')", True, id="the first of many"),
    ],
)
def test_tiktoken_is_loaded_only_for_more_than_a_little(counted: str, loads: bool) -> None:
    code = "import sys; from repoctx.packer.tokens import tokenizer; t = tokenizer()\n"
    check = f"\nassert ('tiktoken' in sys.modules) is {loads}"
    subprocess.run([sys.executable, "-c", code + counted + check], check=True)


def test_the_count_is_the_same_before_and_after_tiktoken_is_loaded() -> None:
    tokenizer = Tokenizer("o200k_base")
    texts = ["def f():\n    return 'ünï'\n" * n for n in (1, 30, 900)]
    before = [tokenizer.count(text) for text in texts]
    assert tokenizer.count("x " * LITTLE) > LITTLE
    assert [tokenizer.count(text) for text in texts] == before


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=6), unique=True, max_size=40), st.binary(max_size=3))
def test_a_table_gives_back_its_tokens_and_no_others(token: Sequence[bytes], other: bytes) -> None:
    table = Vocabulary(to_table(token))
    assert list(table.tokens()) == token
    assert [table.rank(one) for one in token] == list(range(len(token)))
    assert table.rank(other) == (token.index(other) if other in token else NO_RANK)


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_shipped_tables_are_as_they_would_be_written_today(name: str) -> None:
    tokens_by_rank = list(vocabulary(name).tokens())
    shipped = Path(tokens.__file__).with_name("data") / f"{name}.tokens"
    assert to_table(tokens_by_rank) == shipped.read_bytes()
