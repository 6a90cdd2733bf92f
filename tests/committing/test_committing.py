"""A change is committed with its own files and nothing else, whatever surrounds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import repoctx
from repoctx.errors import RefusedError, RepoctxError, UsageError
from repoctx.patches.edits import EXECUTABLE, ChangeSet, FileChange, FileState
from repoctx.patches.images import read_state

Make = Callable[..., Path]


def test_one_commit_has_the_files_the_question_and_the_person(work: Any) -> None:
    change = work.apply({"a.txt": "two\n", "new/d.txt": "dee\n", "b.txt": None})

    made = work.commit(change, text="Rename the\x1b field\nand more", model="large-1")

    assert work.committed() == ["M a.txt", "D b.txt", "A new/d.txt"]
    assert work.git("log", "-1", "--format=%an <%ae>%n%cn%n%B") == (
        "A. Person <person@example.org>\nA. Person\n"
        "Rename the field\n\nAssisted-by: repoctx (large-1)\n\n"
    )
    assert work.git("log", "-1", "--format=%(trailers:key=Assisted-by,valueonly)").strip() == (
        "repoctx (large-1)"
    )
    assert work.status == []
    assert made.commit == work.git("rev-parse", "HEAD").strip()
    assert made.files == ("a.txt", "b.txt", "new/d.txt")
    assert (made.branch, made.skipped, made.altered) == ("main", (), ())
    assert made.message == "Rename the field\n\nAssisted-by: repoctx (large-1)\n"


def test_neighbours_that_are_staged_changed_or_announced_stay_as_they_are(work: Any) -> None:
    (work.root / "staged.txt").write_text("staged\n")
    (work.root / "announced.txt").write_text("announced\n")
    (work.root / "b.txt").write_text("wasp\n")
    (work.root / "sub/c.txt").write_text("mine\n")
    work.git("add", "staged.txt", "b.txt")
    work.git("add", "-N", "announced.txt")
    before = work.status

    work.commit(work.apply({"a.txt": "two\n", "n.txt": "new\n"}))

    assert work.committed() == ["M a.txt", "A n.txt"]
    assert work.status == before


def test_a_rename_a_mode_and_odd_names_are_taken_literally(work: Any) -> None:
    old = ["new\nline", "byte\udcff", "*.txt", " s "]
    for name in old:
        (work.root / name).write_text("x\n")
    work.git("add", "--", *(f":(literal){name}" for name in old))
    work.git("commit", "-q", "-m", "odd names")
    renamed = FileChange(
        "moved.txt", read_state(work.root, "b.txt"), FileState(b"bee\nbuzz\n"), "b.txt"
    )
    mode = FileChange("a.txt", read_state(work.root, "a.txt"), FileState(b"one\n", EXECUTABLE))
    edits = tuple(FileChange(name, FileState(b"x\n"), FileState(b"y\n")) for name in old)
    odd = [":(glob)*", "?.txt", "-f", ":!a.txt", "{a,b}.txt"]
    new = tuple(FileChange(name, None, FileState(b"x\n")) for name in odd)

    work.commit(work.apply(ChangeSet((renamed, mode, *edits, *new))))

    expected = ["M a.txt", "D b.txt", "A moved.txt"]
    expected += [f"M {name}" for name in old] + [f"A {name}" for name in odd]
    assert sorted(work.committed()) == sorted(expected)
    assert work.git("ls-tree", "HEAD", "a.txt").startswith("100755")
    assert work.status == []


def test_several_rounds_are_one_commit(work: Any) -> None:
    first = work.apply({"a.txt": "two\n", "t.txt": "try\n", "b.txt": "wasp\n"})
    second = work.apply({"a.txt": "three\n", "t.txt": None, "b.txt": "bee\n"})

    work.commit(first, second)

    assert work.committed() == ["M a.txt"]
    assert work.git("show", "HEAD:a.txt") == "three\n"


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_the_first_commit_of_all_is_fine(work: Any, tmp_path: Path, object_format: str) -> None:
    work.git("init", "-q", "-b", "main", f"--object-format={object_format}", "../unborn")
    work.root = tmp_path / "unborn"
    (work.root / "other.txt").write_text("staged\n")
    work.git("add", "other.txt")

    made = work.commit(work.apply({"a.txt": "one\n"}))

    assert (work.committed(), made.branch) == (["A a.txt"], "main")
    assert work.status == ["A  other.txt"]


def test_a_detached_head_is_said(work: Any) -> None:
    work.git("checkout", "-q", "--detach")
    made = work.commit(work.apply({"a.txt": "two\n"}))
    assert made.branch == ""
    assert work.git("rev-parse", "main") != work.git("rev-parse", "HEAD")


# What would make it another commit


def refused(work: Any, *changes: ChangeSet) -> RepoctxError:
    history, status = work.history, work.status
    with pytest.raises(RepoctxError) as caught:
        work.commits(*changes)
    assert (work.history, work.status) == (history, status)
    assert caught.value.message.startswith("the change is applied but not committed: ")
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def test_edits_of_the_person_before_the_change_are_never_swept_in(work: Any) -> None:
    (work.root / "a.txt").write_text("mine\n")
    error = refused(work, work.apply({"a.txt": "mine\ntwo\n", "b.txt": "wasp\n"}))
    assert isinstance(error, RefusedError)
    assert "a.txt had edits of yours before that are not committed" in error.message
    assert error.hint == "look at `git diff HEAD`, then git commit -- a.txt b.txt"


def test_staged_edits_of_the_file_are_not_thrown_away(work: Any) -> None:
    (work.root / "a.txt").write_text("staged\n")
    work.git("add", "a.txt")
    (work.root / "a.txt").write_text("one\n")
    error = refused(work, work.apply({"a.txt": "two\n"}))
    assert "a.txt was staged before" in error.message


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_git_does_not_know_is_not_added_in_silence(work: Any, announced: bool) -> None:
    (work.root / "mine.txt").write_text("mine\n")
    if announced:
        work.git("add", "-N", "mine.txt")
    error = refused(work, work.apply({"mine.txt": "mine and yours\n"}))
    assert "mine.txt was " in error.message


@pytest.mark.parametrize("after", ["two\nmine\n", "one\n", None])
def test_an_edit_between_apply_and_commit_is_noticed(work: Any, after: str | None) -> None:
    change = work.apply({"a.txt": "two\n"})
    if after is None:
        (work.root / "a.txt").unlink()
    else:
        (work.root / "a.txt").write_text(after)
    assert "a.txt was edited after the change was applied" in refused(work, change).message


def test_an_edit_between_two_rounds_is_noticed(work: Any) -> None:
    first = work.apply({"a.txt": "two\n"})
    (work.root / "a.txt").write_text("two\nmine\n")
    second = work.apply({"a.txt": "three\nmine\n"})
    assert "a.txt was edited after" in refused(work, first, second).message


def test_a_file_outside_a_sparse_checkout_is_named(work: Any) -> None:
    change = work.apply({"a.txt": "two\n"})
    work.git("update-index", "--skip-worktree", "a.txt")
    assert "a.txt is left out of this sparse checkout" in refused(work, change).message


def test_a_folder_in_place_of_a_file_is_committed_or_nothing_is(work: Any) -> None:
    change = work.apply({"a.txt": None})
    (work.root / "a.txt").mkdir()
    (work.root / "a.txt/x").write_text("x\n")
    inside = ChangeSet((FileChange("a.txt/x", None, FileState(b"x\n")),))
    before = work.git("ls-files", "--stage")
    with pytest.raises(RepoctxError):
        work.commits(change, inside)
    assert work.git("ls-files", "--stage") == before


def test_an_ignored_file_is_named(work: Any) -> None:
    (work.root / ".git/info/exclude").write_text("*.env\n")
    error = refused(work, work.apply({":x.env": "secret\n", "a.txt": "two\n"}))
    assert "git ignores :x.env" in error.message
    assert error.hint == "git add -f -- :x.env"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("MERGE_HEAD", "a merge is in progress"),
        ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"),
        ("BISECT_LOG", "a bisect"),
        ("rebase-merge/head-name", "a rebase"),
        ("rebase-apply/next", "a rebase"),
    ],
)
def test_nothing_is_committed_in_the_middle_of_something(work: Any, state: str, said: str) -> None:
    file = work.root / ".git" / state
    file.parent.mkdir(exist_ok=True)
    file.write_text(work.git("rev-parse", "HEAD"))
    assert said in refused(work, work.apply({"a.txt": "two\n"})).message


def test_a_real_merge_in_conflict_is_left_alone(work: Any) -> None:
    work.git("checkout", "-q", "-b", "other")
    work.commit(work.apply({"a.txt": "theirs\n"}))
    work.git("checkout", "-q", "main")
    work.commit(work.apply({"a.txt": "ours\n"}))
    work.git("merge", "-q", "other", check=False)
    assert "a merge is in progress" in refused(work, work.apply({"b.txt": "wasp\n"})).message


def test_nobody_is_invented_as_author(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    work.git("config", "user.useConfigOnly", "true")
    error = refused(work, work.apply({"a.txt": "two\n"}))
    assert "git does not know who you are: " in error.message
    assert "user.email" in error.hint


def test_the_identity_may_come_from_the_configuration(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    work.git("config", "--global", "user.name", "From Configuration")
    work.git("config", "user.email", "here@example.org")
    work.commit(work.apply({"a.txt": "two\n"}))
    assert work.git("log", "-1", "--format=%an %ce") == "From Configuration here@example.org\n"


def test_an_index_that_another_process_holds_is_one_line(work: Any) -> None:
    change = work.apply({"a.txt": "two\n", "new.txt": "new\n"})
    (work.root / ".git/index.lock").write_text("")
    with pytest.raises(RepoctxError) as caught:
        work.commits(change)
    assert "another git process is at work there (.git/index.lock)" in caught.value.message
    assert "git add -N -- new.txt && git commit -- a.txt new.txt" in caught.value.hint
    assert (work.root / "a.txt").read_text() == "two\n"
    (work.root / ".git/index.lock").unlink()
    work.commit(change)


def test_a_change_that_git_does_not_record_is_no_commit(work: Any) -> None:
    work.git("config", "core.fileMode", "false")
    mode = FileChange("a.txt", FileState(b"one\n"), FileState(b"one\n", EXECUTABLE))
    assert "git sees no difference" in refused(work, work.apply(ChangeSet((mode,)))).message


# Line ends and places


def test_line_ends_are_stored_as_git_does_and_are_no_edit_of_the_person(
    repository: Make, work: Any
) -> None:
    files = {
        ".gitattributes": "*.dos text eol=crlf\n*.id ident\n*.wide working-tree-encoding=UTF-16\n",
        "a.dos": "one\n",
        "b.auto": "one\n",
        "c.crlf": "one\r\n",
        "d.id": "$Id$\none\n",
    }
    work.root = repository(files, name="ends")
    work.git("config", "core.autocrlf", "true")
    for name in ("a.dos", "b.auto", "d.id"):
        (work.root / name).unlink()
    work.git("checkout", "-q", "--", ".")
    assert (work.root / "b.auto").read_bytes() == b"one\r\n"
    assert (work.root / "d.id").read_text() != "$Id$\none\n"

    change = work.apply(
        {
            "a.dos": b"one\r\ntwo\r\n",
            "b.auto": b"one\r\ntwo\r\n",
            "c.crlf": b"one\r\ntwo\r\n",
            "d.id": (work.root / "d.id").read_bytes() + b"two\n",
        }
    )
    made = work.commit(change)

    assert made.altered == ()
    assert work.git("show", "HEAD:a.dos") == "one\ntwo\n"
    assert work.git("show", "HEAD:b.auto") == "one\ntwo\n"
    assert work.git("show", "HEAD:d.id") == "$Id$\none\r\ntwo\n".replace("\r", "")
    assert work.status == []


def test_a_person_s_own_attributes_count(work: Any, tmp_path: Path) -> None:
    (tmp_path / "attributes").write_text("*.txt text\n")
    work.git("config", "--global", "core.attributesFile", str(tmp_path / "attributes"))
    work.commit(work.apply({"new.txt": b"one\r\n"}))
    assert work.git("show", "HEAD:new.txt") == "one\n"


def test_a_file_of_a_submodule_is_committed_there(work: Any, repository: Make) -> None:
    inner = repository({"inner.txt": "in\n"}, name="inner")
    work.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    work.git("commit", "-q", "-m", "lib")

    made = work.commits(work.apply({"lib/inner.txt": "inside\n", "a.txt": "two\n"}))

    assert [(c.repository, c.files) for c in made] == [
        (str(work.root), ("a.txt",)),
        (str(work.root / "lib"), ("lib/inner.txt",)),
    ]
    assert work.status == [" M lib"]


def test_each_of_several_roots_gets_a_commit_or_none_does(repository: Make, work: Any) -> None:
    roots = [repository({"a.txt": "one\n"}, name=name) for name in ("api", "web")]

    def apply(text: str) -> tuple[Any, ChangeSet]:
        project = repoctx.open_session(roots).project
        files = tuple(
            FileChange(f"{root.name}/a.txt", read_state(root, "a.txt"), FileState(text.encode()))
            for root in roots
        )
        project.apply(ChangeSet(files))
        return project, ChangeSet(files)

    project, change = apply("two\n")
    made = list(project.commit([change], "Both"))
    assert [(c.repository, c.files) for c in made] == [
        (str(roots[0]), ("api/a.txt",)),
        (str(roots[1]), ("web/a.txt",)),
    ]
    (roots[1] / ".git/MERGE_HEAD").write_text("x")
    project, change = apply("three\n")
    with pytest.raises(RefusedError, match="in web/ a merge is in progress"):
        list(project.commit([change], "Both"))
    assert (roots[0] / "a.txt").read_text() == "three\n"
    work.root = roots[0]
    assert work.history == ["Both", "The first commit"]


def test_a_worktree_commits_on_its_own_branch(work: Any, tmp_path: Path) -> None:
    work.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    work.root = tmp_path / "linked"
    assert work.commit(work.apply({"a.txt": "two\n"})).branch == "side"


def test_git_variables_of_a_caller_do_not_lead_elsewhere(
    work: Any, repository: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository({"a.txt": "other\n"}, name="other")
    change = work.apply({"a.txt": "two\n"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    made = work.commit(change)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert made.commit == work.git("rev-parse", "HEAD").strip()
    work.root = other
    assert work.history == ["The first commit"]


def test_outside_git_there_is_nothing_to_commit_to(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="--commit needs a git repository"):
        repoctx.open_session(tmp_path / "plain").project.check_versioned()


def test_undo_after_a_commit_takes_the_files_back_and_commits_nothing(work: Any) -> None:
    work.commit(work.apply({"a.txt": "two\n", "new.txt": "new\n"}))
    work.project.undo()
    assert work.status == [" M a.txt", " D new.txt"]
    assert work.history == ["Change it", "The first commit"]
