"""A file list: what a person names is read, what they do not name is summed up, and no more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import UsageError
from repoctx.packer.index import Index
from repoctx.packer.joined import walk_roots
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.rank import relevance
from repoctx.packer.snapshot import Omission, Snapshot
from repoctx.packer.walk import walk
from repoctx.roots import roots_of

Make = Callable[..., Path]


@pytest.fixture
def root(repository: Make) -> Path:
    files = {"a.py": "one", "d/b.py": "two", "d/e/c.py": "three", "d.txt": "", "secret.env": ""}
    made = repository(files | {".gitignore": "build/\n", ".repoctxignore": "secret.env\n"})
    (made / "build").mkdir()
    (made / "build/out.txt").write_text("ignored")
    return made


def listed(root: Path, *names: str, rev: str | None = None) -> Snapshot:
    paths = [os.path.join(root, name) for name in names]
    return walk_roots(roots_of([root]), rev=rev, listed=paths)


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def test_only_the_listed_files_are_read_and_the_others_are_counted(root: Path) -> None:
    snapshot = listed(root, "a.py", "d/b.py")
    assert paths(snapshot) == ["a.py", "d/b.py"]
    assert snapshot.omitted == (Omission("./", "not asked for", 5),)


def test_a_folder_means_all_that_the_walk_finds_in_it(root: Path) -> None:
    assert paths(listed(root, "d")) == ["d/b.py", "d/e/c.py"]
    assert paths(listed(root, "build", "a.py")) == ["a.py"]
    everything = walk_roots(roots_of([root]), listed=[str(root)])
    assert everything.files == walk(root).files
    assert everything.omitted == walk(root).omitted


def test_what_is_ignored_is_read_when_it_is_named_itself(root: Path) -> None:
    assert paths(listed(root, "build/out.txt", "secret.env")) == ["build/out.txt", "secret.env"]


def test_outside_git_too(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a.log").write_text("named")
    (tmp_path / "b.log").write_text("not named")
    assert paths(listed(tmp_path, "a.log")) == ["a.log"]


def test_a_revision_holds_what_it_held(root: Path) -> None:
    (root / "a.py").unlink()
    (root / "new.py").write_text("not committed")
    assert paths(listed(root, "a.py", "d/e", "secret.env", rev="HEAD")) == [
        "a.py",
        "d/e/c.py",
        "secret.env",
    ]
    with pytest.raises(UsageError, match=r"not in the revision HEAD: .*/new\.py"):
        listed(root, "new.py", rev="HEAD")


def test_a_sparse_file_can_be_listed(root: Path) -> None:
    subprocess.run(["git", "sparse-checkout", "set", "--no-cone", "/a.py"], cwd=root, check=True)
    snapshot = listed(root, "d/b.py")
    assert [content for _, content in snapshot.read_all(snapshot.files)] == [b"two"]
    snapshot.close()


def test_every_missing_file_is_named_up_to_ten(root: Path) -> None:
    with pytest.raises(UsageError) as raised:
        listed(root, "a.py", *(f"gone{number}" for number in range(12)))
    assert f"{root}/gone0, " in raised.value.message
    assert "gone9 and 2 more" in raised.value.message
    assert "a.py" not in raised.value.message


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "link/outside.txt", "link/sub"])
def test_nothing_outside_the_root_is_read(root: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "sub").mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(UsageError, match=name.replace("../", "")):
        walk_roots(roots_of([root]), listed=[os.path.normpath(os.path.join(root, name))])


@pytest.mark.parametrize("name", [".git/config", ".git", ".GIT/HEAD", "d/.git/config"])
def test_gits_own_files_are_never_read(root: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.git is never read"):
        listed(root, name)


def test_a_symbolic_link_is_shown_as_one(root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")
    snapshot = listed(root, "link")
    assert [content for _, content in snapshot.read_all(snapshot.files)] == [b"/etc/passwd"]


def test_each_of_several_roots_sums_up_its_own(repository: Make) -> None:
    api = repository({"a.py": "", "b.py": ""}, name="api")
    web = repository({"a.py": "", "c.py": "", "d.py": ""}, name="web")
    snapshot = walk_roots(roots_of([api, web]), listed=[str(web / "a.py"), str(api)])
    assert paths(snapshot) == ["api/a.py", "api/b.py", "web/a.py"]
    assert snapshot.omitted == (Omission("web/", "not asked for", 2),)


@pytest.mark.parametrize("format", ["xml", "markdown", "jsonl"])
def test_the_manifest_says_how_many_files_were_not_asked_for(
    root: Path, index: Index, format: str
) -> None:
    pack = build_pack(listed(root, "a.py"), index, PackOptions(format=format))
    assert pack.levels == {"full": 1, "outline": 0, "name": 0, "omitted": 6}
    assert "not asked for" in pack.manifest
    assert '"files": 6' in pack.manifest or "./: 6 files omitted" in pack.manifest


def test_a_budget_counts_them_too(root: Path, index: Index) -> None:
    (root / "a.py").write_text("word = 1\n" * 500)
    whole = build_pack(listed(root, "a.py"), index, PackOptions())
    pack = build_pack(listed(root, "a.py"), index, PackOptions(budget=whole.tokens // 4))
    assert sum(pack.levels.values()) == 7
    assert pack.tokens <= whole.tokens // 4


def test_a_list_does_not_make_the_index_forget_the_others(root: Path, index: Index) -> None:
    for number in range(1100):
        (root / f"more{number}.txt").write_text(f"word{number}")
    relevance(walk(root), index, "word7")
    query = "SELECT count(*) FROM rank_files"
    before = index.connection.execute(query).fetchone()

    assert relevance(listed(root, "more7.txt"), index, "word7").keys() == {"more7.txt"}
    assert index.connection.execute(query).fetchone() == before
