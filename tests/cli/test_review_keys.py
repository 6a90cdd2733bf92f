"""What each key of a review does, and how the screen reads at 80 columns without colour."""

from __future__ import annotations

import os
import re
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from repoctx.cli.narrator import Narrator
from repoctx.cli.review import HELP, SUMMARY_HELP, review_on_terminal
from repoctx.errors import CancelledError
from repoctx.patches.edits import EXECUTABLE, ChangeSet, FileChange, FileState
from tests.waiting import ends

Review = Callable[..., tuple[dict[str, str], str]]

LINES = [f"line {number}\n" for number in range(1, 31)]


def edited(*numbers: int) -> bytes:
    return "".join(
        line.upper() if n in numbers else line for n, line in enumerate(LINES, 1)
    ).encode()


CHANGES = ChangeSet(
    (
        FileChange("a.txt", FileState(edited()), FileState(edited(3, 5, 20))),
        FileChange("run.sh", None, FileState(b"#!/bin/sh\n", EXECUTABLE), flags=("executable",)),
        FileChange("b.txt", FileState(b"bee\n"), FileState(b"wasp\n"), old_path="old.txt"),
        FileChange("gone.txt", FileState(b"x\n"), None),
    )
)


@pytest.fixture
def review(monkeypatch: pytest.MonkeyPatch) -> Review:
    """A function that reviews CHANGES with typed lines; returns the result and the screen."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*lines: str, changes: ChangeSet = CHANGES) -> tuple[dict[str, str], str]:
        master, slave = os.openpty()
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST  # newlines as they are written
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        shown: list[bytes] = []
        reader = threading.Thread(target=_read_all, args=(master, shown), daemon=True)
        reader.start()
        os.write(master, "".join(f"{line}\n" for line in lines).encode() + b"\x04")
        try:
            with (
                monkeypatch.context() as patch,
                os.fdopen(os.dup(slave), "r") as stdin,
                os.fdopen(os.dup(slave), "w") as stderr,
            ):
                patch.setattr(sys, "stdin", stdin)
                patch.setattr(sys, "stderr", stderr)
                accepted = review_on_terminal(Narrator())(changes)
        finally:
            os.close(slave)
            ends(reader)
            os.close(master)
        contents = {
            change.path: change.after.content.decode() if change.after else ""
            for change in accepted.files
        }
        return contents, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(shown).decode())

    return run


def _read_all(master: int, shown: list[bytes]) -> None:
    with suppress(OSError):  # Linux says EIO when the other side is closed
        while piece := os.read(master, 65536):
            shown.append(piece)


SCREEN = """\
edit a.txt: 2 hunks
@@ -1,8 +1,8 @@
 line 1
 line 2
-line 3
+LINE 3
 line 4
-line 5
+LINE 5
 line 6
 line 7
 line 8
(1/2) apply this hunk? [y,n,a,d,A,q,s,e,j,J,/,?] <x>
  y  apply this hunk
  n  leave it
  a  apply it and the later ones of this file
  d  leave it and the later ones of this file
  A  apply all that is undecided, in every file that is not flagged
  q  leave all that is undecided
  s  split it into smaller hunks
  e  edit it in your editor
  j  go to the next hunk
  J  go to the next file
  /  /WORDS goes to the next hunk that holds them
  ?  this help
(1/2) apply this hunk? [y,n,a,d,A,q,s,e,j,J,/,?] <y>
@@ -17,7 +17,7 @@
 line 17
 line 18
 line 19
-line 20
+LINE 20
 line 21
 line 22
 line 23
(2/2) apply this hunk? [y,n,a,d,A,q,e,j,k,J,/,?] <n>
create run.sh: 1 hunk
  careful: executable
@@ -0,0 +1 @@
+#!/bin/sh
(1/1) apply this hunk? [y,n,a,d,A,q,e,j,k,J,K,/,?] <y>
rename b.txt from old.txt: 2 hunks
rename from old.txt to b.txt
(1/2) apply this hunk? [y,n,a,d,A,q,j,k,J,K,/,?] <n>
@@ -1 +1 @@
-bee
+wasp
(2/2) apply this hunk? [y,n,a,d,A,q,e,j,k,J,K,/,?] <y>
delete gone.txt: 1 hunk
@@ -1 +0,0 @@
-x
(1/1) apply this hunk? [y,n,a,d,A,q,k,K,/,?] <n>
3 of 6 hunks in 3 files; apply? [y,n,k,?] <?>
  y  write what is accepted
  n  write nothing
  k  go back to the hunks
  ?  this help
3 of 6 hunks in 3 files; apply? [y,n,k,?] <y>
"""


def test_the_screen_reads_so_at_80_columns_without_colour(review: Review) -> None:
    accepted, screen = review("x", "y", "n", "y", "n", "y", "n", "?", "y")
    assert accepted == {
        "a.txt": edited(3, 5).decode(),
        "run.sh": "#!/bin/sh\n",
        "old.txt": "wasp\n",  # the rename was left
    }
    assert screen == re.sub(r"<.>\n", "", SCREEN)
    assert max(map(len, SCREEN.splitlines())) <= 80


def test_every_key_is_explained() -> None:
    assert "".join(HELP) == "yndaAqsejkJK/?".replace("da", "ad")
    assert "".join(SUMMARY_HELP) == "ynk?"


def test_a_takes_the_rest_of_a_file_and_d_leaves_it(review: Review) -> None:
    accepted, _ = review("a", "d", "n", "a", "d", "y")
    assert accepted == {"a.txt": edited(3, 5, 20).decode(), "old.txt": "wasp\n"}


def test_nothing_flagged_is_swept_up(review: Review) -> None:
    accepted, screen = review("A", "n", "y")
    assert list(accepted) == ["a.txt", "b.txt", "gone.txt"]
    assert screen.count("careful: executable") == 1
    assert "5 of 6 hunks in 3 files" in screen


def test_q_leaves_the_rest_and_asks_about_what_was_taken(review: Review) -> None:
    assert list(review("y", "q", "y")[0]) == ["a.txt"]
    assert review("q") == ({}, review("q")[1])
    assert "apply?" not in review("q")[1]


def test_the_summary_can_still_say_no_or_go_back(review: Review) -> None:
    assert review("a", "q", "n")[0] == {}
    accepted, screen = review("y", "q", "k", "y", "y")
    assert list(accepted) == ["a.txt", "gone.txt"]
    assert "(1/1, left) apply this hunk?" in screen


def test_a_hunk_is_split_and_its_parts_are_decided(review: Review) -> None:
    accepted, screen = review("s", "n", "y", "q", "y")
    assert accepted == {"a.txt": edited(5).decode()}
    assert "split into 2 hunks\n@@ -1,4 +1,4 @@\n" in screen
    assert "(2/3) apply this hunk?" in screen


def test_j_and_k_move_and_what_is_passed_over_comes_again(review: Review) -> None:
    accepted, screen = review("J", "j", "K", "K", "K", "j", "k", "n", "n", "n", "n", "n", "y", "y")
    assert accepted == {"gone.txt": ""}
    assert [line for line in screen.splitlines() if re.search(r": \d hunks?$", line)][:6] == [
        "edit a.txt: 2 hunks",
        "(1/2) apply this hunk? [y,n,a,d,A,q,s,e,j,J,/,?] create run.sh: 1 hunk",
        "(1/1) apply this hunk? [y,n,a,d,A,q,e,j,k,J,K,/,?] rename b.txt from old.txt: 2 hunks",
        "(1/2) apply this hunk? [y,n,a,d,A,q,j,k,J,K,/,?] create run.sh: 1 hunk",
        "(1/1) apply this hunk? [y,n,a,d,A,q,e,j,k,J,K,/,?] edit a.txt: 2 hunks",
        "(2/2) apply this hunk? [y,n,a,d,A,q,e,j,k,J,/,?] create run.sh: 1 hunk",
    ]


def test_a_word_is_searched_for(review: Review) -> None:
    accepted, screen = review("/no such", "/WASP", "y", "q", "y")
    assert accepted == {"old.txt": "wasp\n"}
    assert "no hunk holds that" in screen


def test_the_end_of_input_accepts_nothing(review: Review) -> None:
    for lines in ((), ("y",), ("A", "y")):
        with pytest.raises(CancelledError, match="nothing is written"):
            review(*lines)


def test_an_edited_hunk_is_shown_as_edited_and_stays_so(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/+LINE.3/+drei/")
    accepted, screen = review("e", "q", "k", "K", "K", "K", "y", "y")
    assert accepted == {"a.txt": edited(5).decode().replace("line 3\n", "drei\n")}
    assert "(1/2, accepted as edited) apply this hunk?" in screen
    assert "+drei\n" in screen


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("", "no editor is known"),
        ("false", "the editor ended with 1; nothing is changed"),
        ("no-such-editor-anywhere", "the editor ended with 127"),
        ("rm", "the editor left no file"),
        ("sed -i s/-line.3/-other/", "are not those of the file"),
        ("sed -i d", "the hunk stays as it was"),
    ],
)
def test_an_editor_that_fails_leaves_the_hunk_undecided(
    review: Review, monkeypatch: pytest.MonkeyPatch, editor: str, said: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    accepted, screen = review("e", "q")
    assert accepted == {}
    assert said in screen
    assert screen.count("(1/2) apply this hunk?") == 2


def test_what_the_model_wrote_reaches_the_screen_escaped(review: Review) -> None:
    evil = ChangeSet((FileChange("a\x1b[2J", None, FileState("\x1b]0;x\x07\u202e\n".encode())),))
    _, screen = review("q", changes=evil)
    assert "create a\\x1b[2J: 1 hunk" in screen
    assert "+\\x1b]0;x\\x07\\u202e" in screen
