"""Findings on their way into the merging call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.backends.base import BackendError
from repoctx.packer.tokens import tokenizer
from repoctx.whole.findings import CUT, Finding, cited, fitted, in_words, some

ENCODING = "o200k_base"


def count(text: str) -> int:
    return tokenizer(ENCODING).count(text)


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=6), st.integers(120, 400))
def test_findings_that_are_cut_fit_and_the_short_ones_stay_whole(
    lines: list[int], room: int
) -> None:
    findings = [
        Finding(number, (), "".join(f"a.py:{n} does this\n" for n in range(length)))
        for number, length in enumerate(lines, 1)
    ]
    kept, cut = fitted(findings, room, ENCODING)
    assert sum(count(finding.text) for finding in kept) <= room
    assert [finding.part for finding in kept] == [finding.part for finding in findings]
    changed = [k for k, f in zip(kept, findings, strict=True) if k != f]
    assert len(changed) == cut
    whole = [count(f.text) for k, f in zip(kept, findings, strict=True) if k == f]
    assert all(size <= room for size in whole)
    assert cut == 0 or max(whole, default=0) <= min(
        count(f.text) for k, f in zip(kept, findings, strict=True) if k != f
    )
    for k, f in zip(kept, findings, strict=True):
        assert k.text == "" or f.text.startswith(k.text.removesuffix(CUT))


def test_the_paths_that_findings_name_are_found_however_they_are_written() -> None:
    known = {"a/b.py", "c d.py", "e.md", "f"}
    texts = ["see `a/b.py:12`, (e.md) and a/b.py.", "nothing/here.py"]
    assert cited(texts, known) == ["a/b.py", "e.md"]


@pytest.mark.parametrize(
    "reply", ["NOTHING HERE", "nothing here.", "  **NOTHING HERE**\n", "", "NOTHING\nHERE"]
)
def test_a_part_that_found_nothing_says_so(reply: str) -> None:
    finding = Finding(2, ("a.py", "b.py"), reply)
    assert finding.is_empty
    assert in_words(finding, 3) == "part 2 of 3: nothing in 2 files"


def test_a_part_that_found_something_or_failed_says_so() -> None:
    found = Finding(1, ("a.py",), "a.py:1 says: NOTHING HERE")
    assert not found.is_empty
    assert in_words(found, 3) == "part 1 of 3: findings in 1 files"
    lost = Finding(3, ("a.py", "b.py"), failure=BackendError("no answer", "wait"))
    assert lost.is_empty
    assert in_words(lost, 3) == "part 3 of 3 failed: no answer (wait); not read: a.py, b.py"


def test_many_paths_are_summed_up() -> None:
    assert some([f"{n}.py" for n in range(8)]) == "0.py, 1.py, 2.py, 3.py, 4.py and 3 more"
