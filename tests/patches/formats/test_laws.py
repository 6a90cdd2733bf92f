"""The laws of reading: what was written is read, whatever the chunks, the cut or the neighbour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.reply import ReplyParser, parse_reply
from tests.patches.formats.writing import FORMATS, Written, delimited, read, replies


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_what_was_written_is_read_in_that_format(name: str, data: st.DataObject) -> None:
    written = data.draw(FORMATS[name]())
    reply = parse_reply(written.text)
    assert reply.problems == ()
    assert tuple(map(read, reply.edits)) == written.edits
    assert {edit.format for edit in reply.edits} == {name}


@given(replies(), st.sampled_from(["So:\n\n", "I change this.\n", "```bash\nls\n```\n"]))
def test_words_around_edits_change_none_of_them(written: Written, words: str) -> None:
    reply = parse_reply(words + written.text + "\nDone.\n")
    assert reply.problems == ()
    assert tuple(map(read, reply.edits)) == written.edits
    assert reply.prose.startswith(words)
    assert reply.prose.endswith("Done.\n")


@given(replies(), st.lists(st.integers(0, 60), max_size=80))
def test_any_chunks_give_the_same(written: Written, sizes: list[int]) -> None:
    parser, fed, at = ReplyParser(), [], 0
    for size in sizes:
        fed += parser.feed(written.text[at : at + size])
        at += size
    fed += parser.feed(written.text[at:])
    reply = parser.finish()
    assert reply == parse_reply(written.text)
    assert tuple(fed) == reply.edits[: len(fed)]


@given(replies(), replies())
def test_two_replies_one_after_the_other_give_the_edits_of_both(
    first: Written, second: Written
) -> None:
    reply = parse_reply(f"{first.text}\nAnd then:\n\n{second.text}")
    assert reply.problems == ()
    assert tuple(map(read, reply.edits)) == first.edits + second.edits


@given(delimited(), st.data())
def test_a_cut_anywhere_gives_whole_edits_only(written: Written, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(written.text)))
    reply = parse_reply(written.text[:end])
    assert tuple(map(read, reply.edits)) == written.edits[: len(reply.edits)]


MARKERS = ("=======", ">>>>>>> REPLACE", "+++++++ REPLACE")


@given(FORMATS["search_replace"](), st.data())
def test_a_block_that_lost_a_marker_is_a_problem_and_changes_no_other(
    written: Written, data: st.DataObject
) -> None:
    lines = written.text.split("\n")
    lost = data.draw(st.sampled_from([i for i, line in enumerate(lines) if line in MARKERS]))
    reply = parse_reply("\n".join(lines[:lost] + lines[lost + 1 :]))
    assert reply.problems
    assert all(edit in written.edits for edit in map(read, reply.edits))
