from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.patches.edits import EditError, FileState
from repoctx.patches.paths import check_path, is_git_folder_name, normalise, path_flags

GIT_SPELLINGS = [
    # case
    *(".git", ".GIT", ".Git", ".gIt", ".giT", ".GIt", ".gIT"),
    # trailing dots and spaces, which NTFS drops
    *(".git.", ".git..", ".git ", ".git  ", ".git. ", ".git .", ".GIT. . .", ".git\u00a0"),
    *(" .git", " .git "),
    # NTFS streams
    *(".git::$INDEX_ALLOCATION", ".git:$I30:$INDEX_ALLOCATION", ".GIT::$DATA", ".git:x"),
    *(".git.::$INDEX_ALLOCATION", ".git ::$INDEX_ALLOCATION"),
    # NTFS short names
    *("git~1", "GIT~1", "Git~1", "git~2", "GIT~9", "git~10", "git~1.", "git~1 ", "git~1::$DATA"),
    *("gi7eb4~1", "GI7EB4~1"),
    # code points that HFS+ and APFS ignore
    *(".g\u200cit", ".\u200dgit", ".gi\u200et", ".git\u200f", "\u202a.git", ".g\u202bit"),
    *(".gi\u202ct", ".git\u202d", ".\u202egit", ".g\u206ait", ".gi\u206bt", ".git\u206c"),
    *(".\u206dgit", ".g\u206eit", ".git\u206f", "\ufeff.git", ".git\ufeff", ".g\u200c\u200cit"),
    *(".g\u200bit", ".g\u2060it", ".g\u00adit", ".G\u200cIT", ".g\U000e0001it", ".gi\ufe0ft"),
    *(".g\u180eit", ".g\u034fit", ".git\u200c.", ".git \u200c", "\u2066.git\u2069"),
    # compatibility forms
    *("\uff0egit", ".\uff47it", ".g\uff49t", "\uff0e\uff27\uff29\uff34", "\u2024git", ".g\u0131t"),
    *(".G\u0130T", ".g\u2170t", ".\u24d6it"),
]

NOT_GIT = [
    *(".github", ".gitignore", ".gitattributes", ".gitmodules", ".gitkeep", "git", ".gi", "_git"),
    *("my.git", ".git-blame-ignore-revs", ".gitlab-ci.yml", "git~", "gitt~1", "digit", ".egit"),
    *("..git", ".git2", "legit", ".gitx"),
]

OUTSIDE = [
    *("..", "../x", "../../etc/passwd", "a/..", "a/../x", "a/../../x", "a/b/../../../x", "./../x"),
    *("a/./../../x", ".. /x", "a/.. ", "..\\x", "a\\..\\..\\x", "a/..\\x", "x/..\\..", "..\\", "~"),
    *("~/x", "a/~/x"),
]
ABSOLUTE = [
    *(
        "/",
        "//",
        "/etc/passwd",
        "//server/share/x",
        "///x",
        "/../x",
        "/./x",
        "C:\\x",
        "C:/x",
        "c:\\",
    ),
    *("C:", "z:/x", "\\\\server\\share\\x", "\\\\?\\C:\\x", "\\\\.\\pipe\\x", "\\\\"),
]
MALFORMED = [
    *("", ".", "./", "./x", "a/.", "a/./b", "a//b", "a/", "a/b/", "x\0", "\0", "a\0/b", "\ud800"),
    *("a/\udfff/b", "x" * 256, "é" * 128, "/".join(["d" * 200] * 30)),
]
UNREADABLE_NEW = [
    *(
        "a\nb",
        "a\tb",
        "a\rb",
        "a\x1bb",
        "\x07",
        "a\x7fb",
        "\x85",
        "a\u202eb",
        "a\u200bb",
        "a\u2028b",
    ),
    *("d\n/x", "\u2066x", "a\\b", "a\\", "a:b", "trailing ", " leading", "dot.", "d /x", "d./x"),
]
FINE = [
    *(
        "a",
        "a.py",
        "src/a.py",
        "a b",
        "a'b",
        'a"b',
        "é",
        "e\u0301",
        "日本語",
        "a&b;c|d",
        "-rf",
        "--",
        "@",
    ),
    *("con", "aux.c", "NUL.txt", "...a", ".hidden", "a..b", "..a", "a...", "$HOME", "%2e%2e", "*"),
    *(
        "[x]",
        "a;b",
        "a`b`",
        "$(x)",
        "!",
        "#x",
        "\udcff.bin",
        "x" * 255,
        "a/" * 60 + "b",
        ".github/x",
    ),
    *("~x", "x~", "a~1", "file.tar.gz", "ab:c", "\U0001f600.md"),
]
FINE.remove("a...")  # would be a new name that ends in a dot


@pytest.mark.parametrize("name", GIT_SPELLINGS)
@pytest.mark.parametrize("form", ["{}", "{}/config", "sub/{}/hooks/pre-commit"])
def test_git_is_refused_in_every_spelling(tmp_path: Path, name: str, form: str) -> None:
    with pytest.raises(EditError):
        check_path(tmp_path, form.format(name))


@pytest.mark.parametrize("name", GIT_SPELLINGS)
def test_git_is_refused_behind_backslashes(tmp_path: Path, name: str) -> None:
    with pytest.raises(EditError):
        check_path(tmp_path, f"sub\\{name}\\config")


def test_enough_spellings_are_tried() -> None:
    assert len(set(GIT_SPELLINGS)) >= 60
    others = OUTSIDE + ABSOLUTE + MALFORMED + UNREADABLE_NEW + FINE
    assert len(set(GIT_SPELLINGS)) + len(set(others)) >= 150


@pytest.mark.parametrize("name", NOT_GIT)
def test_what_only_resembles_git_is_not_refused(name: str) -> None:
    assert not is_git_folder_name(name)


@pytest.mark.parametrize("path", OUTSIDE + ABSOLUTE + MALFORMED + UNREADABLE_NEW)
def test_a_bad_path_is_refused_in_one_line_with_a_hint(tmp_path: Path, path: str) -> None:
    with pytest.raises(EditError) as caught:
        check_path(tmp_path, path)
    assert caught.value.hint
    assert path[:20] in caught.value.message or not path


@pytest.mark.parametrize("path", FINE)
def test_a_plain_path_is_accepted(tmp_path: Path, path: str) -> None:
    check_path(tmp_path, path)


@pytest.mark.parametrize("name", [n for n in UNREADABLE_NEW if "/" not in n])
def test_an_odd_name_that_exists_may_be_edited(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    check_path(tmp_path, name)


def test_an_odd_folder_that_exists_may_get_a_plain_new_file(tmp_path: Path) -> None:
    (tmp_path / "odd\nfolder").mkdir()
    check_path(tmp_path, "odd\nfolder/new.py")


@pytest.mark.parametrize("depth", ["link/x", "link/sub/x", "real/link/x", "loop/x", "dangling/x"])
def test_a_path_through_a_link_is_refused(tmp_path: Path, depth: str) -> None:
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "link").symlink_to("/tmp")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(EditError, match="symbolic link"):
        check_path(tmp_path, depth)


def test_a_repository_that_is_gone_is_named_as_that(tmp_path: Path) -> None:
    with pytest.raises(EditError, match=r"^a\.py cannot be looked up: No such file") as caught:
        check_path(tmp_path / "gone", "a.py")
    assert "still there" in caught.value.hint


def test_a_link_itself_may_be_changed_and_the_root_may_be_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "link").symlink_to("/etc/passwd")
    (tmp_path / "root").symlink_to("real")
    check_path(tmp_path / "root", "link")
    check_path(tmp_path / "root", "new")


def test_a_link_into_git_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git" / "hooks").mkdir(parents=True)
    (tmp_path / "lg").symlink_to(".git")
    with pytest.raises(EditError):
        check_path(tmp_path, "lg/hooks/pre-push")


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "fifo")
    for path in ("folder", "fifo", "file/x", "file/x/y", "fifo/x"):
        with pytest.raises(EditError):
            check_path(tmp_path, path)


def test_a_folder_that_may_not_be_entered_is_a_refusal(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may enter everything")
    (tmp_path / "locked").mkdir(mode=0)
    with pytest.raises(EditError):
        check_path(tmp_path, "locked/x/y")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_a_bare_repository_inside_is_refused(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q", "--bare", "store/any-name")
    for path in ("config", "hooks/post-update", "description", "new", "refs/heads/main"):
        with pytest.raises(EditError, match="git's own folder"):
            check_path(tmp_path, f"store/any-name/{path}")
    check_path(tmp_path, "store/readme.md")


def test_the_folder_of_a_worktree_is_refused(repository: Callable[..., Path]) -> None:
    root = repository({"a": "1"})
    _git(root, "worktree", "add", "-q", "../tree")
    with pytest.raises(EditError):
        check_path(root / ".git", "worktrees/tree/config")


def test_the_folder_that_a_git_file_names_is_refused(tmp_path: Path) -> None:
    """Also when it does not look like git's folder yet."""
    (tmp_path / ".git").write_text("gitdir: store/repo.d\n")
    (tmp_path / "store" / "repo.d").mkdir(parents=True)
    for path in ("store/repo.d/config", "STORE/repo.d/hooks/pre-commit", "store/repo.d/new/x"):
        with pytest.raises(EditError, match="git's own folder"):
            check_path(tmp_path, path)
    check_path(tmp_path, "store/repo.data")


def test_a_submodule_may_be_edited_but_not_its_git_folder(
    repository: Callable[..., Path],
) -> None:
    inner = repository({"lib.c": "int x;\n"}, name="inner")
    outer = repository({"a": "1"}, name="outer")
    _git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    check_path(outer, "sub/lib.c")
    assert "in another repository inside this one" in path_flags("sub/lib.c", None, None, outer)
    for path in ("sub/.git", ".git/modules/sub/config", ".git/modules/sub/hooks/pre-commit"):
        with pytest.raises(EditError):
            check_path(outer, path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", "a"),
        ("./a", "a"),
        ("././a/./b", "a/b"),
        ("a//b", "a/b"),
        ("", ""),
        (".", ""),
        ("./", ""),
        ("/a", "/a"),
        ("//a", "/a"),
        ("a/", "a/"),
        ("a/../b", "a/../b"),
        ("../a", "../a"),
        ("a /b", "a /b"),
    ],
)
def test_harmless_forms_are_made_plain_and_others_stay(path: str, expected: str) -> None:
    assert normalise(path) == expected
    assert normalise(normalise(path)) == normalise(path)


PLAIN = FileState(b"x")


def test_hard_links_are_flagged_when_the_root_is_known(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert path_flags("a", PLAIN, PLAIN, tmp_path) == ()
    os.link(tmp_path / "a", tmp_path / "b")
    (flag,) = path_flags("a", PLAIN, PLAIN, tmp_path)
    assert flag.startswith("hard link")
