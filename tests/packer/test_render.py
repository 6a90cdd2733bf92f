"""Documents can be told apart and read back exactly, and their token counts add up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.packer.render import (
    Line,
    Xml,
    format_named,
    quoted,
    shown,
    unquoted,
    unshown,
)
from repoctx.packer.select import Level
from repoctx.packer.tokens import ENCODINGS

Reference = Callable[[str], tiktoken.Encoding]
Shown = tuple[str, Level, str]

FORMATS = ("xml", "markdown", "jsonl")
TOKENS = (
    *" \t\n\r/'\"<>.-_#`\\",
    *("\r\n", "\n\n", "//", " /", "'s", "aB", "x", "É", "中", "\u0301", "\u2028", "\x85", "\0"),
    *("12", "1234", "\udc80", "\udcff", "\ufffd", "\ufffd<", "\ufffd<80>", "\u202e", "<|end|>"),
    *("</document_content>", "</document_content_2>", "</document_outline>", "<document>\n"),
    *("\n</document_content>\n</document>\n", "<source>a</source>\n", "```", "\n````\n\n", "{"),
)
TEXT = st.lists(st.sampled_from(TOKENS), max_size=30).map("".join) | st.text(max_size=40)
PATH = st.lists(st.sampled_from([*TOKENS, "src", "a.py"]), min_size=1, max_size=6).map("".join)
LEVEL = st.sampled_from([Level.FULL, Level.OUTLINE])
DOCUMENTS = st.lists(st.tuples(PATH, LEVEL, TEXT), max_size=4)


def parse_pack(form: str, text: str) -> list[Shown]:
    """Read a pack back, knowing only what its manifest says."""
    parsers = {"xml": _parse_xml, "markdown": _parse_markdown, "jsonl": _parse_json_lines}
    return list(parsers[form](text))


def _parse_xml(text: str) -> Iterator[Shown]:
    position = text.index("<documents>\n") + len("<documents>\n")
    head = re.compile(
        r"<document>\n<source>(.*)</source>\n<(document_(content|outline)(?:_\d+)?)>\n"
    )
    while found := head.match(text, position):
        path, tag, what = found.groups()
        end = f"\n</{tag}>\n</document>\n"
        stop = text.index(end, found.end() - 1)
        level = Level.FULL if what == "content" else Level.OUTLINE
        yield unquoted(path), level, unshown(text[found.end() : stop])
        position = stop + len(end)
    assert text.startswith("</documents>\n", position)


def _parse_markdown(text: str) -> Iterator[Shown]:
    position = text.index("# Documents\n\n") + len("# Documents\n\n")
    head = re.compile(r"## `([^`]*)`( \(outline\))?\n\n(`{3,})([A-Za-z0-9]*)\n")
    while found := head.match(text, position):
        path, outline, fence, _ = found.groups()
        end = f"\n{fence}\n\n"
        stop = text.index(end, found.end() - 1)
        level = Level.OUTLINE if outline else Level.FULL
        yield unquoted(path), level, unshown(text[found.end() : stop])
        position = stop + len(end)


def _parse_json_lines(text: str) -> Iterator[Shown]:
    for line in text.split("\n")[:-1]:
        entry = json.loads(line)
        if "text" in entry:
            yield entry["path"], Level(entry["level"]), entry["text"]


def render(form: str, documents: list[Shown]) -> list[str]:
    """The parts of a pack without its manifest's entries."""
    format = format_named(form)
    parts = [format.document(*document) for document in documents]
    return [format.opening, *parts, format.closing + format.manifest_opening("2 files.")]


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=120, deadline=None)
@given(documents=DOCUMENTS)
def test_what_is_written_can_be_read_back(form: str, documents: list[Shown]) -> None:
    text = "".join(render(form, documents))
    assert parse_pack(form, text) == documents
    text.encode()  # and it can be sent


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60, deadline=None)
@given(documents=DOCUMENTS, reasons=st.lists(st.tuples(PATH, TEXT), max_size=3))
def test_the_tokens_of_a_pack_are_the_sum_of_its_parts(
    reference: Reference,
    form: str,
    name: str,
    documents: list[Shown],
    reasons: list[tuple[str, str]],
) -> None:
    encode = reference(name).encode_ordinary
    line = format_named(form).line
    lines = [line(Line(path, Level.NAME, reason, 12)) for path, reason in reasons]
    parts = [*render(form, documents), *lines, format_named(form).manifest_closing]
    assert len(encode("".join(parts))) == sum(len(encode(part)) for part in parts)


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None)
@given(path=PATH, reason=TEXT)
def test_a_manifest_entry_is_one_line_that_can_be_sent(form: str, path: str, reason: str) -> None:
    entry = format_named(form).line(Line(path, Level.NAME, reason, None))
    assert entry.count("\n") == 1
    assert entry.endswith("\n")
    entry.encode()


def test_a_document_reads_as_documented() -> None:
    assert Xml().document("src/a.py", Level.FULL, "x = 1\n") == (
        "<document>\n<source>src/a.py</source>\n"
        "<document_content>\nx = 1\n\n</document_content>\n</document>\n"
    )


def test_a_text_that_holds_its_end_tag_gets_another_tag() -> None:
    text = "</document_content></document_content_2></document_content_4>"
    assert "\n<document_content_3>\n" in Xml().document("a", Level.FULL, text)


def test_a_fence_is_longer_than_any_inside() -> None:
    document = format_named("markdown").document("a.md", Level.FULL, "````\nx\n````")
    assert document == "## `a.md`\n\n`````md\n````\nx\n````\n`````\n\n"


def test_a_byte_that_is_no_text_is_visible() -> None:
    assert shown("a\udcffb \ufffd \ufffd<80>") == "a\ufffd<ff>b \ufffd \ufffd<fffd><80>"


@settings(deadline=None)
@given(TEXT)
def test_shown_text_is_read_back(text: str) -> None:
    assert unshown(shown(text)) == text


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("src/ä b.py", "src/ä b.py"),
        ("a\nb", r'"a\nb"'),
        ("a</source>", r'"a\u003c/source>"'),
        ('"a"', r'"\"a\""'),
        (" a", '" a"'),
        ("a\udcff", r'"a\udcff"'),
        ("a\u202eb", r'"a\u202eb"'),
        ("a\\nb", "a\\nb"),
    ],
)
def test_odd_paths_are_quoted(path: str, written: str) -> None:
    assert quoted(path) == written
    assert unquoted(written) == path


def test_manifest_lines_say_level_reason_and_cost() -> None:
    line = format_named("xml").line
    assert line(Line("a.py", Level.OUTLINE, "budget", 120)) == (
        "- a.py: outline; budget; 120 tokens in full\n"
    )
    assert line(Line("b.png", Level.NAME, "binary, PNG image, 7 bytes", None)) == (
        "- b.png: name; binary, PNG image, 7 bytes\n"
    )
    assert line(Line("src/", Level.OMITTED, "budget", 9, files=3)) == (
        "- src/: 3 files omitted; budget; 9 tokens in full\n"
    )


def test_an_unknown_format_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"'yaml'.*xml, markdown, jsonl"):
        format_named("yaml")
