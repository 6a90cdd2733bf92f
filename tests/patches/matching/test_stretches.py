"""What is found by stretches is what looking through all of the file finds, after any edits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.matching import stretches, words
from repoctx.patches.matching.keys import same, stripped
from repoctx.patches.matching.lines import Key, Lines, Splice

LINES = st.sampled_from(["", "a", " a", "a b", "ab c", "b", "cab", "aa", "a\u00e9.b", "long " * 6])
NEW = st.lists(LINES, max_size=5)


@pytest.fixture(autouse=True, scope="module")
def short() -> Iterator[None]:
    """Stretches of two lines, so that a small file has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches, "_USUAL", 2)
        patch.setattr(stretches, "_LONGEST", 4)
        patch.setattr(words, "_LONGEST_LINE", 20)
        patch.setattr(words, "_MOST_TERMS", 2)
        yield


@st.composite
def edited(draw: st.DrawFn) -> Lines:
    """The lines of a text that was edited, and perhaps partly restored, with all views open."""
    lines = Lines("\n".join(draw(st.lists(LINES, max_size=12))) + draw(st.sampled_from(["", "\n"])))
    look(lines)
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(lines)))
        stop = draw(st.integers(start, min(len(lines), start + 4)))
        mark = lines.mark()
        lines.replace(Splice(start, stop, draw(NEW)))
        if draw(st.integers(0, 3)) == 0:
            lines.rollback(mark)
        if draw(st.booleans()):
            look(lines)
    return lines


def look(lines: Lines) -> None:
    """Make what is known of the lines, which later edits must keep right."""
    list(lines.inside("a b"))
    list(lines.inside("b\na"))
    lines.places(["a"], same)
    lines.lines_beginning("a", stripped)


@given(edited(), st.text(alphabet="ab c\n\u00e9.", min_size=1, max_size=12))
def test_text_inside_lines_is_found_wherever_it_stands(lines: Lines, text: str) -> None:
    joined = "".join(
        text + ("\n" if end else "") for text, end in zip(lines.texts, lines.ends, strict=True)
    )
    found = [at for at in range(len(joined)) if joined.startswith(text, at)]
    expected = [(joined.count("\n", 0, at), at - (joined.rfind("\n", 0, at) + 1)) for at in found]
    assert list(lines.inside(text)) == expected


@given(edited(), st.lists(LINES, min_size=1, max_size=3), st.sampled_from([same, stripped]))
def test_lines_are_found_wherever_they_stand(lines: Lines, wanted: list[str], key: Key) -> None:
    starts = range(len(lines) - len(wanted) + 1)
    expected = [i for i in starts if lines.stand_at(i, wanted, key)]
    assert lines.places(wanted, key) == expected
    among = range(1, max(1, len(lines) - 2))
    assert lines.places(wanted, key, among) == [i for i in expected if i in among]
    like = [i for i, text in enumerate(lines.texts) if key(text) == key(wanted[0])]
    assert lines.lines_like(wanted[0], key) == like


@given(edited(), st.sampled_from(["a", "a b", "ab", "b", "a\u00e9"]))
def test_lines_that_begin_with_whole_words_are_found(lines: Lines, beginning: str) -> None:
    expected = [
        i
        for i, text in enumerate(lines.texts)
        if text.strip().startswith(beginning) and not text.strip()[len(beginning) :][:1].isalnum()
    ]
    assert lines.lines_beginning(beginning, stripped) == expected


@given(edited())
def test_what_is_known_of_the_lines_around_is_what_they_are(lines: Lines) -> None:
    at = 0
    while at < len(lines):
        found, stop = lines.fact(at, tuple)
        assert found == tuple(lines.texts[at:stop])
        assert at < stop <= at + 4
        at = stop
    assert sum(lines.facts(tuple), ()) == tuple(lines.texts)


@given(st.data())
def test_an_old_line_is_found_as_if_each_edit_was_followed(data: st.DataObject) -> None:
    lines, numbers = Lines("x\n" * 12), list(range(12))
    for _ in range(data.draw(st.integers(0, 5))):
        start = data.draw(st.integers(0, len(lines)))
        stop = data.draw(st.integers(start, len(lines)))
        count = data.draw(st.integers(0, 3))
        lines.replace(Splice(start, stop, ["new"] * count))
        numbers[start:stop] = [-1] * count
    for number in set(numbers) - {-1}:
        assert lines.current_line(number) == numbers.index(number)
