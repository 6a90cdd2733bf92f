"""A repair is told as a model would: its block plans to exactly the change that was tried."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.backends.embedded.candidates import Candidate, candidates
from repoctx.backends.embedded.operators import KINDS
from repoctx.backends.embedded.proposal import Found, block, changed_lines, proposal, ranked
from repoctx.backends.embedded.source import Edit, Source
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply


def planned(root: Path, candidate: Candidate) -> str:
    """What the normal pipeline makes of the block."""
    source = candidate.source
    (root / source.path).write_bytes(source.text.encode())
    changes = plan(root, parse_reply(block(candidate)))
    assert not changes.conflicts
    after = changes.files[0].after
    assert after is not None
    return after.content.decode()


def replace(text: str, old: str, new: str) -> Candidate:
    at = text.index(old)
    source = Source("m.py", text)
    return Candidate(source, (Edit(at, at + len(old), new),), KINDS[0], 1.0)


def test_the_block_plans_to_the_change_even_among_repeated_lines(tmp_path: Path) -> None:
    text = "def f(a):\n    return a\n\n\n" * 5 + "def g(a):\n    return a\n"
    start = text.rindex("return a")
    candidate = Candidate(
        Source("m.py", text), (Edit(start, start + 8, "return -a"),), KINDS[0], 1.0
    )
    assert planned(tmp_path, candidate) == text[:start] + "return -a\n"


def test_a_whole_file_of_equal_lines_still_has_one_place(tmp_path: Path) -> None:
    text = "x = 1\n" * 6
    edit = Edit(text.index("1", 12), text.index("1", 12) + 1, "2")
    candidate = Candidate(Source("m.py", text), (edit,), KINDS[0], 1.0)
    assert planned(tmp_path, candidate) == candidate.source.applied((edit,))


def test_a_file_without_a_last_newline_and_with_windows_line_ends(tmp_path: Path) -> None:
    candidate = replace("a = 1\r\nb = 2\r\nc = 3", "2", "4")
    assert planned(tmp_path, candidate) == "a = 1\r\nb = 4\r\nc = 3"


def test_code_with_fences_in_it_is_fenced_longer(tmp_path: Path) -> None:
    candidate = replace('a = """\n```python\n```\n"""\nb = 2\n', "2", "4")
    assert planned(tmp_path, candidate).endswith("b = 4\n")


PROGRAM = '''def f(a, b):
    """Text."""
    total = 0
    for x in a:
        if x < b:
            total += x
        else:
            total -= x
    return total


def g(a, b):
    if a < b:
        return a
    return b
'''
EVERY = list(
    candidates({"m.py": Source("m.py", PROGRAM)}, {"m.py": dict.fromkeys(range(1, 16), 1.0)})
)


@settings(max_examples=60, deadline=None)
@given(candidate=st.sampled_from(EVERY))
def test_any_candidates_block_plans_to_that_candidate(
    candidate: Candidate, tmp_path_factory: object
) -> None:
    import tempfile

    if candidate.source.applied(candidate.edits) == PROGRAM:
        return
    with tempfile.TemporaryDirectory() as folder:
        assert planned(Path(folder), candidate) == candidate.source.applied(candidate.edits)


def test_what_only_removes_comes_after_what_changes() -> None:
    source = Source("m.py", "def f(a):\n    a.sort()\n    return a[0]\n")
    found = list(candidates({"m.py": source}, {"m.py": {2: 1.0, 3: 0.5}}))
    removal = next(c for c in found if c.kind.name == "removes a statement")
    change = next(c for c in found if c.kind.name == "changes a number")
    assert ranked([removal, change])[0] is change


def test_a_reply_names_the_place_and_the_rivals() -> None:
    text = "def f(a, b):\n    return a < b\n"
    best, rival = replace(text, "<", "<="), replace(text, "a < b", "b >= a")
    reply = proposal(Found(best, (rival,), "make test", 42, 1.23))
    assert "42 small edits" in reply
    assert "`make test`" in reply
    assert "`m.py:2`" in reply
    assert "1 rival edit passes too" in reply
    assert "`return a < b` → `return b >= a`" in reply
    assert len(parse_reply(reply).edits) == 1


def test_changed_lines_are_short_enough_for_one_line() -> None:
    assert changed_lines(replace("a = 1\nb = 2\n", "b = 2\n", "")) == ("b = 2", "(nothing)")


def test_among_several_roots_every_path_of_a_proposal_carries_its_roots_prefix() -> None:
    candidate, rival = (replace("x = 1\n", "1", new) for new in "23")
    text = proposal(Found(candidate, (rival,), "make test", 2, 1.0, "web/"))
    assert text.count("m.py") == text.count("web/m.py") == 3
    (edit,) = parse_reply(text).edits
    assert edit.path == "web/m.py"
