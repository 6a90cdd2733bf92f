"""``--commit`` of ``ask`` and ``apply`` through the real command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]

REPLY = "a.txt\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def project(repository: Make) -> Path:
    return repository({"a.txt": "one\n", "b.txt": "bee\n"})


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def ask(recording: Path, *more: str) -> tuple[str, ...]:
    return ("ask", "Count to two", "--backend", "scripted", "--recording", str(recording), *more)


def test_a_change_is_committed_once_its_check_passes(project: Path, run: Any, record: Any) -> None:
    wrong = REPLY.replace("two", "six").replace("a.txt", "b.txt").replace("one", "bee")
    check = ("--check", "grep two a.txt")
    ran = run(
        *ask(record(wrong, REPLY), "--apply", "--commit", *check, "--rounds", "2", "--model", "m"),
        cwd=project,
    )
    assert ran.code == 0, ran.err
    head = git(project, "rev-parse", "HEAD").strip()
    assert f"committed {head[:10]} on main in {project}: Count to two" in ran.err
    assert git(project, "log", "-1", "--format=%B") == (
        "Count to two\n\nAssisted-by: repoctx (m)\n\n"
    )
    assert git(project, "diff", "--name-only", "HEAD^", "HEAD") == "a.txt\nb.txt\n"


def test_nothing_is_committed_while_the_check_fails(project: Path, run: Any, record: Any) -> None:
    ran = run(
        *ask(record(REPLY), "--apply", "--commit", "--check", "false", "--rounds", "1"), cwd=project
    )
    assert ran.code == 4
    assert git(project, "status", "--porcelain") == " M a.txt\n"


def test_the_event_says_what_was_committed(project: Path, run: Any, record: Any) -> None:
    ran = run(*ask(record(REPLY), "--apply", "--commit", "--json"), cwd=project)
    (event,) = [event for event in ran.events if event["event"] == "committed"]
    assert event == {
        "schema": "repoctx.event/1",
        "event": "committed",
        "commit": git(project, "rev-parse", "HEAD").strip(),
        "files": ["a.txt"],
        "message": "Count to two\n\nAssisted-by: repoctx (scripted)\n",
        "repository": str(project),
        "branch": "main",
        "skipped": [],
        "altered": [],
    }
    assert ran.events[-1]["status"] == "applied"


def test_hooks_refuse_the_commit_and_the_change_stays(project: Path, run: Any, record: Any) -> None:
    (project / ".git/hooks/pre-commit").write_text("#!/bin/sh\ntouch ../sung\n")
    (project / ".git/hooks/pre-commit").chmod(0o755)
    ran = run(*ask(record(REPLY), "--apply", "--commit"), cwd=project)
    assert ran.code == 5
    assert ran.err.endswith(
        "repoctx: the change is applied but not committed: this repository runs hooks on commit"
        " (pre-commit)\n  hint: git commit -- a.txt, or --commit-hooks run\n"
    )
    assert (project / "a.txt").read_text() == "two\n"
    assert not (project.parent / "sung").exists()


@pytest.mark.parametrize("command", ["ask", "apply"])
def test_what_hooks_write_is_shown_escaped(
    project: Path, run: Any, record: Any, command: str
) -> None:
    (project / ".git/hooks/pre-commit").write_text(
        "#!/bin/sh\nprintf 'lint\\033[31m red\\n'; exit 1\n"
    )
    (project / ".git/hooks/pre-commit").chmod(0o755)
    options = ("--commit", "--commit-hooks", "run")
    if command == "ask":
        ran = run(*ask(record(REPLY), "--apply", *options), cwd=project)
    else:
        ran = run("apply", *options, cwd=project, stdin=REPLY)
    assert ran.code == 1
    assert "\n  lint\\x1b[31m red\n" in ran.err
    assert "not committed: lint\\x1b[31m red\n" in ran.err
    assert run("undo", cwd=project).code == 0
    assert git(project, "status", "--porcelain") == ""


def test_a_saved_reply_is_applied_and_committed(project: Path, run: Any) -> None:
    ran = run("apply", "--commit", "--json", cwd=project, stdin=REPLY)
    assert ran.code == 0, ran.err
    (commit,) = ran.json["commit"]
    assert commit["commit"] == git(project, "rev-parse", "HEAD").strip()
    assert ran.json["commit_error"] is None
    assert git(project, "log", "-1", "--format=%B") == ("Apply a reply\n\nAssisted-by: repoctx\n\n")


def test_json_says_that_the_change_is_applied_but_not_committed(project: Path, run: Any) -> None:
    (project / "a.txt").write_text("one\nmine\n")
    ran = run("apply", "--commit", "--json", cwd=project, stdin=REPLY)
    assert ran.code == 5
    assert (ran.json["status"], ran.json["commit"]) == ("applied", [])
    assert "a.txt had edits of yours before" in ran.json["commit_error"]["message"]
    assert git(project, "rev-list", "--count", "HEAD") == "1\n"


def test_skipped_hooks_are_said(project: Path, run: Any) -> None:
    (project / ".git/hooks/commit-msg").write_text("#!/bin/sh\nexit 1\n")
    (project / ".git/hooks/commit-msg").chmod(0o755)
    ran = run("apply", "--commit", "--commit-hooks", "skip", cwd=project, stdin=REPLY)
    assert ran.code == 0, ran.err
    assert "this commit skipped: commit-msg" in ran.err


def test_without_git_nothing_is_asked_or_written(tmp_path: Path, run: Any, record: Any) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.txt").write_text("one\n")
    for ran in (
        run(*ask(record(REPLY), "--apply", "--commit"), cwd=plain),
        run("apply", "--commit", cwd=plain, stdin=REPLY),
    ):
        assert ran.code == 2
        assert ran.err.startswith("repoctx: --commit needs a git repository\n")
    assert (plain / "a.txt").read_text() == "one\n"


def test_a_commit_of_a_dry_run_makes_no_sense(project: Path, run: Any, record: Any) -> None:
    for ran in (
        run(*ask(record(REPLY), "--dry-run", "--commit"), cwd=project),
        run("apply", "--commit", "--dry-run", cwd=project, stdin=REPLY),
        run("apply", "--commit", "--commit-hooks", "maybe", cwd=project, stdin=REPLY),
    ):
        assert ran.code == 2, ran.err


def test_each_of_several_roots_is_committed(repository: Make, run: Any) -> None:
    roots = [repository({"a.txt": "one\n"}, name=name) for name in ("api", "web")]
    reply = "".join(REPLY.replace("a.txt", f"{root.name}/a.txt") for root in roots)
    ran = run(*("apply", "--commit", "-C", "api", "-C", "web"), cwd=roots[0].parent, stdin=reply)
    assert ran.code == 0, ran.err
    for root in roots:
        assert f"on main in {root}: Apply a reply" in ran.err
        assert git(root, "status", "--porcelain") == ""
