"""An edit finds its one place, or says why it has none; it never takes another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.edits import Replacement
from repoctx.patches.inline import locate_inline
from repoctx.patches.match import locate
from repoctx.patches.matching.lines import Lines
from repoctx.patches.matching.misfit import MisfitError, NotFoundError


def replaced(text: str, search: str, replace: str, **said: Any) -> str:
    """The text after the edit."""
    lines = Lines(text)
    change = Replacement(search, replace, **said)
    for splice in reversed((locate_inline if change.inline else locate)(lines, change)):
        lines.replace(splice)
    return str(lines)


def refused(text: str, search: str, replace: str, **said: Any) -> MisfitError:
    """The reason why the edit is not made."""
    with pytest.raises(MisfitError) as caught:
        replaced(text, search, replace, **said)
    return caught.value


# Steps


def test_the_very_lines_win_over_lines_that_are_only_alike() -> None:
    assert replaced("x \nx\n  x\n", "x\n", "y\n") == "x \ny\n  x\n"


def test_trailing_space_may_differ_and_shared_lines_stay_as_the_file_has_them() -> None:
    assert replaced("a  \nb\t\nc\n", "a\nb\nc\n", "a\nB\nc\n") == "a  \nB\nc\n"


def test_a_line_that_moves_is_the_files_too() -> None:
    assert replaced("a\nb\nc\n", "a  \nb  \nc\n", "b  \nx\na  \nc\n") == "b\nx\na\nc\n"
    assert replaced("it's\nb\n", "it\u2019s\nb\n", "b\nit\u2019s\n") == "b\nit's\n"


def test_a_new_line_like_one_that_stays_is_as_the_reply_has_it() -> None:
    assert replaced("a\u00a0b\nc\n", "a b\nc\n", "a b\na b\nc\n") == "a\u00a0b\na b\nc\n"


def test_typographic_punctuation_may_differ() -> None:
    assert replaced("say \u201chi\u201d \u2013 now\n", 'say "hi" - now\n', "done\n") == "done\n"
    assert replaced("a\u00a0b\n", "a b\n", "c\n") == "c\n"
    assert replaced("it's\n", "it\u2019s\n", "c\n") == "c\n"


def test_composed_characters_are_their_decomposed_equals_but_ligatures_are_not_letters() -> None:
    assert replaced("cafe\u0301\n", "caf\u00e9\n", "x\n") == "x\n"
    assert isinstance(refused("of\ufb01ce\n", "office\n", "x\n"), NotFoundError)


@pytest.mark.parametrize(
    ("text", "search", "replace", "result"),
    [
        # the file is deeper
        ("    if a:\n        b\n", "if a:\n    b\n", "if a:\n    c\n\n    d\n",
         "    if a:\n        c\n\n        d\n"),
        # the file is less deep
        ("if a:\n    b\n", "    if a:\n        b\n", "    if a:\n        c\n", "if a:\n    c\n"),
        # tabs in the file
        ("\tif a:\n\t\tb\n", "    if a:\n        b\n", "    if a:\n        c:\n            d\n",
         "\tif a:\n\t\tc:\n\t\t\td\n"),
        ("\tif a:\n\t\tb\n", "if a:\n  b\n", "if a:\n  c\n", "\tif a:\n\t\tc\n"),
        # spaces in the file
        ("  if a:\n    b\n", "\tif a:\n\t\tb\n", "\tif a:\n\t\tc\n", "  if a:\n    c\n"),
        # the width of a tab is told by the whole edit
        ("\tx\n", "        x\n", "        y:\n            z\n", "\ty:\n\t\tz\n"),
    ],
)  # fmt: skip
def test_a_block_indented_otherwise_is_found_and_its_replacement_follows_the_file(
    text: str, search: str, replace: str, result: str
) -> None:
    assert replaced(text, search, replace) == result


@pytest.mark.parametrize(
    ("text", "search", "replace"),
    [
        ("  a\n      b\n", "a\n  b\n", "c\n"),  # not uniform
        ("b\n", "    b\n", "  c\n"),  # the new line cannot move left as far
        ("b\n  x\n", "\tb\n", "\tb\n\t\tc\n"),  # tabs that nothing translates
        ("b\n\tx\n", "  b\n", "  b\n    c\n"),
        ("\tb\n", "        b\n", "    b\n"),  # a tab of eight in one place, of four in the other
        ("f:\n    g:\n        b\n", "\tb\n", "\tb\nc\n"),  # a tab for four, or for eight
    ],
)
def test_indentation_that_is_not_one_shift_is_refused(text: str, search: str, replace: str) -> None:
    refused(text, search, replace)


def test_blank_lines_at_the_edges_that_both_sides_show_need_not_be_there() -> None:
    assert replaced("a\nb\n", "\na\n\n", "\nA\n\n") == "A\nb\n"
    refused("a\nb\n", "a\n\n", "a\n\nc\n")


def test_dots_stand_for_lines_that_stay() -> None:
    text = "def f():\n    a\n    b\n    return 1\n"
    search, replace = "def f():\n    ...\n    return 1\n", "def f(x):\n    ...\n    return 2\n"
    assert replaced(text, search, replace) == "def f(x):\n    a\n    b\n    return 2\n"


@pytest.mark.parametrize(
    ("search", "replace"),
    [
        ("def f():\n    ...\n    return 1\n", "def f(x):\n    return 2\n"),  # not paired
        ("def f():\n    ...\n    return 2\n", "def f(x):\n    ...\n    return 3\n"),  # in g
        ("def g():\n...\ndef f():\n", "def k():\n...\ndef h():\n"),  # in another order
        ("    return 1\n    ...\n", "    return 3\n    ...\n    new\n"),  # new text anywhere
        ("def f():\n    ...\n    return 1\n", "    # ... the rest\n    return 3\n"),  # unlike
    ],
)
def test_dots_that_do_not_pair_or_lead_elsewhere_are_refused(search: str, replace: str) -> None:
    refused("def f():\n    a\n    return 1\n\ndef g():\n    return 2\n", search, replace)


def test_the_lines_below_dots_are_those_of_the_same_block() -> None:
    text = "def f():\n    a\n    b\n    return 1\n\ndef g():\n    a\n    b\n    return 1\n"
    search, replace = "def g():\n    ...\n    return 1\n", "def g():\n    ...\n    return 2\n"
    assert replaced(text, search, replace) == text[:-2] + "2\n"
    assert replaced(text, search, replace, line=4) == text[:-2] + "2\n"
    assert "2 places" in refused(text + "    return 1\n", search, replace).message


def test_a_diff_made_by_git_gets_no_tolerance() -> None:
    assert replaced("a\n", "a\n", "b\n", is_exact=True) == "b\n"
    refused("a \n", "a\n", "b\n", is_exact=True)
    refused("a\n", "\na\n", "\nb\n", is_exact=True)


def test_a_diff_that_adds_to_a_last_line_without_an_end_takes_the_files_endings() -> None:
    assert replaced("a\r\nb", "b\n", "b\nc\n", is_exact=True) == "a\r\nb\r\nc"


def test_what_is_only_similar_is_not_the_place() -> None:
    error = refused("result = fetch()\n", "results = fetch()\n", "x\n")
    assert isinstance(error, NotFoundError)
    refused("if  a:\n", "if a:\n", "x\n")
    refused("Hello\n", "hello\n", "x\n")


# Several places


def test_two_places_are_a_conflict_that_lists_them() -> None:
    error = refused("a\nx\nb\nx\n", "x\n", "y\n")
    assert error.message == "the SEARCH text stands in 2 places"
    assert error.detail == "line 2: x\nline 4: x"
    refused("x \nx\t\n", "x\n", "y\n")
    refused("  x\n    x\n", "x\n", "y\n")


def test_lines_that_are_not_copied_exactly_must_be_the_only_ones_that_are_alike() -> None:
    text = "  <p></p>\n" + "a\n" * 30 + "<p></p>\n"
    assert "2 places" in refused(text, "  <p></p> \n", "").message
    assert replaced(text, "  <p></p>\n", "") == text.removeprefix("  <p></p>\n")
    assert replaced(text, "  <p></p> \n", "  x\n", line=32) == text.replace("\n<p></p>", "\nx")
    assert replaced(text, "  <p></p> \n", "  x\n", line=1) == text.replace("  <p></p>", "  x")


def test_a_line_number_chooses_when_it_is_right_or_nearly_so() -> None:
    text = "".join(f"{'x' if i % 20 == 0 else i}\n" for i in range(1, 61))
    for line in (40, 37, 43):
        assert replaced(text, "x\n", "y\n", line=line).split("\n")[39] == "y"
    for line in (30, 28, 500):
        refused(text, "x\n", "y\n", line=line)


def test_a_wrong_line_number_does_not_matter_when_only_one_place_fits() -> None:
    assert replaced("a\nb\n", "b\n", "c\n", line=7000) == "a\nc\n"


def test_lines_that_are_only_alike_count_where_the_number_says_they_are() -> None:
    text = "x\n" + "a\n" * 30 + "x  \n"
    assert replaced(text, "x\n", "y\n", line=12).startswith("y\n")
    assert "2 places" in refused(text, "x\n", "y\n", line=32).message


def test_a_diff_that_may_be_gits_is_refused_where_its_number_finds_lines_that_are_alike() -> None:
    text = "x\n" + "a\n" * 30 + "    x\n"
    refused(text, "x\n", "y\n", line=32, is_exact=True)
    assert replaced(text, "x\n", "y\n", line=32, is_exact=True, is_checked=True).startswith("y\n")


def test_of_lines_that_look_alike_a_diff_says_which_one_stays() -> None:
    kept: tuple[int | None, ...] = (1, None)
    assert replaced("\t\n \nb\n", "\n\nb\n", "\nc\n", kept=kept) == " \nc\n"


def test_a_hunks_heading_chooses_and_must_not_contradict_its_number() -> None:
    text = "def f():\n    x\n\n\ndef g():\n    x\n"
    assert replaced(text, "    x\n", "    y\n", heading="def g():").endswith("g():\n    y\n")
    refused(text, "    x\n", "    y\n", heading="def f():", line=6)


def test_lines_that_are_alike_below_the_hunks_heading_make_it_unclear() -> None:
    text = "try:\n    import socks\n\n\nclass A:\n    def send():\n        try:\n            go()\n"
    new = "try:\n    skip = 1\n"
    refused(text, "try:\n", new, heading="class A:")
    refused(text, "try:\n", new, heading="class A:", line=9)
    assert replaced(text, "try:\n", new, heading="class B:").startswith(new)
    assert replaced(text, "try:\n", new).startswith(new)
    above = "    import socks\n\n\nclass A:\n"
    assert replaced(text, above, above * 2, heading="class A:").count("class A:") == 2


def test_the_end_of_the_file_chooses() -> None:
    assert replaced("x\na\nx\n", "x\n", "y\n", at_end=True) == "x\na\ny\n"


CLASSES = (
    "class A:\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n\n\n"
    "class B:\n    def f(self):\n        pass\n"
)


def test_anchors_lead_from_the_class_to_the_method() -> None:
    anchors = ("class B:", "    def f(self):")
    result = replaced(CLASSES, "        pass\n", "        return\n", anchors=anchors)
    assert result == CLASSES.removesuffix("pass\n") + "return\n"
    assert replaced(CLASSES, "        pass\n", "        x\n", anchors=("class A", "def g")) == (
        CLASSES.replace("g(self):\n        pass", "g(self):\n        x")
    )


@pytest.mark.parametrize(
    "anchors",
    [
        ("class C:",),  # not there
        ("class B:", "    def g(self):"),  # not in that class
        ("class A:",),  # two places in it
        ("    def f(self):",),  # in two classes
    ],
)
def test_anchors_that_do_not_leave_one_place_are_refused(anchors: tuple[str, ...]) -> None:
    refused(CLASSES, "        pass\n", "        return\n", anchors=anchors)


def test_text_outside_of_the_anchored_block_is_refused_even_if_it_is_the_only_place() -> None:
    error = refused(
        "def f():\n    a\n\ndef g():\n    b\n", "    b\n", "    c\n", anchors=("def f():",)
    )
    assert "not below the anchor" in error.message


def test_an_anchor_that_opens_no_block_has_everything_below_it() -> None:
    text = "import a\nimport b\n\nx = 1\n"
    assert replaced(text, "x = 1\n", "x = 2\n", anchors=("import a",)) == text.replace("1", "2")


# No SEARCH


def test_an_empty_search_fills_an_empty_file_only() -> None:
    assert replaced("", "", "new\n") == "new\n"
    assert replaced("\n \n", "", "new\n") == "new\n"
    assert "empty" in refused("a\n", "", "new\n").message
    assert "empty" in refused("a\n\n", "\n", "new\n").message


def test_an_insertion_goes_below_its_anchor_or_to_the_end() -> None:
    assert replaced("a\nb\n", "", "new\n", anchors=("a",)) == "a\nnew\nb\n"
    assert replaced("a\nb", "", "new\n", at_end=True) == "a\nb\nnew"


# Placeholders


@pytest.mark.parametrize(
    "line",
    [
        "# ... rest of the code unchanged ...",
        "    # ... existing code ...",
        "// ... rest of the function remains the same",
        "/* ... other methods ... */",
        "<!-- rest of the file unchanged -->",
        "{/* ... existing JSX ... */}",
        "-- existing code here",
        "# (existing test code remains unchanged)",
        "# rest of the class",
        "// unchanged",
        "# ...",
        "    ...",
        "…",
        "(rest of the code unchanged)",
        "... rest of the code ...",
    ],
)
def test_a_placeholder_that_would_swallow_code_is_refused(line: str) -> None:
    error = refused("def f():\n    a\n    b\n", "def f():\n    a\n    b\n", f"def f():\n{line}\n")
    assert line.strip() in error.message


@pytest.mark.parametrize(
    "line",
    [
        "# Wait for other threads...",
        "# use the existing code path",
        "    ...rest,",
        "  [...existing, item],",
        "print('... rest of the code ...')",
        "# Other imports",
        "    # the rest is history",
        "x = [1, 2, ...]",
        "* the remaining items",
    ],
)
def test_code_and_comments_that_only_look_like_placeholders_are_taken(line: str) -> None:
    assert replaced("a\nb\n", "a\nb\n", f"{line}\n") == f"{line}\n"


def test_a_placeholder_that_the_file_has_is_code() -> None:
    assert replaced("a\n# ...\nb\n", "a\n# ...\nb\n", "a\n# ...\nc\n") == "a\n# ...\nc\n"


def test_dots_are_a_body_where_nothing_is_removed() -> None:
    new = "a\n\ndef f(self) -> int:\n    ...\n"
    assert replaced("a\n", "a\n", new) == new


# Inside a line


def test_text_inside_a_line_is_replaced_at_its_only_place() -> None:
    assert replaced("f(a, b)\n", "a, b", "b", inline=True) == "f(b)\n"
    assert "2 places" in refused("aa\n", "a", "b", inline=True).message
    assert "2 places" in refused("xyxyx\n", "xyx", "b", inline=True).message


def test_text_may_reach_over_line_ends_of_any_kind() -> None:
    assert replaced("a(\r\n  b)\r\nc\r\n", "(\n  b", "(\n  B,\n  C", inline=True) == (
        "a(\r\n  B,\r\n  C)\r\nc\r\n"
    )
    assert replaced("a\nb\n", "a\r\nb\r\n", "c\r\n", inline=True) == "c\n"


def test_every_occurrence_is_replaced_when_that_is_asked() -> None:
    text = "foo foo\r\nbar\nfoofoo"
    assert replaced(text, "foo", "o", inline=True, every=True) == "o o\r\nbar\noo"
    assert replaced("a\n\n\n\nb\n", "\n\n", "\n", inline=True, every=True) == "a\n\nb\n"


def test_what_the_text_says_about_the_final_newline_counts() -> None:
    assert replaced("a\nb\n", "b\n", "b", inline=True) == "a\nb"
    assert replaced("a\nb", "b", "b\n", inline=True) == "a\nb\n"
    assert replaced("a\nb\n", "a\nb\n", "", inline=True) == ""
    assert replaced("a\nb", "\nb", "", inline=True) == "a"


def test_text_that_lacks_only_the_files_final_newline_is_there_too() -> None:
    assert "2 places" in refused("x\na\nx", "x\n", "y\n", inline=True).message
    assert replaced("x\na\nz", "x\n", "y\n", inline=True) == "y\na\nz"
    assert replaced("a\nx", "x\n", "y\n", inline=True) == "a\ny"


def test_lines_do_not_begin_within_a_word() -> None:
    refused("  main:\n  x\n", "in:\n", "on:\n", inline=True)
    assert replaced("  main:\n", "in:", "on:", inline=True) == "  maon:\n"


def test_a_line_goes_with_its_indentation() -> None:
    assert replaced("  a\n  b\n", "a\n", "", inline=True) == "  b\n"
    assert replaced("  a\n    b\n  c\n", "a\n  b\n", "", inline=True) == "  c\n"


def test_new_lines_below_one_whose_indentation_is_left_out_are_unclear() -> None:
    text = "def f():\n    x = 1\n"
    assert "indented" in refused(text, "x = 1", "x = 1\ny = 2", inline=True).message
    assert replaced(text, "x = 1", "x = 1\n    y = 2", inline=True) == text + "    y = 2\n"
    assert replaced(text, "    x = 1", "    x = 1\ny = 2", inline=True) == text + "y = 2\n"
    opened = "\tv := T{\n\t}\n"
    refused(opened, "v := T{", "v := T{\n\tA: 1,", inline=True)
    assert (
        replaced(opened, "v := T{", "v := T{\n\t\tA: 1,", inline=True)
        == "\tv := T{\n\t\tA: 1,\n\t}\n"
    )
    deeper = "class A:\n        x = 1\n"
    refused(deeper, "    x = 1\n", "    x = 1\n    y = 2\n", inline=True)
    assert replaced(text, "= 1", "= (\n1)", inline=True) == "def f():\n    x = (\n1)\n"


def test_whole_lines_of_a_tool_call_are_found_with_the_same_tolerance() -> None:
    text = "  line1\n  line2\n  line3\n"
    assert replaced(text, "line1\nline2", "one\ntwo", inline=True) == "  one\n  two\n  line3\n"
    refused("x\n", "y", "z", inline=True, every=True)


@given(
    st.lists(st.sampled_from([*"abcdefgh ", "\n", "\r\n"]), min_size=1, max_size=30).map("".join),
    st.integers(0, 29),
    st.integers(1, 9),
    st.text(alphabet="cd\n", max_size=4),
)
def test_an_inline_edit_is_what_python_would_do(text: str, start: int, size: int, new: str) -> None:
    plain = text.replace("\r\n", "\n")
    old = plain[start % len(plain) :][:size]
    above = plain[: plain.find(old)].rpartition("\n")[2]
    is_indented = above and not above.strip()
    is_within_a_word = above[-1:].isalnum() and old[0].isalnum() and "\n" in old
    try:
        result = replaced(text, old, new, inline=True)
    except MisfitError:
        is_unclear = is_within_a_word or (is_indented and ("\n" in new or not new))
        is_twice = plain.find(old) != plain.rfind(old) or f"{plain}\n".endswith(old)
        assert is_twice or is_unclear
        return
    if is_indented and not new and old.endswith("\n"):
        return  # the indentation goes with the line
    assert result.replace("\r\n", "\n") == plain.replace(old, new)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, int, int, list[str]]:
    """A text with mixed line ends, a range of its lines, and new lines for it."""
    line = st.sampled_from(["", "a", "  a", "b ", "c"])
    ending = st.sampled_from(["\n", "\r\n"])
    parts = draw(st.lists(st.tuples(line, ending), min_size=1, max_size=12))
    text = "".join(a + b for a, b in parts)
    count = len(Lines(text))
    start = draw(st.integers(0, count - 1))
    stop = draw(st.integers(start + 1, count))
    return text, start, stop, draw(st.lists(line, max_size=4))


def test_kept_lines_keep_their_ends_however_far_apart_the_changes_are() -> None:
    middle = "".join(f"{i}{end}" for i in range(700) for end in ("\n", "\r\n"))
    search = middle.replace("\r\n", "\n")
    made = replaced(f"a\n{middle}b\n", f"a\n{search}b\n", f"A\nA\n{search}\nB\n")
    assert made == f"A\nA\n{middle}\nB\n"


@given(edits())
def test_an_edit_changes_its_place_and_not_one_byte_besides(
    case: tuple[str, int, int, list[str]],
) -> None:
    text, start, stop, new = case
    lines = Lines(text)
    search = "".join(line + "\n" for line in lines.texts[start:stop])
    try:
        result = replaced(text, search, "".join(line + "\n" for line in new))
    except MisfitError:
        return
    above = "".join(a + b for a, b in zip(lines.texts[:start], lines.ends[:start], strict=True))
    below = "".join(a + b for a, b in zip(lines.texts[stop:], lines.ends[stop:], strict=True))
    assert result.startswith(above)
    assert result.endswith(below)
    middle = result[len(above) : len(result) - len(below)]
    assert [line.rstrip("\r\n") for line in middle.splitlines()] == new


@st.composite
def bad_copies(draw: st.DrawFn) -> tuple[str, list[str], list[str], int | None]:
    """A text of few different lines, some lines of it with other space around them, and new ones."""
    line = st.sampled_from(["", "a", "  a", "\ta", "a ", "b", "  b", "    b", "c\u2019s", "c's"])
    texts = draw(st.lists(line, min_size=1, max_size=14))
    ends = draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(texts), max_size=len(texts)))
    start = draw(st.integers(0, len(texts) - 1))
    stop = draw(st.integers(start + 1, len(texts)))
    shift, tail = draw(st.sampled_from(["", "  ", "\t"])), draw(st.sampled_from(["", " "]))
    search = [shift + text + tail if text.strip() else text for text in texts[start:stop]]
    text = "".join(a + b for a, b in zip(texts, ends, strict=True))
    number = draw(st.none() | st.integers(1, len(texts)))
    return text, search, draw(st.lists(line, max_size=3)), number


def _alike(text: str) -> str:
    return text.strip().replace("\u2019", "'")


@given(bad_copies())
def test_however_badly_copied_nothing_outside_of_the_lines_that_are_alike_is_changed(
    case: tuple[str, list[str], list[str], int | None],
) -> None:
    text, search, new, number = case
    block = ["".join(line + "\n" for line in part) for part in (search, new)]
    try:
        result = replaced(text, *block, line=number)
    except MisfitError:
        return
    old, wanted = Lines(text), [line for line in map(_alike, search) if line]
    rows = list(zip(old.texts, old.ends, strict=True))
    above = ["".join(a + b for a, b in rows[:i]) for i in range(len(rows) + 1)]
    below = ["".join(a + b for a, b in rows[i:]) for i in range(len(rows) + 1)]
    assert any(
        [line for line in map(_alike, old.texts[i:j]) if line] == wanted
        and result.startswith(above[i])
        and result.endswith(below[j])
        and len(result) >= len(above[i]) + len(below[j])
        for i in range(len(rows))
        for j in range(i + 1, len(rows) + 1)
    )


@given(bad_copies())
def test_lines_that_stand_in_two_places_are_never_replaced_without_a_reason(
    case: tuple[str, list[str], list[str], int | None],
) -> None:
    text, search, new, _ = case
    twice = f"{text}\nbetween\n{text}"
    refused(twice, *("".join(line + "\n" for line in part) for part in (search, new)))
