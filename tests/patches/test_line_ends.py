"""Whatever the format, a line that an edit leaves keeps its bytes, in a file of mixed line ends."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.linediff import changed_blocks
from repoctx.patches.matching.lines import split_lines
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply

Line = tuple[str, str]
"""Its text and its end."""


@dataclass(frozen=True)
class Edit:
    """Some lines of a file become others."""

    file: list[Line]
    start: int
    stop: int
    new: list[str]

    @property
    def old(self) -> list[str]:
        return [text for text, _ in self.file[self.start : self.stop]]

    @property
    def result(self) -> list[str]:
        """The lines of the whole file afterwards."""
        texts = [text for text, _ in self.file]
        return texts[: self.start] + self.new + texts[self.stop :]

    def hunk(self, *, aligned: bool) -> str:
        """The lines with their signs; if not aligned, all go and all come."""
        old, new = self.old, self.new
        if not aligned:
            return "".join(f"-{x}\n" for x in old) + "".join(f"+{x}\n" for x in new)
        signed, at = "", 0
        for block in changed_blocks([x.encode() for x in old], [x.encode() for x in new]):
            signed += "".join(f" {x}\n" for x in old[at : block.old_start])
            signed += "".join(f"-{x}\n" for x in old[block.old_start : block.old_end])
            signed += "".join(f"+{x}\n" for x in new[block.new_start : block.new_end])
            at = block.old_end
        return signed + "".join(f" {x}\n" for x in old[at:])


def _joined(texts: list[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _search_replace(edit: Edit) -> str:
    body = f"{_joined(edit.old)}=======\n{_joined(edit.new)}"
    return f"f.txt\n```\n<<<<<<< SEARCH\n{body}>>>>>>> REPLACE\n```\n"


def _unified(edit: Edit, *, aligned: bool = True) -> str:
    return f"```diff\n--- a/f.txt\n+++ b/f.txt\n@@ ... @@\n{edit.hunk(aligned=aligned)}```\n"


def _git(edit: Edit) -> str:
    numbers = f"-{edit.start + 1},{len(edit.old)} +{edit.start + 1},{len(edit.new)}"
    head = f"diff --git a/f.txt b/f.txt\n--- a/f.txt\n+++ b/f.txt\n@@ {numbers} @@\n"
    return f"{head}{edit.hunk(aligned=True)}"


def _envelope(edit: Edit) -> str:
    body = edit.hunk(aligned=True)
    return f"*** Begin Patch\n*** Update File: f.txt\n@@\n{body}*** End Patch\n"


def _whole(edit: Edit) -> str:
    return f"f.txt\n````\n{_joined(edit.result)}````\n"


def _json(edit: Edit, cut: int = 0) -> str:
    """Whole lines, or all but some characters that both sides begin with."""
    old, new = _joined(edit.old)[cut:], _joined(edit.new)[cut:]
    call = {"file_path": "f.txt", "old_string": old, "new_string": new}
    return f"```json\n{json.dumps([call])}\n```\n"


def _json_within(edit: Edit) -> str:
    pairs = zip(_joined(edit.old), _joined(edit.new), strict=False)
    cut = next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
    return _json(edit, min(cut, 3))


FORMATS: dict[str, Callable[[Edit], str]] = {
    "search_replace": _search_replace,
    "unified_diff": _unified,
    "unified_diff, all anew": lambda edit: _unified(edit, aligned=False),
    "git": _git,
    "patch_envelope": _envelope,
    "whole_file": _whole,
    "json_edits": _json,
    "json_edits, within lines": _json_within,
}


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Lines that go, come, stay and move; most are unlike the others, some are not."""
    line = st.integers(0, 12).map("line {}".format) | st.sampled_from(["", "end", "  end"])
    end = st.sampled_from(draw(st.sampled_from([("\n", "\r\n"), ("\r\n", "\r")])))
    text = "".join(draw(line) + draw(end) for _ in range(draw(st.integers(2, 14))))
    file = _lines(text.rstrip("\r\n") if draw(st.booleans()) else text) or [("", "\n")]
    texts = [text for text, _ in file]
    start = draw(st.integers(0, len(file) - 1))
    stop = draw(st.integers(start + 1, len(file)))
    new = list(draw(st.permutations(texts[start:stop]))) if draw(st.booleans()) else []
    new = new or list(texts[start:stop])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(new)))
        new[at : at + draw(st.integers(0, 2))] = draw(st.lists(line | st.just("new"), max_size=2))
    return Edit(file, start, stop, new)


@pytest.mark.parametrize("name", FORMATS)
@given(edit=edits())
def test_a_line_that_an_edit_leaves_keeps_its_end(
    tmp_path_factory: pytest.TempPathFactory, name: str, edit: Edit
) -> None:
    root = tmp_path_factory.getbasetemp() / "mixed"
    made = _made(root, edit, FORMATS[name](edit))
    if made is None:
        return
    if name == "whole_file":
        edit = Edit(edit.file, 0, len(edit.file), edit.result)
    below = len(edit.file) - edit.stop
    assert _same_ends(made[: edit.start], edit.file[: edit.start])
    assert _same_ends(made[len(made) - below :], edit.file[edit.stop :])
    _check_block(edit, made[edit.start : len(made) - below])


def _made(root: Path, edit: Edit, reply: str) -> list[Line] | None:
    """Return the lines of the file as planned; None when the edit is refused."""
    root.mkdir(exist_ok=True)
    (root / "f.txt").write_bytes("".join(text + end for text, end in edit.file).encode())
    changes = plan(root, parse_reply(reply))
    if changes.conflicts or not changes.files or changes.files[0].after is None:
        return None
    made = _lines(changes.files[0].after.content.decode())
    texts = [text for text, _ in made]
    assert texts == edit.result or [*texts, ""] == edit.result
    return made + [("", "")] * (len(edit.result) - len(texts))


def _lines(text: str) -> list[Line]:
    return list(zip(*split_lines(text), strict=True))


def _same_ends(made: list[Line], wanted: list[Line]) -> bool:
    return all(a == b or "" in (a[1], b[1]) for a, b in zip(made, wanted, strict=True))


def _check_block(edit: Edit, made: list[Line]) -> None:
    """Of lines that are alike, those that stay are as many with each end as they can be."""
    wanted = edit.file[edit.start : edit.stop]
    common = next(
        (n for n, (a, b) in enumerate(zip(edit.old, edit.new, strict=False)) if a != b),
        min(len(edit.old), len(edit.new)),
    )
    assert _same_ends(made[:common], wanted[:common])
    if "" in {end for _, end in wanted + made}:
        return
    before, after = Counter(edit.old), Counter(edit.new)
    kept = Counter(text for text, _ in (Counter(wanted) & Counter(made)).elements())
    assert kept == before & after


def test_a_line_that_moved_keeps_its_end_and_a_new_one_takes_its_neighbours(tmp_path: Path) -> None:
    file = [("a", "\n"), ("moves", "\r\n"), ("b", "\n"), ("c", "\n"), ("d", "\n")]
    edit = Edit(file, 0, 5, ["a", "b", "new", "c", "moves", "d"])
    wanted = [("a", "\n"), ("b", "\n"), ("new", "\n"), ("c", "\n"), ("moves", "\r\n"), ("d", "\n")]
    assert all(_made(tmp_path, edit, write(edit)) == wanted for write in FORMATS.values())


def test_a_line_below_an_edit_is_not_taken_for_its_equal_within(tmp_path: Path) -> None:
    file = [("a", "\n"), ("end", "\n"), ("end", "\r\n"), ("b", "\n")]
    edit = Edit(file, 0, 2, ["a"])
    wanted = [("a", "\n"), ("end", "\r\n"), ("b", "\n")]
    made = {name: _made(tmp_path, edit, write(edit)) for name, write in FORMATS.items()}
    del made["whole_file"]  # does not say which of the two goes
    assert made == dict.fromkeys(made, wanted)


def test_a_blank_line_below_a_lone_carriage_return_stays_a_line(tmp_path: Path) -> None:
    file = [("a", "\r"), ("b", "\n"), ("", "\n"), ("c", "\n")]
    for new in (["a"], ["a", ""], ["x"]):
        edit = Edit(file, 0, 2, new)
        for write in FORMATS.values():
            made = _made(tmp_path, edit, write(edit))
            assert [text for text, _ in made or ()] == [*new, "", "c"]
