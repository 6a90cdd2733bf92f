"""A state folder that is damaged, full, read-only, held by others, or of another version."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from repoctx.errors import RepoctxError
from repoctx.folders import state_folder
from repoctx.patches import exchange
from repoctx.patches.apply import recover
from repoctx.patches.history import redo, undo
from tests.waiting import PATIENCE, next_line, running

Tree = Any
Make = Callable[..., Path]

SEEDS = range(300)
"""Of each law that damages something at random; two laws make 600."""


# Damage


def _damaged(content: bytes, chance: random.Random) -> bytes:
    """Flip a bit or a byte, cut, lengthen, blank or swap a part."""
    at = chance.randrange(len(content)) if content else 0
    end = min(len(content), at + chance.randint(1, 64))
    ways = [
        lambda: content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :],
        lambda: content[:at] + chance.randbytes(1) + content[at + 1 :],
        lambda: content[:at],
        lambda: content + chance.randbytes(chance.randint(1, 64)),
        lambda: content[:at] + bytes(end - at) + content[end:],
        lambda: content[end:] + content[:end],
    ]
    return (chance.choice(ways) if content else ways[3])()


def _damage_one(folder: Path, chance: random.Random) -> str:
    """Damage, empty, delete or replace one file that lies in the folder; return its name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = chance.choice([p for p in files if p.name in ("manifest.json", "images")] or files)
    kind = chance.randrange(10)
    if kind == 0:
        path.unlink()
    elif kind == 1:
        others = [other for other in files if other.name == path.name and other != path]
        path.write_bytes(chance.choice(others).read_bytes() if others else b"")
    else:
        path.write_bytes(_damaged(path.read_bytes(), chance))
    return str(path.relative_to(folder))


def _refusal(work: Callable[[], object]) -> str:
    """Do the work; return the error, one line with a hint, or ``""``."""
    try:
        work()
    except RepoctxError as error:
        problem = str(error)
    else:
        return ""
    assert " (" in problem
    assert "\n" not in problem
    return problem


def _prepared(tree: Tree) -> None:
    for name in ("a", "b", "d/c"):
        tree.write(name, f"old {name}\n" * 20)
    tree.apply(tree.edit("a", "new a\n"), tree.edit("n/new", "new\n"), note="first")
    tree.apply(tree.edit("b", "new b\n"), tree.delete("d/c"), note="second")


def test_a_damaged_record_never_gives_a_wrong_tree(
    tree: Tree, make_tree: Callable[[], Tree]
) -> None:
    _prepared(tree)
    applied = tree.view()
    kept = tree.state.with_name("kept")
    shutil.copytree(tree.state, kept)
    undo(tree.root, tree.state)
    undone = tree.view()
    ended = set()
    for seed in SEEDS:
        shutil.rmtree(tree.state)
        shutil.copytree(kept, tree.state)
        if tree.view() != applied:
            _prepared_again(tree, applied)
        name = _damage_one(tree.state / "history", random.Random(seed))
        said = _refusal(lambda: undo(tree.root, tree.state))
        ended.add("refused" if said else "undone")
        assert tree.view() == (applied if said else undone), (seed, name)
        if not said:
            said = _refusal(lambda: redo(tree.root, tree.state))
            assert tree.view() == (undone if said else applied), (seed, name)
    assert ended == {"undone", "refused"}


def _prepared_again(tree: Tree, view: dict[str, tuple[int, bytes]]) -> None:
    shutil.rmtree(tree.root)
    tree.root.mkdir()
    for path, (mode, content) in sorted(view.items()):
        if content or not mode & 0o040000:
            tree.write(path, content, mode & 0o777)
        else:
            (tree.root / path).mkdir(exist_ok=True)
    assert tree.view() == view


def test_a_damaged_journal_of_a_crash_never_gives_a_wrong_tree(
    make_tree: Callable[[], Tree],
) -> None:
    """All old again, or an error in one line and every file as the crash left it."""
    ended = set()
    for seed in SEEDS:
        tree = make_tree()
        for name in ("a", "b"):
            tree.write(name, f"old {name}\n" * 20)
        old = tree.view()
        _die_between(tree, *(tree.edit(name, f"new {name}\n") for name in ("a", "b")))
        crashed = tree.view()
        name = _damage_one(tree.state / "tx", random.Random(seed))
        said = _refusal(partial(recover, tree.root, tree.state))
        ended.add("refused" if said else "rolled back")
        assert tree.view() == (crashed if said else old), (seed, name)
        shutil.rmtree(tree.root.parent)
    assert "refused" in ended


def _die_between(tree: Tree, *changes: Any) -> None:
    child = os.fork()
    if child == 0:
        swap = exchange.swap

        def first_only(folder: int, one: str, other: str) -> bool:
            if other != "a":
                os.kill(os.getpid(), 9)
            return swap(folder, one, other)

        exchange.swap = first_only
        try:
            tree.apply(*changes)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


# The command line


GOOD = "a.txt\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def project(repository: Make) -> Path:
    return repository({"a.txt": "one\n"})


def _applied(project: Path, run: Any) -> Path:
    assert run("apply", "-", cwd=project, stdin=GOOD).code == 0
    return state_folder(project)


def _told(ran: Any, *words: str) -> None:
    """One line of error, and one with a hint."""
    lines = ran.err.splitlines()
    assert ran.code == 1, ran
    assert [line[:8] for line in lines] == ["repoctx:", "  hint: "], ran.err
    for word in words:
        assert word in ran.err


def test_a_record_of_another_version_is_said_and_left_alone(project: Path, run: Any) -> None:
    state = _applied(project, run)
    (name,) = os.listdir(state / "history")
    manifest = state / "history" / name / "manifest.json"
    saved = json.loads(manifest.read_bytes().partition(b"\n")[0])
    line = json.dumps({**saved, "schema": "repoctx.journal/99"}).encode()
    manifest.write_bytes(line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")
    for command in ("undo", "redo"):
        _told(run(command, cwd=project), "another version of repoctx", name)
    listed = run("log", cwd=project)
    assert listed.code == 0
    assert "another version of repoctx" in listed.err
    assert (project / "a.txt").read_text() == "two\n"
    assert manifest.exists()


def test_a_crash_of_another_version_stops_every_change(project: Path, run: Any) -> None:
    state = _applied(project, run)
    (name,) = os.listdir(state / "history")
    (state / "history" / name).rename(state / "tx")
    (state / "tx" / "manifest.json").write_bytes(b"{}\nnot a digest\n")
    for command, text in (("undo", None), ("redo", None), ("apply", GOOD)):
        _told(run(command, *(["-"] if text else []), cwd=project, stdin=text), str(state / "tx"))
    assert (project / "a.txt").read_text() == "two\n"


def test_who_holds_the_lock_is_named_while_one_waits(project: Path, run: Any) -> None:
    """Waiting ends as soon as the other is done."""
    state = _applied(project, run)
    with open(state / "changes.lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("4711")
        file.truncate()
        file.flush()
        undo = [sys.executable, "-m", "repoctx", "undo"]
        with running(undo, cwd=project, stderr=subprocess.PIPE, text=True) as waiting:
            told = next_line(waiting.stderr)
            fcntl.flock(file, fcntl.LOCK_UN)
            assert waiting.wait(PATIENCE) == 0
    assert told == "another repoctx (process 4711) is writing to this repository; waiting\n"
    assert (project / "a.txt").read_text() == "one\n"


def test_a_lock_held_for_long_is_an_error_and_nothing_changes(project: Path, run: Any) -> None:
    state = _applied(project, run)
    script = (
        "from repoctx.patches import journal; journal.PATIENCE = 0.2\n"
        "from repoctx.cli import main; main()\n"
    )
    with open(state / "changes.lock", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ran = subprocess.run(
            [sys.executable, "-c", script, "undo"], cwd=project, capture_output=True, text=True
        )
    assert ran.returncode == 1
    assert "is writing to this repository" in ran.stderr
    assert "hint: try again when it is done" in ran.stderr
    assert (project / "a.txt").read_text() == "two\n"
    assert run("undo", cwd=project).code == 0


def test_a_history_folder_that_is_none_is_an_error_of_one_line(project: Path, run: Any) -> None:
    state = _applied(project, run)
    shutil.rmtree(state / "history")
    (state / "history").write_text("")
    for command, text in (("undo", None), ("redo", None), ("log", None), ("apply", GOOD)):
        run_ = run(command, *(["-"] if text else []), cwd=project, stdin=text)
        assert run_.code in (1, 3), (command, run_)
        assert len([x for x in run_.err.splitlines() if x.startswith("repoctx: ")]) == 1, run_.err
    assert (project / "a.txt").read_text() == "two\n"


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_what_else_lies_in_the_way_is_an_error_of_one_line(project: Path, run: Any) -> None:
    state = _applied(project, run)
    ways: dict[str, Callable[[Path], object]] = {
        "tx": lambda p: p.write_text("x"),
        "tx.new": lambda p: p.write_text("x"),
        "tx.old": lambda p: (p / "folder").mkdir(parents=True),
        "changes.lock": _make_folder,
    }
    for name, make in ways.items():
        kept = state.with_name("kept")
        shutil.copytree(state, kept)
        make(state / name)
        ran = run("undo", cwd=project)
        if ran.code:
            _told(ran)
            assert (project / "a.txt").read_text() == "two\n"
        shutil.rmtree(state)
        kept.rename(state)
    assert run("undo", cwd=project).code == 0
