"""Hooks, filters and signatures: never run unless the person says so, never skipped in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repoctx.errors import CancelledError, RefusedError, RepoctxError
from tests.waiting import AGES, left_behind, soon

EDIT = {"a.txt": "two\n"}


def not_committed(work: Any, *changes: Any) -> RepoctxError:
    before = work.git("ls-files", "--stage")
    with pytest.raises(RepoctxError) as caught:
        work.commits(*changes)
    assert work.history == ["The first commit"]
    assert work.git("ls-files", "--stage") == before
    assert caught.value.message.startswith("the change is applied but not committed: ")
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"),
        *("post-index-change", "reference-transaction"),
    ],
)
def test_a_repository_with_hooks_is_not_committed_to_without_a_word_of_the_person(
    work: Any, name: str
) -> None:
    work.hook(name, "exit 1")
    error = not_committed(work, work.apply(EDIT))
    assert isinstance(error, RefusedError)
    assert f"this repository runs hooks on commit ({name})" in error.message
    assert error.hint == "git commit -- a.txt, or --commit-hooks run"
    assert not work.sung(name)


def test_hooks_elsewhere_count_and_those_that_git_would_not_run_do_not(
    work: Any, tmp_path: Path
) -> None:
    work.hook("pre-push", "exit 1")
    work.hook("pre-commit", "exit 1").chmod(0o644)
    work.commit(work.apply(EDIT))
    (tmp_path / "home hooks").mkdir()
    work.hook("commit-msg", "", folder="../home hooks")
    work.git("config", "--global", "core.hooksPath", str(tmp_path / "home hooks"))
    with pytest.raises(RefusedError, match="on commit \\(commit-msg\\)"):
        work.commits(work.apply({"a.txt": "three\n"}))


def test_hooks_of_the_configuration_are_seen_as_newer_gits_run_them(work: Any) -> None:
    work.git("config", "hook.lint.event", "pre-commit")
    work.git("config", "hook.lint.command", "false")
    work.git("config", "hook.off.event", "post-commit")
    work.git("config", "hook.off.enabled", "false")
    assert "(pre-commit)" in not_committed(work, work.apply(EDIT)).message


def test_skipped_hooks_do_not_run_and_are_named(work: Any) -> None:
    work.settings["commit_hooks"] = "skip"
    work.hook("pre-commit", "exit 1")
    work.hook("post-index-change", "")
    work.hook("reference-transaction", "")
    work.git("config", "commit.gpgSign", "true")
    work.git("config", "gpg.program", "false")
    made = work.commit(work.apply({**EDIT, "new.txt": "new\n"}))
    assert made.skipped == (
        *("pre-commit", "post-index-change", "reference-transaction", "signature"),
    )
    names = ("pre-commit", "post-index-change", "reference-transaction")
    assert not any(map(work.sung, names))


def test_hooks_run_as_if_the_person_had_typed_it(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.settings["commit_hooks"] = "run"
    monkeypatch.setenv("GIT_MINE", "kept")
    monkeypatch.delenv("LC_ALL", raising=False)
    work.hook("pre-commit", "echo lint of $GIT_MINE, ${LC_ALL-none}; git diff --cached -- '*.txt'")
    work.hook("commit-msg", "echo 'Change-Id: 12' >> $1")
    work.hook("post-commit", "echo done >&2")
    made = work.commit(work.apply(EDIT))
    assert all(work.sung(name) for name in ("pre-commit", "commit-msg", "post-commit"))
    assert work.said[0] == "lint of kept, none"
    assert "+two" in work.said
    assert work.said[-1] == "done"
    assert made.message.endswith("Assisted-by: repoctx (m)\nChange-Id: 12\n")
    assert (made.skipped, made.altered) == ((), ())


def test_a_failing_hook_leaves_the_change_applied_and_the_index_as_it_was(work: Any) -> None:
    work.settings["commit_hooks"] = "run"
    work.hook("pre-commit", "echo first; echo 'a.txt: too \033[31mlong' >&2; exit 7")
    error = not_committed(work, work.apply({**EDIT, "new.txt": "new\n"}))
    assert error.exit_code == 1
    assert error.message.endswith("not committed: a.txt: too \033[31mlong")
    assert error.hint == "git add -N -- new.txt && git commit -- a.txt new.txt"
    assert work.said == ["first", "a.txt: too \033[31mlong"]
    assert (work.root / "a.txt").read_text() == "two\n"
    work.project.undo()
    assert work.status == []


def test_a_hook_that_fails_without_a_word_is_told(work: Any) -> None:
    work.settings["commit_hooks"] = "run"
    work.hook("commit-msg", "exit 1")
    assert "a hook said no, without a word" in not_committed(work, work.apply(EDIT)).message


def test_what_a_hook_changes_is_noticed(work: Any) -> None:
    work.settings["commit_hooks"] = "run"
    work.hook("pre-commit", "echo linted >> a.txt; git add a.txt; echo x > x.txt; git add x.txt")
    made = work.commit(work.apply({**EDIT, "b.txt": "wasp\n"}))
    assert made.altered == ("x.txt", "a.txt")
    assert work.git("show", "HEAD:a.txt") == "two\nlinted\n"


def test_a_hook_that_mends_files_and_says_no_is_told(work: Any) -> None:
    work.settings["commit_hooks"] = "run"
    work.hook("pre-commit", "echo linted >> a.txt; echo formatted; exit 1")
    error = not_committed(work, work.apply(EDIT))
    assert error.message.endswith("formatted; the hooks changed a.txt")


def test_a_hook_s_process_that_lives_on_does_not_hold_the_commit(work: Any, tmp_path: Path) -> None:
    work.settings["commit_hooks"] = "run"
    note = tmp_path / "sleeper"
    work.hook("post-commit", f"sleep {AGES} & echo $! > '{note}'")
    with left_behind(note), soon():
        work.commit(work.apply(EDIT))
    assert work.history == ["Change it", "The first commit"]


def test_a_commit_is_cancelled_while_a_hook_runs(work: Any, tmp_path: Path) -> None:
    work.settings["commit_hooks"] = "run"
    note = tmp_path / "hook"
    work.hook("pre-commit", f"echo $$ > '{note}'; echo started; exec sleep {AGES}")
    change = work.apply({**EDIT, "new.txt": "new\n"})
    before = work.git("ls-files", "--stage")
    running = work.project.commit(
        [change], "x", "", work.said.append, cancelled=lambda: bool(work.said)
    )
    with left_behind(note), soon(), pytest.raises(CancelledError):
        list(running)
    assert not (work.root / ".git/index.lock").exists()
    assert work.git("ls-files", "--stage") == before
    assert work.history == ["The first commit"]


# Filters


@pytest.fixture
def filtered(work: Any, tmp_path: Path) -> Any:
    """A repository whose .big files are stored as a checksum, as LFS does it."""
    clean, smudge = tmp_path / "clean", tmp_path / "smudge"
    clean.write_text(
        f"#!/bin/sh\ntouch '{work.root}-sung-clean'\n"
        f"cat > '{tmp_path}/last'; id=$(cksum < '{tmp_path}/last' | cut -d' ' -f1)\n"
        f"cp '{tmp_path}/last' '{tmp_path}/store-'$id; echo pointer $id\n"
    )
    smudge.write_text(f"#!/bin/sh\nread _ id; cat '{tmp_path}/store-'$id\n")
    clean.chmod(0o755)
    smudge.chmod(0o755)
    work.git("config", "filter.lfs.clean", str(clean))
    work.git("config", "filter.lfs.smudge", str(smudge))
    work.git("config", "filter.lfs.required", "true")
    (work.root / ".gitattributes").write_text("*.big filter=lfs\n")
    (work.root / "a.big").write_text("large\n")
    work.git("add", "-A")
    work.git("commit", "-q", "--amend", "-m", "The first commit")
    assert work.git("show", "HEAD:a.big").startswith("pointer ")
    Path(f"{work.root}-sung-clean").unlink()
    return work


@pytest.mark.parametrize("hooks", ["refuse", "skip"])
def test_a_filtered_file_is_not_stored_without_its_filter(filtered: Any, hooks: str) -> None:
    filtered.settings["commit_hooks"] = hooks
    error = not_committed(filtered, filtered.apply({"a.big": "larger\n", "a.txt": "two\n"}))
    assert "a program of git's (lfs) stores a.big" in error.message
    assert not filtered.sung("clean")


def test_a_filter_of_other_files_does_not_matter(filtered: Any) -> None:
    filtered.commit(filtered.apply(EDIT))
    assert not filtered.sung("clean")


def test_with_run_the_filter_stores_the_file(filtered: Any) -> None:
    filtered.settings["commit_hooks"] = "run"
    made = filtered.commit(filtered.apply({"a.big": "larger\n", "new.big": "huge\n"}))
    assert filtered.git("show", "HEAD:new.big").startswith("pointer ")
    assert (made.altered, filtered.status) == ((), [])


def test_with_run_edits_of_the_person_are_still_seen(filtered: Any) -> None:
    filtered.settings["commit_hooks"] = "run"
    (filtered.root / "a.big").write_text("mine\n")
    error = not_committed(filtered, filtered.apply({"a.big": "mine\nlarger\n"}))
    assert "a.big had edits of yours" in error.message


# Signatures


def test_signing_is_refused_and_with_run_it_happens(work: Any, tmp_path: Path) -> None:
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat > /dev/null\nprintf '[GNUPG:] SIG_CREATED \\n' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nfake\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    program.chmod(0o755)
    work.git("config", "gpg.program", str(program))
    work.git("config", "--global", "commit.gpgSign", "yes")
    change = work.apply(EDIT)
    assert "this repository signs commits" in not_committed(work, change).message
    work.settings["commit_hooks"] = "run"
    work.commit(change)
    assert "gpgsig -----BEGIN PGP SIGNATURE" in work.git("cat-file", "commit", "HEAD")


def test_a_repository_s_own_settings_cannot_have_hooks_run(work: Any) -> None:
    (work.root / ".repoctx.toml").write_text('commit_hooks = "run"\n')
    work.hook("pre-commit", "exit 1")
    assert any("commit_hooks" in warning for warning in work.project.settings.warnings)
    assert "runs hooks" in not_committed(work, work.apply(EDIT)).message
    assert not work.sung("pre-commit")
