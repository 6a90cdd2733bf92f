"""Thousands of edits, or of lines that are all alike, are planned as a few are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repoctx.patches.edits import ChangeSet
from repoctx.patches.formats import binary
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply

EDITS = 2_000


def line(number: int) -> str:
    """Every third line is the same as many others."""
    return f"    value_{number} = compute({number})" if number % 3 else "    }"


LINES = [line(number) for number in range(6 * EDITS)]
PLACES = range(0, len(LINES), 6)


def edited() -> str:
    lines = list(LINES)
    for place in reversed(PLACES):
        lines[place + 1 : place + 3] = [f"    changed_{place}", f"    more_{place}", "    }"]
    return "".join(f"{text}\n" for text in lines)


def parts(place: int) -> tuple[str, str]:
    old = "".join(f"{text}\n" for text in LINES[place + 1 : place + 3])
    return old, f"    changed_{place}\n    more_{place}\n    }}\n"


def search_replace() -> str:
    blocks = (
        "<<<<<<< SEARCH\n{}=======\n{}>>>>>>> REPLACE\n\n".format(*parts(place)) for place in PLACES
    )
    return "big.py\n" + "".join(blocks)


def signed(place: int) -> str:
    old, new = parts(place)
    return "".join(f"-{t}\n" for t in old.splitlines()) + "".join(
        f"+{t}\n" for t in new.splitlines()
    )


def unified_diff() -> str:
    hunks = (f"@@ -{place + 2},2 +{place + 2},3 @@\n{signed(place)}" for place in PLACES)
    return f"```diff\n--- a/big.py\n+++ b/big.py\n{''.join(hunks)}```\n"


def patch_envelope() -> str:
    chunks = "".join(f"@@\n{signed(place)}" for place in PLACES)
    return f"*** Begin Patch\n*** Update File: big.py\n{chunks}*** End Patch\n"


def json_edits() -> str:
    edits = [dict(zip(("old_string", "new_string"), parts(place), strict=True)) for place in PLACES]
    return json.dumps({"file_path": "big.py", "edits": edits})


def planned(root: Path, files: dict[str, str], reply: str) -> ChangeSet:
    for path, content in files.items():
        (root / path).write_text(content, newline="")
    return plan(root, parse_reply(reply))


@pytest.mark.parametrize("write", [search_replace, unified_diff, patch_envelope, json_edits])
def test_two_thousand_edits_of_one_file_are_all_made(tmp_path: Path, write: object) -> None:
    assert callable(write)
    text = "".join(f"{t}\n" for t in LINES)
    changes = planned(tmp_path, {"big.py": text}, write())
    assert changes.conflicts == ()
    assert changes.files[0].after is not None
    assert changes.files[0].after.content.decode() == edited()


def test_old_strings_inside_one_very_long_line_are_found(tmp_path: Path) -> None:
    words = [f"w{i}" for i in range(20_000)]
    edits = [{"old_string": f" w{i} ", "new_string": f" v{i} "} for i in range(1, 20_000, 1_000)]
    reply = json.dumps({"file_path": "big.js", "edits": edits})
    changes = planned(tmp_path, {"big.js": " ".join(words)}, reply)
    for i in range(1, 20_000, 1_000):
        words[i] = f"v{i}"
    assert changes.files[0].after is not None
    assert changes.files[0].after.content.decode() == " ".join(words)


@pytest.mark.parametrize("indent", ["", " \t"])
def test_a_text_that_stands_everywhere_is_a_conflict(tmp_path: Path, indent: str) -> None:
    lines = "".join(f"{indent[: i % 3]}}}\n" for i in range(15_000))
    block = "}\n" * 1_000
    reply = f"a.c\n<<<<<<< SEARCH\n{block}=======\n{block}x\n>>>>>>> REPLACE\n" * 20
    changes = planned(tmp_path, {"a.c": lines}, reply)
    assert changes.files == ()
    assert len(changes.conflicts) == 20


def test_a_small_reply_cannot_make_a_file_that_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binary, "MOST", 1_000_000)
    edits = [
        {"old_string": "aa", "new_string": "a" * size, "replace_all": True} for size in (200, 2_000)
    ]
    reply = json.dumps({"file_path": "a.txt", "edits": edits})
    (conflict,) = planned(tmp_path, {"a.txt": "aa\n" * 1_000}, reply).conflicts
    assert "would write too much" in conflict.reason


def test_a_text_that_is_replaced_everywhere_is_replaced_in_so_many_places(tmp_path: Path) -> None:
    call = {"file_path": "a.txt", "old_string": "a", "new_string": "b", "replace_all": True}
    changes = planned(tmp_path, {"a.txt": "a" * 100_000}, json.dumps(call))
    assert changes.files[0].after is not None
    assert changes.files[0].after.content == b"b" * 100_000
    (conflict,) = planned(tmp_path, {"a.txt": "a" * 300_000}, json.dumps(call)).conflicts
    assert "too many places" in conflict.reason


def test_copies_of_a_file_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binary, "MOST", 50_000)
    copies = "".join(
        f"diff --git a/big b/big{i}\ncopy from big\ncopy to big{i}\n--- a/big\n+++ b/big{i}\n"
        f"@@ -1 +1 @@\n-first\n+{i}\n"
        for i in range(30)
    )
    changes = planned(tmp_path, {"big": "first\n" + "x" * 10_000 + "\n"}, copies)
    assert len(changes.files) == 4
    assert {conflict.reason for conflict in changes.conflicts} == {
        "the edits of this reply would write too much"
    }


def test_anchors_of_a_large_class_choose_among_its_methods(tmp_path: Path) -> None:
    filler = "        pass\n" * 50
    methods = [f"    def f{i}(self):\n        return None\n{filler}" for i in range(600)]
    chunks = "".join(
        f"@@ class A:\n@@ def f{i}\n-        return None\n+        return {i}\n" for i in range(600)
    )
    patch = f"*** Begin Patch\n*** Update File: a.py\n{chunks}*** End Patch\n"
    changes = planned(tmp_path, {"a.py": "class A:\n" + "".join(methods)}, patch)
    assert changes.conflicts == ()
    assert changes.files[0].after is not None
    expected = "".join(f"    def f{i}(self):\n        return {i}\n{filler}" for i in range(600))
    assert changes.files[0].after.content.decode() == "class A:\n" + expected
