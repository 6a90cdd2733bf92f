"""Where things are kept: private, apart for each repository, never inside it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from repoctx.errors import RepoctxError, UsageError
from repoctx.folders import cache_folder, redaction_key, root_of, state_folder


def test_two_repositories_of_one_name_do_not_share_a_folder(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "same", tmp_path / "b" / "same"
    assert state_folder(one) != state_folder(two)
    assert state_folder(one) == state_folder(one)


def test_folders_are_private_and_outside_the_repository(tmp_path: Path) -> None:
    for folder in (state_folder(tmp_path), cache_folder(tmp_path)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not folder.is_relative_to(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(RepoctxError, match="cannot make the folder") as raised:
        state_folder(tmp_path)
    assert "XDG_STATE_HOME" in raised.value.hint


def test_the_root_is_the_nearest_folder_with_git_or_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "top/.git").mkdir(parents=True)
    (tmp_path / "top/a/b").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    assert root_of(tmp_path / "top/a/b") == tmp_path / "top"
    assert root_of(tmp_path / "other") == tmp_path / "other"
    with pytest.raises(UsageError):
        root_of(tmp_path / "none")


def test_the_redaction_key_is_made_once_and_is_private(home: Path) -> None:
    key = redaction_key()
    assert len(key) == 32
    assert redaction_key() == key
    (path,) = home.rglob("redaction.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
