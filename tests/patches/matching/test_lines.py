"""Lines keep every byte, whatever is replaced around them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.matching.keys import same, without_trailing_space
from repoctx.patches.matching.lines import Lines, Splice, line_texts

TEXTS = st.text(alphabet="ab \t\r\n\u2028\x0c", max_size=40)


@given(TEXTS)
def test_lines_are_the_text_again(text: str) -> None:
    assert str(Lines(text)) == text


@given(TEXTS)
def test_only_the_three_line_ends_part_lines(text: str) -> None:
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert Lines(text).texts == line_texts(expected)
    assert line_texts(text) == (expected[:-1] if expected.endswith("\n") else expected).split(
        "\n"
    ) * bool(expected)


@st.composite
def splices(draw: st.DrawFn) -> tuple[str, list[Splice]]:
    """A text and splices that fit it, one after the other."""
    text = draw(TEXTS)
    count = len(Lines(text))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, count))
        stop = draw(st.integers(start, count))
        new = draw(st.lists(st.sampled_from(["", "new", "a"]), max_size=3))
        found.append(Splice(start, stop, new))
        count += len(new) - (stop - start)
    return text, found


@given(splices())
def test_untouched_lines_keep_their_bytes_and_a_rollback_all(
    case: tuple[str, list[Splice]],
) -> None:
    text, found = case
    lines = Lines(text)
    lines.places(["a"], same)  # a view that must follow the splices
    for splice in found:
        before = list(zip(lines.texts, lines.ends, strict=True))
        lines.replace(splice)
        after = list(zip(lines.texts, lines.ends, strict=True))
        above, below = before[: splice.start], before[splice.stop :]
        if below:
            assert after[len(after) - len(below) :] == below
        if above and (below or above[-1][1]):
            assert after[: len(above)][:-1] == above[:-1]
            assert after[len(above) - 1][0] == above[-1][0]
        assert lines.texts == [t for t, _ in after]
        assert lines.places(["a"], same) == [i for i, t in enumerate(lines.texts) if t == "a"]
    lines.rollback(0)
    assert str(lines) == text


@given(splices())
def test_a_text_keeps_its_final_newline_or_its_lack_of_one(case: tuple[str, list[Splice]]) -> None:
    text, found = case
    lines = Lines(text)
    lines.replace(found[0])
    if lines.texts and lines.texts[-1] and text:
        assert str(lines).endswith(("\n", "\r")) == text.endswith(("\n", "\r"))


def test_new_lines_end_as_the_lines_that_they_replace_then_as_the_one_above() -> None:
    lines = Lines("a\r\nb\nc\r\n")
    lines.replace(Splice(1, 2, ["B", "B2"]))
    assert str(lines) == "a\r\nB\nB2\nc\r\n"
    lines = Lines("a\r\nb\r\nc")
    lines.replace(Splice(3, 3, ["d"]))
    assert str(lines) == "a\r\nb\r\nc\r\nd"


def test_a_kept_line_keeps_its_ending_wherever_it_moves() -> None:
    lines = Lines("a\nb\r\nc\n")
    lines.replace(Splice(0, 2, ["new", "b"], [None, 1]))
    assert str(lines) == "new\nb\r\nc\n"


def test_the_final_newline_changes_when_the_splice_says_so() -> None:
    for text, wanted, result in (("a\nb", True, "a\nB\n"), ("a\nb\n", False, "a\nB")):
        lines = Lines(text)
        lines.replace(Splice(1, 2, ["B"], final_newline=wanted))
        assert str(lines) == result


def test_places_are_found_through_a_key_and_counted_to_a_bound() -> None:
    lines = Lines("x \ny\nx\ny\n" + "z\n" * 30_000)
    assert lines.places(["x", "y"], same) == [2]
    assert lines.places(["x", "y"], without_trailing_space) == [0, 2]
    assert lines.places(["z", "z"], same) is None
    assert lines.places(["q"], same) == []


def test_a_line_of_the_original_is_followed_through_the_splices() -> None:
    lines = Lines("".join(f"{i}\n" for i in range(10)))
    lines.replace(Splice(2, 3, ["a", "b", "c"]))
    lines.replace(Splice(0, 1, []))
    assert [lines.current_line(i) for i in (1, 2, 3, 9)] == [0, 1, 4, 10]
