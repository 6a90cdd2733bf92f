"""A file that is not what was reviewed refuses the whole change, and not a byte is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from repoctx.errors import RepoctxError
from repoctx.patches.edits import SYMLINK, FileChange

Tree = Any
Interference = Callable[[Tree], object]

CHANGES: dict[str, Callable[[Tree], FileChange]] = {
    "edit": lambda tree: tree.edit("d/f", "new\n"),
    "delete": lambda tree: tree.delete("d/f"),
    "mode": lambda tree: tree.executable("d/f"),
    "rename": lambda tree: tree.rename("d/f", "e/g"),
    "rename and edit": lambda tree: tree.rename("d/f", "e/g", "new\n"),
    "link": lambda tree: FileChange("d/f", tree.now("d/f"), tree.link("x", "y").after),
}


def _replaced(tree: Tree, make: Callable[[str], object]) -> None:
    path = tree.root / "d/f"
    path.rename(tree.root.parent / "put-away")
    make(str(path))


def _same_time_and_size(tree: Tree) -> None:
    status = (tree.root / "d/f").stat()
    tree.write("d/f", "OLD\n")
    os.utime(tree.root / "d/f", ns=(status.st_atime_ns, status.st_mtime_ns))


def _parent_replaced(tree: Tree, link: bool) -> None:
    outside = tree.root.parent / "outside"
    shutil.move(tree.root / "d", outside)
    if link:
        (tree.root / "d").symlink_to(outside)
    else:
        (tree.root / "d").write_bytes(b"")


OF_THE_FILE: dict[str, Interference] = {
    "other content": lambda tree: tree.write("d/f", "person\n"),
    "more content": lambda tree: tree.write("d/f", "old\nperson\n"),
    "other content, same size and time": _same_time_and_size,
    "emptied": lambda tree: tree.write("d/f", ""),
    "another line end": lambda tree: tree.write("d/f", "old\r\n"),
    "executable": lambda tree: (tree.root / "d/f").chmod(0o755),
    "deleted": lambda tree: (tree.root / "d/f").unlink(),
    "its folder deleted": lambda tree: shutil.rmtree(tree.root / "d"),
    "renamed": lambda tree: (tree.root / "d/f").rename(tree.root / "d/other"),
    "a link to the same content": lambda tree: _replaced(
        tree, lambda path: os.symlink(tree.root.parent / "put-away", path)
    ),
    "a link to nothing": lambda tree: _replaced(tree, lambda path: os.symlink("nothing", path)),
    "a folder": lambda tree: _replaced(tree, os.mkdir),
    "a FIFO": lambda tree: _replaced(tree, os.mkfifo),
    "its folder a link to the same": lambda tree: _parent_replaced(tree, link=True),
    "its folder a file": lambda tree: _parent_replaced(tree, link=False),
}
OF_THE_NEW_NAME: dict[str, Interference] = {
    "a file": lambda tree: tree.write("e/g", "person\n"),
    "an empty file": lambda tree: tree.write("e/g", ""),
    "the very content": lambda tree: tree.write("e/g", "new\n"),
    "a link": lambda tree: (tree.write("e/x", ""), (tree.root / "e/g").symlink_to("x")),
    "a link to nothing": lambda tree: (tree.write("e/x", ""), (tree.root / "e/g").symlink_to("y")),
    "a folder": lambda tree: (tree.root / "e/g").mkdir(parents=True),
    "a file in the folder's place": lambda tree: tree.write("e", "person\n"),
    "a link in the folder's place": lambda tree: (tree.root / "e").symlink_to("d"),
}
NEW = {
    "create": lambda tree: FileChange("e/g", None, tree.edit("x", "new\n").after),
    "create a link": lambda tree: FileChange("e/g", None, tree.link("x", "y").after),
    "rename": CHANGES["rename"],
    "rename and edit": CHANGES["rename and edit"],
}
CASES = [(CHANGES[c], OF_THE_FILE[i], f"{c}: {i}") for c in CHANGES for i in OF_THE_FILE] + [
    (NEW[c], OF_THE_NEW_NAME[i], f"{c}: new name is {i}") for c in NEW for i in OF_THE_NEW_NAME
]


@pytest.mark.parametrize(
    ("change", "interference"), [case[:2] for case in CASES], ids=[case[2] for case in CASES]
)
@pytest.mark.parametrize("first", [True, False])
def test_what_changed_since_the_review_refuses_everything(
    tree: Tree, change: Callable[[Tree], FileChange], interference: Interference, first: bool
) -> None:
    tree.write("d/f", "old\n")
    tree.write("good", "old\n")
    changes = [change(tree), tree.edit("good", "new\n"), tree.edit("fresh/good", "new\n")]
    interference(tree)
    before = tree.view()
    with pytest.raises(RepoctxError) as caught:
        tree.apply(*(changes if first else changes[::-1]))
    assert caught.value.exit_code in (1, 3)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert tree.view() == before
    assert not list(tree.state.glob("tx*"))


def test_other_permissions_alone_are_kept_and_no_reason_to_refuse(tree: Tree) -> None:
    tree.write("d/f", "old\n", 0o644)
    change = tree.edit("d/f", "new\n")
    (tree.root / "d/f").chmod(0o600)
    tree.apply(change)
    assert tree.view()["d/f"] == (0o100600, b"new\n")


def test_a_link_whose_target_changed_is_refused(tree: Tree) -> None:
    tree.write("a", "")
    (tree.root / "l").symlink_to("a")
    change = tree.edit("l", "b", SYMLINK)
    (tree.root / "l").unlink()
    (tree.root / "l").symlink_to("elsewhere")
    with pytest.raises(RepoctxError):
        tree.apply(change)
    assert os.readlink(tree.root / "l") == "elsewhere"
