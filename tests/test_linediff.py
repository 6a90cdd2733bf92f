"""However little is left to compare, the blocks turn the old lines into the new ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.linediff import BUDGET, changed_blocks

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"}\n"]), max_size=14)


@given(LINES, LINES, st.sampled_from([0, 1, 10, 40, BUDGET]))
def test_the_lines_between_the_blocks_are_equal(
    old: list[bytes], new: list[bytes], budget: int
) -> None:
    made: list[bytes] = []
    at = 0
    for block in changed_blocks(old, new, budget):
        assert block.old_end > block.old_start or block.new_end > block.new_start
        assert block.new_start - len(made) == block.old_start - at
        made += old[at : block.old_start] + new[block.new_start : block.new_end]
        at = block.old_end
    assert made + old[at:] == new


def test_lines_that_occur_as_often_before_and_after_are_kept_without_comparing() -> None:
    middle = [b"%d\n" % (number // 2) for number in range(2_000)]
    old, new = [b"x\n", *middle, b"x\n"], [b"y\n", b"y\n", *middle, b"y\n"]
    blocks = changed_blocks(old, new, budget=20_000)
    assert [(b.old_start, b.old_end) for b in blocks] == [(0, 1), (2_001, 2_002)]
