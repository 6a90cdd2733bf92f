"""What goes with the best files: what changed together with them, and their tests."""

from __future__ import annotations

from repoctx.packer.kinds import kind_of
from repoctx.packer.related import related
from repoctx.packer.snapshot import SourceFile


def files(*paths: str) -> list[SourceFile]:
    return [SourceFile(path, "0" * 40, 1, 0o100644, kind_of(path)) for path in paths]


def test_what_changes_together_with_the_best_file_is_related() -> None:
    commits = [["a.py", "b.py"], ["a.py", "b.py"], ["a.py", "c.py"], ["d.py"]]
    scores = related({"a.py": 1.0}, files("a.py", "b.py", "c.py", "d.py"), commits)
    assert scores["b.py"] > scores["c.py"] > 0
    assert "d.py" not in scores


def test_a_change_long_ago_says_less() -> None:
    commits = [["a.py", "late.py"], *[["other.py"]] * 200, ["a.py", "old.py"]]
    scores = related({"a.py": 1.0}, files("a.py"), commits)
    assert scores["late.py"] > scores["old.py"] > 0


def test_a_source_and_its_test_go_together_by_name() -> None:
    pairs = [
        ("src/client.py", "tests/test_client.py"),
        ("lib/client.ts", "lib/__tests__/client.spec.ts"),
        ("client.go", "client_test.go"),
        ("src/Client.java", "test/ClientTest.java"),
    ]
    for source, test in pairs:
        tree = files(source, test, "src/other.py")
        assert related({source: 1.0}, tree, ())[test] > 0
        assert related({test: 1.0}, tree, ())[source] > 0
        assert not related({source: 1.0}, tree, ()).get("src/other.py")


def test_a_name_that_many_files_share_pairs_nothing() -> None:
    tree = files(*(f"p{n}/index.js" for n in range(5)), "test/index.test.js")
    assert not related({"p0/index.js": 1.0}, tree, ()).get("test/index.test.js")


def test_nothing_found_relates_to_nothing() -> None:
    assert related({}, files("a.py"), [["a.py"]]) == {}
