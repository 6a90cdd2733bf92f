"""``apply``, ``undo``, ``redo`` and ``log`` through the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]

GOOD = "a.txt\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n"
STALE = "a.txt\n```\n<<<<<<< SEARCH\nnine\n=======\ntwo\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def project(repository: Make) -> Path:
    return repository({"a.txt": "one\n", "b.txt": "bee\n"})


def test_a_reply_on_standard_input_is_applied(project: Path, run: Any) -> None:
    ran = run("apply", "-", "--json", cwd=project, stdin=GOOD)
    assert ran.code == 0
    assert ran.json["schema"] == "repoctx.apply/1"
    assert ran.json["status"] == "applied"
    assert [file["path"] for file in ran.json["files"]] == ["a.txt"]
    assert (project / "a.txt").read_text() == "two\n"


def test_a_saved_reply_is_shown_and_not_written_in_a_dry_run(
    project: Path, run: Any, tmp_path: Path
) -> None:
    (tmp_path / "reply.md").write_text(GOOD)
    ran = run("apply", str(tmp_path / "reply.md"), "--dry-run", cwd=project)
    assert ran.code == 0
    assert "-one" in ran.err
    assert "+two" in ran.err
    assert (project / "a.txt").read_text() == "one\n"


def test_one_edit_that_does_not_fit_keeps_back_every_other(project: Path, run: Any) -> None:
    good = GOOD.replace("a.txt", "b.txt").replace("one", "bee")
    ran = run("apply", "--json", cwd=project, stdin=good + "\n" + STALE)
    assert ran.code == 3
    assert ran.json["status"] == "conflict"
    (conflict,) = ran.json["conflicts"]
    assert conflict["path"] == "a.txt"
    assert conflict["reason"]
    assert conflict["hint"]
    assert (project / "b.txt").read_text() == "bee\n"


def test_partial_applies_what_fits(project: Path, run: Any) -> None:
    good = GOOD.replace("a.txt", "b.txt").replace("one", "bee")
    ran = run("apply", "--partial", cwd=project, stdin=good + "\n" + STALE)
    assert ran.code == 0
    assert (project / "b.txt").read_text() == "two\n"


def test_a_reply_without_edits_is_empty(project: Path, run: Any) -> None:
    ran = run("apply", "--json", cwd=project, stdin="I see nothing to change.\n")
    assert ran.code == 2
    assert ran.json["status"] == "empty"


def test_a_reply_that_names_no_file_takes_the_hint(project: Path, run: Any) -> None:
    nameless = "@@ -1 +1 @@\n-one\n+two\n"
    ran = run("apply", "--path-hint", "a.txt", cwd=project, stdin=nameless)
    assert ran.code == 0, ran.err
    assert (project / "a.txt").read_text() == "two\n"


def test_undo_redo_and_log_tell_one_story(project: Path, run: Any) -> None:
    run("apply", cwd=project, stdin=GOOD)
    assert run("undo", cwd=project).code == 0
    assert (project / "a.txt").read_text() == "one\n"
    assert "(undone)" in run("log", cwd=project).out
    assert run("redo", cwd=project).code == 0
    assert (project / "a.txt").read_text() == "two\n"
    (entry,) = run("log", "--json", cwd=project).json["entries"]
    assert (entry["undone"], entry["files"][0]["path"]) == (False, "a.txt")


def test_undo_with_nothing_to_undo_says_so(project: Path, run: Any) -> None:
    ran = run("undo", cwd=project)
    assert ran.code == 2
    assert ran.err.startswith("repoctx: ")


def test_undo_keeps_what_the_person_edited_since(project: Path, run: Any) -> None:
    run("apply", cwd=project, stdin=GOOD)
    (project / "a.txt").write_text("three\n")
    ran = run("undo", cwd=project)
    assert ran.code == 3
    assert (project / "a.txt").read_text() == "three\n"


@pytest.mark.parametrize(
    "path", ["../out.txt", "/tmp/out.txt", ".git/hooks/pre-commit", ".GIT/config", "link/out.txt"]
)
def test_nothing_is_written_outside_or_into_git(
    project: Path, run: Any, tmp_path: Path, path: str
) -> None:
    (project / "link").symlink_to(tmp_path)
    reply = f"*** Begin Patch\n*** Add File: {path}\n+evil\n*** End Patch\n"
    ran = run("apply", cwd=project, stdin=reply)
    assert ran.code == 3
    assert not (tmp_path / "out.txt").exists()
    assert not (project / ".git/hooks/pre-commit").exists()


def test_hostile_names_reach_the_terminal_escaped(project: Path, run: Any) -> None:
    reply = "*** Begin Patch\n*** Update File: \x1b]0;owned\x07.txt\n@@\n-a\n+b\n*** End Patch\n"
    ran = run("apply", cwd=project, stdin=reply)
    assert ran.code == 3
    assert "\x1b]0" not in ran.err
