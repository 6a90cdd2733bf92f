from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.linediff import changed_blocks, split_lines
from repoctx.patches.merge import merge

LINE = st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"}\n", b"x = 1\r\n", b"long line\n"])
CONTENT = st.builds(
    lambda lines, last: b"".join(lines) + last,
    st.lists(LINE, max_size=12),
    st.sampled_from([b"", b"no newline", b"\r", b"a"]),
)


def _rebuilt(old: list[bytes], new: list[bytes]) -> list[bytes]:
    lines: list[bytes] = []
    at = 0
    for block in changed_blocks(old, new):
        lines += old[at : block.old_start] + new[block.new_start : block.new_end]
        at = block.old_end
    return lines + old[at:]


@given(CONTENT)
def test_lines_joined_are_the_content(content: bytes) -> None:
    lines = split_lines(content)
    assert b"".join(lines) == content
    assert all(line.endswith(b"\n") for line in lines[:-1])
    assert all(line.count(b"\n") <= 1 for line in lines)


@given(CONTENT, CONTENT)
def test_blocks_turn_the_old_lines_into_the_new(old: bytes, new: bytes) -> None:
    one, other = split_lines(old), split_lines(new)
    assert _rebuilt(one, other) == other


@given(CONTENT, CONTENT)
def test_an_equal_line_parts_any_two_blocks(old: bytes, new: bytes) -> None:
    one, other = split_lines(old), split_lines(new)
    blocks = changed_blocks(one, other)
    for first, second in pairwise(blocks):
        gap = second.old_start - first.old_end
        assert gap == second.new_start - first.new_end > 0
        assert one[first.old_end : second.old_start] == other[first.new_end : second.new_start]


@given(CONTENT, CONTENT)
def test_a_side_without_changes_takes_the_other_whole(base: bytes, other: bytes) -> None:
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other
    assert merge(base, other, other) == other


@given(CONTENT, CONTENT, CONTENT)
def test_which_side_is_ours_makes_no_difference(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge(base, ours, theirs) == merge(base, theirs, ours)


@given(
    st.lists(st.sampled_from([b"x\n", b"y\n", b"\n"]), max_size=6),
    st.lists(st.sampled_from([b"x\n", b"y\n", b"\n"]), max_size=6),
    st.integers(1, 5),
    st.booleans(),
)
def test_changes_in_different_places_are_both_kept(
    above: list[bytes], below: list[bytes], apart: int, ours_first: bool
) -> None:
    middle = [b"unique %d\n" % number for number in range(apart)]
    base = b"".join([b"top\n", *middle, b"end\n"])
    first = b"".join([*above, *middle, b"end\n"])
    second = b"".join([b"top\n", *middle, *below])
    sides = (first, second) if ours_first else (second, first)
    assert merge(base, *sides) == b"".join([*above, *middle, *below])


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        (b"a\n", b"b\n", b"c\n"),
        (b"a\nb\n", b"A\nb\n", b"a\nB\n"),  # side by side: no line parts them
        (b"a\n", b"a\nx\n", b"a\ny\n"),
        (b"a\n", b"", b"b\n"),
        (b"a\nb\nc\n", b"a\nc\n", b"a\nB\nc\n"),
        (b"a", b"b", b"c"),
        (b"a\n", b"a", b"a\nb\n"),
    ],
)
def test_changes_in_one_place_are_a_conflict(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge(base, ours, theirs) is None


def test_the_same_change_on_both_sides_is_made_once() -> None:
    base = b"1\n2\n3\n4\n5\n"
    assert merge(base, b"1\nX\n3\n4\n5\n", b"1\nX\n3\n4\nY\n") == b"1\nX\n3\n4\nY\n"


def test_line_ends_and_a_missing_last_newline_survive() -> None:
    base = b"1\r\n2\n3\r4\r\n5"
    ours, theirs = b"one\r\n2\n3\r4\r\n5", b"1\r\n2\n3\r4\r\nfive"
    assert merge(base, ours, theirs) == b"one\r\n2\n3\r4\r\nfive"


def test_binary_content_merges_only_with_an_unchanged_side() -> None:
    assert merge(b"\0\na\nb\n", b"\0\nA\nb\n", b"\0\na\nb\n") == b"\0\nA\nb\n"
    assert merge(b"\0\na\nm\nb\n", b"\0\nA\nm\nb\n", b"\0\na\nm\nB\n") is None


@pytest.mark.parametrize("kind", ["alternating", "one line", "blocks", "shuffled"])
def test_hostile_repetition_ends_soon(kind: str) -> None:
    """difflib alone takes hours for these; the bound is loose because machines differ."""
    count = 20_000
    if kind == "alternating":
        old, new = [b"a\n", b"b\n"] * count, [b"b\n", b"a\n", b"a\n"] * count
    elif kind == "one line":
        old, new = [b"}\n"] * count, [b"}\n", b"{\n"] * count
    elif kind == "blocks":
        old = [b"%d\n" % (n % 50) for n in range(count)]
        new = [b"%d\n" % (n * 7 % 50) for n in range(count)]
    else:
        old = [b"%d\n" % (n * 7919 % 9973 % 400) for n in range(count)]
        new = [b"%d\n" % (n * 104_729 % 9967 % 400) for n in range(count)]
    began = time.process_time()
    assert _rebuilt(old, new) == new
    assert time.process_time() - began < 20


@settings(max_examples=30)
@given(st.data())
def test_scattered_edits_of_a_large_file_are_found_small(data: st.DataObject) -> None:
    old = [b"line %d\n" % number if number % 3 else b"\n" for number in range(3000)]
    new = list(old)
    places = data.draw(st.sets(st.integers(0, 2999), max_size=20))
    for place in places:
        new[place] = b"edited %d\n" % place
    changed = sum(b.old_end - b.old_start for b in changed_blocks(old, new))
    assert changed == len(places)
