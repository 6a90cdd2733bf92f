"""No reply, in whatever format and by whatever action, writes outside the root or into git's folder.

The tree is real and full of traps: links at every depth, other repositories, a bare one, FIFOs. What
lies outside it, and every git folder, is compared byte for byte and time for time.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError
from repoctx.patches import forward, journal, transaction
from repoctx.patches.apply import apply
from repoctx.patches.edits import EXECUTABLE, SYMLINK, ChangeSet, FileChange, FileState
from repoctx.patches.images import read_state
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply
from tests.patches.test_paths import ABSOLUTE, GIT_SPELLINGS, MALFORMED, OUTSIDE, UNREADABLE_NEW

OLD = FileState(b"secret\n")

THROUGH_LINKS = [
    *("up/secret", "up/new", "up/d/secret", "up/d/new/er", "src/link/secret", "src/link/new"),
    *("d1/link/plain.txt", "d1/d2/link/secret", "d1/d2/d3/link/secret", "d1/d2/d3/link/d/new"),
    *("loop/x", "loop/loop/x", "here/plain.txt", "here/here/new", "here/up/secret", "cwd/x"),
    *("cwd/plain.txt", "fd/3/x", "dangling/x", "file-link/x", "chain/secret", "chain/d/new"),
    *("to-git/config", "to-git/hooks/pre-push", "to-hooks/pre-commit", "d1/to-git/HEAD"),
    *("to-hooks/new", "here/.git/config", "to-module/config", "up/../plain.txt"),
]
NO_FILE = [
    "src",
    "d1/d2",
    "fifo",
    "fifo/x",
    "socket",
    "plain.txt/x",
    "plain.txt/x/y",
    "up/",
    "src/",
]
INTO_GIT = [
    *(".git/config", ".git/hooks/pre-commit", ".git/HEAD", ".git/refs/heads/main", ".git/index"),
    *(".git/info/attributes", ".git/info/exclude", ".git/objects/info/alternates", ".git/new"),
    *(".git/modules/sub/config", ".git/modules/sub/hooks/pre-commit", ".git/commondir"),
    *(".git/worktrees/side/gitdir", ".git/config.worktree", "sub/.git", "sub/.git/config"),
    *("inner/.git/config", "inner/.git/hooks/post-checkout", "inner/.git", "new/.git/config"),
    *("bare/config", "bare/hooks/post-update", "bare/HEAD", "bare/refs/heads/x", "bare/objects/x"),
    *(".git", "d1/.git", "d1/d2/d3/.git/x", ".git/", ".git/.", ".git/../.git/config"),
]
SPELLED = [form.format(n) for n in GIT_SPELLINGS for form in ("{}", "{}/config", "d1/{}/hooks/x")]
VERY_LONG = ["n" * 256, "d/" * 2100 + "f", "é" * 200, "a/" + "n" * 300 + "/b"]
OVERLONG = ["\udcc0\udcae\udcc0\udcae/secret", "..\udcc0\udcafsecret"]
"""Overlong UTF-8 for ``../``: to a careless decoder two dots and a slash, here plain odd names."""

REFUSED = list(
    dict.fromkeys(
        [
            *(OUTSIDE + ABSOLUTE + MALFORMED + UNREADABLE_NEW),
            *(THROUGH_LINKS + NO_FILE + INTO_GIT + SPELLED + VERY_LONG),
        ]
    )
)
HARMLESS_FORMS = {"./x", "./", "a/.", "a/./b", "a//b", ".", ""}
"""Made plain before a reply is planned, or no name at all; ``apply`` itself refuses them."""


# The tree


def _git(folder: Path, *arguments: str) -> None:
    local = ("-c", "protocol.file.allow=always")
    subprocess.run(["git", *local, *arguments], cwd=folder, check=True, capture_output=True)


def _repository(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "plain.txt").write_text(content)
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "The first commit")
    return folder


LINKS = {
    "up": "../outside",
    "src/link": "{outside}",
    "d1/link": "..",
    "d1/d2/link": "../../../outside",
    "d1/d2/d3/link": "../../../../outside",
    "loop": "loop",
    "here": ".",
    "cwd": "/proc/self/cwd",
    "fd": "/proc/self/fd",
    "dangling": "../outside/new",
    "file-link": "../outside/secret",
    "chain": "up",
    "to-git": ".git",
    "to-hooks": ".git/hooks",
    "d1/to-git": "../.git",
    "to-module": ".git/modules/sub",
}


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds ``root`` and ``outside``; tests that may write take a copy of it."""
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "A. Person")
            patch.setenv(f"GIT_{role}_EMAIL", "person@example.org")
        return _traps(tmp_path_factory.mktemp("traps"))


def _traps(top: Path) -> Path:
    for path in ("outside/secret", "outside/d/secret"):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text("secret\n")
    module = _repository(top / "module", "secret\n")
    root = _repository(top / "root", "secret\n")
    _git(root, "submodule", "add", "-q", str(module), "sub")
    _git(root, "worktree", "add", "-q", str(top / "side"))
    _repository(root / "inner", "secret\n")
    _git(root, "init", "-q", "--bare", "bare")
    for path in ("src/a.py", "d1/d2/d3/f"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("secret\n")
    for path, target in LINKS.items():
        (root / path).symlink_to(target.format(outside=top / "outside"))
    os.mkfifo(root / "fifo")
    os.mknod(root / "socket", stat.S_IFSOCK | 0o600)
    return top


def _copy(traps: Path, target: Path) -> Path:
    """A copy in which anything may happen; links that lead out lead out of the copy."""
    shutil.copytree(traps, target, symlinks=True, ignore=shutil.ignore_patterns("fifo", "socket"))
    (target / "root/src/link").unlink()
    (target / "root/src/link").symlink_to(target / "outside")
    return target


Seen = dict[str, tuple[int, int, bytes]]


def _seen(*folders: Path) -> Seen:
    """Mode, time and content of all that lies in the folders."""
    found: Seen = {}
    for top in folders:
        for folder, folders_inside, files in os.walk(top):
            for name in (*folders_inside, *files, "."):
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = b""
                if stat.S_ISREG(status.st_mode):
                    content = Path(path).read_bytes()
                found[path] = (status.st_mode, status.st_mtime_ns, content)
    return found


def _untouchable(top: Path) -> Seen:
    """What lies outside the root, and every git folder inside."""
    inside = (top / "root" / name for name in (".git", "inner/.git", "bare"))
    return _seen(top / "outside", top / "module", top / "side", *inside)


# What a reply can ask of a path


def _quoted(path: str) -> str:
    """As git writes a name that it must quote."""
    return "".join(
        chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogatepass" if _lone(path) else "surrogateescape")
    )


def _lone(path: str) -> bool:
    return any("\ud800" <= c <= "\udfff" and not "\udc80" <= c <= "\udcff" for c in path)


def _git_section(path: str, lines: str, other: str = "") -> str:
    return f'```diff\ndiff --git "a/{_quoted(other or path)}" "b/{_quoted(path)}"\n{lines}```\n'


def _names(path: str) -> str:
    return f'--- "a/{_quoted(path)}"\n+++ "b/{_quoted(path)}"\n'


EDIT = "@@ -1 +1 @@\n-secret\n+owned\n"
NEW = "@@ -0,0 +1 @@\n+owned\n"

Ask = Callable[[str], str]
ASKS: dict[str, Ask] = {
    "search_replace edit": lambda p: (
        f"{p}\n<<<<<<< SEARCH\nsecret\n=======\nowned\n>>>>>>> REPLACE\n"
    ),
    "search_replace create": lambda p: f"{p}\n<<<<<<< SEARCH\n=======\nowned\n>>>>>>> REPLACE\n",
    "whole_file": lambda p: f"{p}\n```\nowned\n```\n",
    "unified_diff edit": lambda p: f"```diff\n--- a/{p}\n+++ b/{p}\n{EDIT}```\n",
    "unified_diff bare names": lambda p: f"```diff\n--- {p}\n+++ {p}\n{EDIT}```\n",
    "git edit": lambda p: _git_section(p, _names(p) + EDIT),
    "git create": lambda p: _git_section(
        p, f'new file mode 100755\n--- /dev/null\n+++ "b/{_quoted(p)}"\n{NEW}'
    ),
    "git delete": lambda p: _git_section(
        p,
        f'deleted file mode 100644\n--- "a/{_quoted(p)}"\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n',
    ),
    "git mode": lambda p: _git_section(p, "old mode 100644\nnew mode 100755\n"),
    "git link": lambda p: _git_section(
        p,
        f'new file mode 120000\n--- /dev/null\n+++ "b/{_quoted(p)}"\n@@ -0,0 +1 @@\n+/etc\n'
        "\\ No newline at end of file\n",
    ),
    "git rename to": lambda p: _git_section(
        p, f'rename from plain.txt\nrename to "{_quoted(p)}"\n', "plain.txt"
    ),
    "git rename from": lambda p: _git_section(
        "fresh.txt", f'rename from "{_quoted(p)}"\nrename to fresh.txt\n', p
    ),
    "git copy to": lambda p: _git_section(
        p, f'copy from plain.txt\ncopy to "{_quoted(p)}"\n', "plain.txt"
    ),
    "git copy from": lambda p: _git_section(
        "fresh.txt", f'copy from "{_quoted(p)}"\ncopy to fresh.txt\n', p
    ),
    "envelope add": lambda p: f"*** Begin Patch\n*** Add File: {p}\n+owned\n*** End Patch\n",
    "envelope update": lambda p: (
        f"*** Begin Patch\n*** Update File: {p}\n@@\n-secret\n+owned\n*** End Patch\n"
    ),
    "envelope delete": lambda p: f"*** Begin Patch\n*** Delete File: {p}\n*** End Patch\n",
    "envelope move to": lambda p: (
        f"*** Begin Patch\n*** Update File: plain.txt\n*** Move to: {p}\n*** End Patch\n"
    ),
    "envelope move from": lambda p: (
        f"*** Begin Patch\n*** Update File: {p}\n*** Move to: fresh.txt\n*** End Patch\n"
    ),
    "json content": lambda p: _json({"file_path": p, "content": "owned\n"}),
    "json edit": lambda p: _json({"file_path": p, "old_string": "secret", "new_string": "owned"}),
}
EXACT = {name for name in ASKS if name.startswith(("git", "json"))}
"""Formats that can name any path; in the others some names are no names, or other ones."""


def _json(edit: dict[str, str]) -> str:
    return f"```json\n{json.dumps(edit)}\n```\n"


# The laws


def test_enough_is_tried() -> None:
    assert len(REFUSED) >= 150
    assert len({path for path in REFUSED if path in SPELLED or path in INTO_GIT}) >= 60
    assert {name.partition(" ")[0] for name in ASKS} == {
        *("search_replace", "whole_file", "unified_diff", "git", "envelope", "json")
    }


@pytest.mark.parametrize("ask", ASKS)
def test_no_reply_plans_a_write_out_of_the_root_or_into_git(traps: Path, ask: str) -> None:
    before = _seen(traps)
    for path in REFUSED:
        changes = plan(traps / "root", parse_reply(ASKS[ask](path)))
        if ask in EXACT and not _is_read_otherwise(path):
            assert not changes.files, path
            assert changes.conflicts, path
        for change in changes.files:  # the format reads another name, and that one is harmless
            assert _is_harmless(traps / "root", change), (path, change)
        for conflict in changes.conflicts:
            assert conflict.hint, path
            assert "\n" not in conflict.reason.replace(path, ""), path
    assert _seen(traps) == before


def _is_read_otherwise(path: str) -> bool:
    """True for what becomes another name on its way: plain, with slashes, or bytes that are odd."""
    return path in HARMLESS_FORMS or "\\" in path or _lone(path)


def _is_harmless(root: Path, change: FileChange) -> bool:
    names = [change.path, *([change.old_path] if change.old_path else [])]
    real = os.path.realpath(root)
    return all(
        os.path.realpath(root / name) == os.path.join(real, name)
        and not any(part.casefold().startswith(".git") for part in name.split("/"))
        and not name.startswith("bare/")
        for name in names
    )


@pytest.mark.parametrize("kind", ["create", "edit", "delete", "mode", "link", "from", "to"])
def test_apply_refuses_by_itself_whatever_was_planned(traps: Path, kind: str) -> None:
    before = _seen(traps)
    root = traps / "root"
    for path in REFUSED:
        change = {
            "create": lambda p: FileChange(p, None, FileState(b"owned")),
            "edit": lambda p: FileChange(p, OLD, FileState(b"owned")),
            "delete": lambda p: FileChange(p, OLD, None),
            "mode": lambda p: FileChange(p, OLD, FileState(OLD.content, EXECUTABLE)),
            "link": lambda p: FileChange(p, None, FileState(b"/etc", SYMLINK)),
            "from": lambda p: FileChange("fresh", OLD, OLD, p),
            "to": lambda p: FileChange(p, OLD, OLD, "plain.txt"),
        }[kind](path)
        with pytest.raises(RepoctxError) as caught:
            apply(root, ChangeSet((change,)), traps.parent / "state")
        assert caught.value.hint, path
        assert "\n" not in caught.value.message.replace(path, ""), path
    assert _seen(traps) == before


def test_overlong_utf8_is_a_name_like_any_other(traps: Path, tmp_path: Path) -> None:
    top = _copy(traps, tmp_path / "copy")
    before = _untouchable(top)
    for path in OVERLONG:
        apply(top / "root", ChangeSet((FileChange(path, None, OLD),)), tmp_path / "state")
    assert _untouchable(top) == before


# Links made, moved and removed by the same reply

TOGETHER = {
    "a new link, and a file through it": [("link", "x", "../outside"), ("new", "x/secret")],
    "a new link to git's folder": [("link", "x", ".git"), ("new", "x/hooks/pre-commit")],
    "a file first, then the link": [("new", "x/secret"), ("link", "x", "../outside")],
    "links in a row": [("link", "a", "b"), ("link", "b", "../outside"), ("new", "a/secret")],
    "a link deeper down": [("link", "n/x", "../../outside"), ("new", "n/x/d/secret")],
    "a link that moves": [("move", "up", "x"), ("new", "x/new")],
    "a link that is copied": [("copy", "up", "x"), ("new", "x/new")],
    "a link that goes, and a file in its place": [("delete", "up"), ("new", "up/new")],
    "a link in a folder's place": [
        *(("delete", "d1/d2/d3/f"), ("link", "d1/d2/d3", "../../../outside")),
        ("new", "d1/d2/d3/secret"),
    ],
    "a file that becomes a link": [("relink", "plain.txt", "../outside"), ("new", "plain.txt/x")],
    "a submodule out of nothing": [("gitlink", "x"), ("new", "x/.git/config")],
}


def _together(step: tuple[str, ...]) -> str:
    kind, path, *rest = step
    end = "\\ No newline at end of file\n"
    lines = {
        "link": lambda: (
            f"new file mode 120000\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{rest[0]}\n{end}"
        ),
        "new": lambda: f"new file mode 100644\n--- /dev/null\n+++ b/{path}\n{NEW}",
        "delete": lambda: (
            f"deleted file mode {_mode_of(path)}\n--- a/{path}\n+++ /dev/null\n"
            f"@@ -1 +0,0 @@\n-{LINKS.get(path, 'secret')}\n" + (end if path in LINKS else "")
        ),
        "move": lambda: f"similarity index 100%\nrename from {path}\nrename to {rest[0]}\n",
        "copy": lambda: f"similarity index 100%\ncopy from {path}\ncopy to {rest[0]}\n",
        "relink": lambda: (
            f"old mode 100644\nnew mode 120000\n--- a/{path}\n+++ b/{path}\n"
            f"@@ -1 +1 @@\n-secret\n+{rest[0]}\n"
        ),
        "gitlink": lambda: (
            f"new file mode 160000\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n"
            f"+Subproject commit {'a' * 40}\n"
        ),
    }[kind]()
    new = rest[0] if kind in ("move", "copy") else path
    return f"diff --git a/{path} b/{new}\n{lines}"


def _mode_of(path: str) -> str:
    return "120000" if path in LINKS else "100644"


@pytest.mark.parametrize("steps", TOGETHER.values(), ids=TOGETHER)
def test_a_reply_cannot_make_its_own_way_out(
    traps: Path, tmp_path: Path, steps: list[tuple[str, ...]]
) -> None:
    top = _copy(traps, tmp_path / "copy")
    before = _untouchable(top)
    reply = parse_reply("```diff\n" + "".join(map(_together, steps)) + "```\n")
    changes = plan(top / "root", reply)
    for files in (changes.files, changes.files[::-1], *((change,) for change in changes.files)):
        with suppress(RepoctxError):  # as a person who lets all through, or only a part
            apply(top / "root", ChangeSet(tuple(files)), tmp_path / "state")
    assert changes.conflicts
    assert _untouchable(top) == before


@pytest.mark.parametrize("mode", ["104755", "102755", "101777", "100777", "106755"])
def test_no_reply_grants_more_than_the_right_to_execute(
    traps: Path, tmp_path: Path, mode: str
) -> None:
    top = _copy(traps, tmp_path / "copy")
    new = f"new file mode {mode}\n--- /dev/null\n+++ b/new\n{NEW}"
    text = f"```diff\ndiff --git a/new b/new\n{new}```\n"
    text += f"```diff\ndiff --git a/src/a.py b/src/a.py\nold mode 100644\nnew mode {mode}\n```\n"
    changes = plan(top / "root", parse_reply(text))
    assert [change.flags for change in changes.files] == [("becomes executable",)] * 2
    apply(top / "root", changes, tmp_path / "state")
    for path in ("new", "src/a.py"):
        permissions = stat.S_IMODE((top / "root" / path).stat().st_mode)
        assert permissions & 0o7000 == 0
        assert permissions & 0o022 == 0


# What is swapped in between


@pytest.fixture
def swapped(traps: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the tree; afterwards nothing that may not be touched was."""
    top = _copy(traps, tmp_path / "copy")
    (top / "outside/d2/d3").mkdir(parents=True)
    for path in ("f", "d3/f", "d2/d3/f"):
        (top / "outside" / path).parent.mkdir(parents=True, exist_ok=True)
        (top / "outside" / path).write_text("secret\n")
    before = _untouchable(top)
    yield top
    assert _untouchable(top) == before


def _swap(top: Path, path: str) -> None:
    """Put a link to a folder (or file) of the same content where the path is."""
    target = top / "root" / path
    target.rename(top / "put-away")
    depth = {"d1": "outside", "d1/d2": "outside/d2", "d1/d2/d3": "outside/d2/d3"}
    target.symlink_to(top / depth.get(path, "outside/f"))


CHANGES = {
    "edit": lambda: FileChange("d1/d2/d3/f", OLD, FileState(b"owned")),
    "create": lambda: FileChange("d1/d2/d3/new", None, FileState(b"owned")),
    "create in a new folder": lambda: FileChange("d1/d2/d3/n/n", None, FileState(b"owned")),
    "delete": lambda: FileChange("d1/d2/d3/f", OLD, None),
    "mode": lambda: FileChange("d1/d2/d3/f", OLD, FileState(OLD.content, EXECUTABLE)),
    "rename to": lambda: FileChange("d1/d2/d3/new", OLD, OLD, "plain.txt"),
    "rename from": lambda: FileChange("fresh", OLD, OLD, "d1/d2/d3/f"),
}
PLACES = ["d1", "d1/d2", "d1/d2/d3"]


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("place", [*PLACES, "d1/d2/d3/f"])
def test_a_link_swapped_in_after_the_plan_is_not_followed(
    swapped: Path, tmp_path: Path, kind: str, place: str
) -> None:
    root = swapped / "root"
    _swap(swapped, place)
    if place.endswith("/f") and kind in ("create", "create in a new folder", "rename to"):
        return  # the link is not on the way
    with pytest.raises(RepoctxError) as caught:
        apply(root, ChangeSet((CHANGES[kind](),)), tmp_path / "state")
    assert "\n" not in str(caught.value)
    assert read_state(root, "plain.txt") == OLD


MOMENTS = {
    "before the journal": (journal, "begin"),
    "before the new files": (transaction, "stage"),
    "before the names": (transaction, "replace_all"),
    "before the last look": (forward, "_look_again"),
    "before the mark": (journal, "commit"),
    "before the old files go": (transaction, "clean_up"),
}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_link_swapped_in_during_the_write_is_not_followed(
    swapped: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    moment: str,
    place: str,
) -> None:
    module, name = MOMENTS[moment]
    real = getattr(module, name)

    def first_swap(*arguments: object) -> object:
        _swap(swapped, place)
        monkeypatch.setattr(module, name, real)
        return real(*arguments)

    monkeypatch.setattr(module, name, first_swap)
    with suppress(RepoctxError):
        apply(swapped / "root", ChangeSet((CHANGES[kind](),)), tmp_path / "state")


def test_a_hard_link_is_parted_and_the_other_name_keeps_its_content(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "outside").write_text("secret\n")
    os.link(tmp_path / "outside", tmp_path / "root/f")
    for change in (
        FileChange("f", OLD, FileState(b"owned\n")),
        FileChange("f", FileState(b"owned\n"), FileState(b"owned\n", EXECUTABLE)),
    ):
        apply(tmp_path / "root", ChangeSet((change,)), tmp_path / "state")
    assert (tmp_path / "outside").read_text() == "secret\n"
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) & 0o111 == 0
