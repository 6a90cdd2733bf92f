"""Every command over a hostile repository: no program of the repository runs, no name is raw."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import typer

from repoctx.cli.app import app
from tests.waiting import ends, running

Make = Callable[..., Path]

REPLY = "new.txt\n```\n<<<<<<< SEARCH\nsecond and longer\n=======\nthird\n>>>>>>> REPLACE\n```\n"
NEW = "*** Begin Patch\n*** Add File: {}.md\n+new\n*** End Patch\n"
ASK = ("ask", "what is in the first file", "--backend", "scripted", "--recording", "replies.jsonl")
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ask": (
        ("ask", "what is in the first file", "--backend", "embedded"),
        (*ASK, "--apply", "--check", "true"),
        (*ASK, "--continue"),
        (*ASK[:-1], "new.jsonl", "--apply", "--commit"),
    ),
    "chat": (),  # needs a terminal: test_application.py
    "pack": (
        ("pack",),
        ("pack", "--budget", "400", "--question", "first"),
        ("pack", "--rev", "HEAD"),
        ("pack", "--tree"),
        ("pack", "--stats", "stats.json", "--report", "page.html", "--explain", "a.txt"),
    ),
    "search": (("search", "first"),),
    "secrets": (("secrets",), ("secrets", "--rev", "HEAD", "--json")),
    "apply": (
        ("apply", "reply.md"),
        ("apply", "new.md", "--commit"),
        ("apply", "newer.md", "--commit", "--commit-hooks", "skip"),
    ),
    "undo": (("undo",),),
    "redo": (("redo",),),
    "log": (("log",),),
    "status": (("status",), ("status", "--rebase", "--json")),
    "cost": (("cost",),),
    "eval": (("eval", "cache", "--commits", "3", "--plot", "plot.svg"),),
    "config": (("config",),),
    "doctor": (("doctor",),),
}
"""In the order in which they make sense one after the other."""

TOGETHER = (
    ("ask", "chat"),
    ("pack", "search", "secrets"),
    ("apply", "undo", "redo", "log"),
    ("status", "cost", "eval", "config", "doctor"),
)
"""Each in a repository of its own: all in one would take minutes on a busy machine."""


def test_every_command_is_tried() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert set(COMMANDS) == set(group.commands)
    assert [name for names in TOGETHER for name in names] == list(COMMANDS)


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_no_command_runs_a_program_of_the_repository(
    hostile: Any, run: Any, tmp_path: Path, names: Sequence[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "reply.md").write_text(REPLY)
    (here / "replies.jsonl").write_text((json.dumps({"reply": REPLY}) + "\n") * 2)
    (here / "new.jsonl").write_text(json.dumps({"reply": NEW.format("asked")}) + "\n")
    for name in ("new", "newer"):
        (here / f"{name}.md").write_text(NEW.format(name))
    hostile.git("hash-object", "-w", "--no-filters", "c.c")  # no commit can be made without it
    for command in [each for name in names for each in COMMANDS[name]]:
        ran = run(*command, "-C", str(hostile.root), cwd=here)
        assert ran.code in (0, 3, 5), (command, ran.err)
        assert (ran.code == 5) is ("not committed" in ran.err), (command, ran.err)
        assert hostile.sung == set(), command
    if "apply" in names:
        assert hostile.git("log", "-1", "--format=%s") == "Apply newer.md\n"


ODD_NAMES = (
    "new\nline.py",
    "esc\x1b[2Jape.py",
    "bidi\u202etxt.py",
    "zero\u200bwidth.py",
    "quote\"'`.py",
    "-rf.py",
    ":(glob)x.py",
    "Case.py",
    "case.py",
    "caf\u00e9.py",
    "cafe\u0301.py",
    "byte\udcff.py",
    "a:b.py",
    "$(touch sung).py",
    "~.py",
    "c1\x9b31m.py",
)


@pytest.mark.parametrize("versioned", [True, False], ids=["git", "plain"])
def test_odd_names_are_all_packed_and_none_reaches_a_terminal_raw(
    repository: Make, run: Any, tmp_path: Path, versioned: bool
) -> None:
    text = "def marker_\u202e\x1b]0;title\x07_function():\n    return 1\n"
    root = repository(dict.fromkeys(ODD_NAMES, text)) if versioned else tmp_path / "plain"
    if not versioned:
        root.mkdir()
        for name in ODD_NAMES:
            (root / name).write_text(text)

    packed = run("pack", "--format", "jsonl", "--stats", "stats.json", "-o", "-", cwd=root)
    documents = [json.loads(line) for line in packed.out.splitlines()]
    assert {d["path"] for d in documents if "text" in d} == set(ODD_NAMES)

    (root / "stats.json").unlink()
    for command in (
        ("pack", "--tree"),
        ("search", "marker function", "--limit", "40"),
        *(("pack", "--explain", name) for name in ODD_NAMES[:4]),
    ):
        ran = run(*command, cwd=root)
        assert ran.code == 0, ran.err
        assert _unsafe(ran.out + ran.err) == set(), command


@pytest.mark.parametrize(
    "command",
    [("pack",), ("ask", "where is the marker function", "--backend", "embedded")],
    ids=["pack", "ask"],
)
def test_what_a_terminal_shows_holds_no_control_character_of_the_repository(
    repository: Make, on_terminal: Any, command: tuple[str, ...]
) -> None:
    text = "def marker():\n    return 'red \x1b[31m title \x1b]0;gone\x07 bidi \u202e c1 \x9b1m'\n"
    shown = on_terminal(*command, cwd=repository({"a.py": text}))
    assert "def marker" in shown
    for sequence in ("\x1b[31m", "\x1b]0;", "\x07", "\u202e", "\x9b"):
        assert sequence not in shown


@pytest.fixture
def on_terminal() -> Callable[..., str]:
    """A function that runs ``repoctx`` on a terminal and returns all that it printed there."""

    def run_there(*arguments: str, cwd: Path) -> str:
        screen, terminal = os.openpty()
        command = [sys.executable, "-m", "repoctx", *arguments]
        nothing = subprocess.DEVNULL
        with running(command, cwd=cwd, stdin=nothing, stdout=terminal, stderr=terminal):
            os.close(terminal)
            pieces: list[bytes] = []
            reader = threading.Thread(target=_read_all, args=(screen, pieces), daemon=True)
            reader.start()
            ends(reader)
            os.close(screen)
        return b"".join(pieces).decode()

    return run_there


def _read_all(screen: int, pieces: list[bytes]) -> None:
    with suppress(OSError):  # Linux says EIO at the end
        while piece := os.read(screen, 65536):
            pieces.append(piece)


def _unsafe(text: str) -> set[str]:
    """Control, bidi and invisible characters, but for newlines."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"}


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 123456789\n".format(
    "ab" * 32
)


def _git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@contextmanager
def _state(name: str, root: Path, inner: Path) -> Iterator[tuple[Path, str]]:
    """Bring the repository into a state; yield the folder to pack and what the pack must say."""
    if name == "detached HEAD":
        _git(root, "checkout", "-q", "--detach")
        yield root, "one"
    elif name == "worktree":
        _git(root, "worktree", "add", "-q", str(root.parent / "linked"))
        yield root.parent / "linked", "one"
    elif name == "shallow clone":
        _git(root.parent, "clone", "-q", "--depth", "1", root.as_uri(), "shallow")
        yield root.parent / "shallow", "one"
    elif name == "sparse checkout":
        _git(root, "sparse-checkout", "set", "--no-cone", "/a.txt")
        yield root, "deep content"
    elif name == "submodule":
        _git(root, "submodule", "add", "-q", str(inner), "lib")
        yield root, "lib: omitted; submodule"
    elif name == "inside a submodule":
        _git(root, "submodule", "add", "-q", str(inner), "lib")
        yield root / "lib", "inner content"
    elif name == "LFS pointer":
        (root / "model.bin.txt").write_text(LFS)
        yield root, "123456789"
    elif name == "symlink loop":
        (root / "loop").symlink_to(".")
        (root / "round").symlink_to("round")
        yield root, "loop: name; symbolic link to ."
    elif name == "FIFO":
        os.mkfifo(root / "pipe")
        yield root, "one"  # git itself does not see it
    elif name == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(root / "s"))
            yield root, "one"
    elif name == "FIFO in place of a tracked file":
        (root / "a.txt").unlink()
        os.mkfifo(root / "a.txt")
        yield root, "a.txt: omitted; not a regular file"


@pytest.mark.parametrize(
    "name",
    [
        *("detached HEAD", "worktree", "shallow clone", "sparse checkout", "submodule"),
        *("inside a submodule", "LFS pointer", "symlink loop", "FIFO", "socket"),
        "FIFO in place of a tracked file",
    ],
)
def test_every_state_of_a_repository_is_packed_and_what_is_missing_is_said(
    repository: Make, run: Any, name: str
) -> None:
    root = repository({"a.txt": "one\n", "deep/b.txt": "deep content\n"})
    inner = repository({"c.txt": "inner content\n"}, name="inner")
    with _state(name, root, inner) as (folder, expected):
        ran = run("pack", cwd=folder)
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=folder, check=True, capture_output=True
        ).stdout
    assert ran.code == 0, ran.err
    assert expected in ran.out
    for path in filter(None, os.fsdecode(listed).split("\0")):
        assert path in ran.out, path
