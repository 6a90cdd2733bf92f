"""Search: the right place comes first, with a citation that is exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.packer.index import Index, open_index
from repoctx.packer.rank import Hit, relevance, search
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]

CLIENT = (
    "import socket\n\n\n"
    + "".join(f"LIMIT_{n} = {n}\n" for n in range(100))
    + """

class Client:
    def connect(self, host):
        return socket.create_connection(host)

    def close_idle(self, seconds):
        # A connection that nobody used is closed after some seconds.
        for connection in self.pool:
            connection.close()
"""
)


def asked(root: Path, cache: Path, question: str, limit: int = 10) -> list[Hit]:
    with open_index(cache) as index:
        return search(walk(root), index, question, limit)


def test_a_hit_cites_the_best_line_and_quotes_around_it(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"client.py": CLIENT, "README.md": "# Client\n\nA client.\n"})
    hit = asked(root, tmp_path / "cache", "when are unused connections closed?")[0]
    lines = CLIENT.split("\n")
    assert (hit.path, hit.symbol) == ("client.py", "Client.close_idle")
    assert "is closed after" in lines[hit.line - 1]
    assert hit.line in dict(hit.lines)
    assert len(hit.lines) <= 5
    assert all(lines[number - 1] == text for number, text in hit.lines)


def test_asking_for_a_name_cites_its_definition(repository: MakeRepository, tmp_path: Path) -> None:
    uses = "def test(c):\n    close_idle(c)\n    close_idle(c)\n    close_idle(c)\n"
    root = repository({"client.py": CLIENT, "test_client.py": uses})
    hit = asked(root, tmp_path / "cache", "close_idle")[0]
    assert (hit.path, hit.line) == (
        "client.py",
        CLIENT.split("\n").index("    def close_idle(self, seconds):") + 1,
    )


def test_lines_are_counted_as_git_does(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({"a.txt": "one\r\ntwo\x0c\x0bstill two\u2028two\r\nwalrus\r\n"})
    hit = asked(root, tmp_path / "cache", "walrus")[0]
    assert (hit.line, hit.lines) == (3, ((3, "walrus"),))


def test_a_binary_file_is_found_by_its_path(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository({"img/walrus.png": b"\x89PNG\0\0", "a.py": "pass\n"})
    hits = asked(root, tmp_path / "cache", "walrus")
    assert [(hit.path, hit.line, hit.lines) for hit in hits] == [("img/walrus.png", 1, ())]


def test_source_comes_before_an_equal_vendored_copy(
    repository: MakeRepository, tmp_path: Path
) -> None:
    text = "def walrus(): ...\n"
    root = repository({"node_modules/lib.py": text, "packages_one/lib.py": text})
    hits = asked(root, tmp_path / "cache", "walrus")
    assert [hit.path for hit in hits] == ["packages_one/lib.py", "node_modules/lib.py"]


def test_the_limit_bounds_the_hits_and_scores_descend(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({f"{n}.py": "walrus\n" * n for n in range(1, 30)})
    hits = asked(root, tmp_path / "cache", "walrus", limit=7)
    assert len(hits) == 7
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.score > 0 for hit in hits)


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_a_question_without_words_is_refused(
    repository: MakeRepository, tmp_path: Path, question: str
) -> None:
    root = repository({"a.py": "pass\n"})
    with pytest.raises(UsageError):
        asked(root, tmp_path / "cache", question)
    with open_index(tmp_path / "cache") as index:
        assert relevance(walk(root), index, question) == {}


def test_search_works_outside_git_and_on_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert asked(folder, tmp_path / "cache", "walrus") == []
    (folder / "a.py").write_text("walrus\n")
    assert [hit.path for hit in asked(folder, tmp_path / "cache", "walrus")] == ["a.py"]


def test_the_same_question_twice_has_the_same_answer(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"client.py": CLIENT, "b.py": "connection\n", "c.py": "connection\n"})
    first = asked(root, tmp_path / "cache", "connection pool")
    assert asked(root, tmp_path / "cache", "connection pool") == first
    assert asked(root, tmp_path / "other", "connection pool") == first


def test_a_cache_that_cannot_be_written_costs_time_not_the_answer(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"a.py": "walrus\n"})
    file = tmp_path / "read-only.sqlite"
    sqlite3.connect(file).close()
    locked = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)
    hits = search(walk(root), Index(locked, None), "walrus")
    assert [hit.path for hit in hits] == ["a.py"]


def test_a_file_that_changed_since_the_walk_is_still_named(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository({"a.py": "walrus\n"})
    with open_index(tmp_path / "cache") as index:
        snapshot = walk(root)
        assert search(snapshot, index, "walrus")[0].lines
        (root / "a.py").write_text("another text\n")
        hit = search(snapshot, index, "walrus")[0]
    assert (hit.path, hit.line, hit.lines) == ("a.py", 1, ())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(alphabet=" \n\r\t.,:{}()\x0b\x0c\x85\u2028walrusW_é文", max_size=400))
def test_every_quoted_line_is_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    (folder / "a.py").write_bytes(f"{text}\nwalrus".encode())
    lines = f"{text}\nwalrus".split("\n")
    with open_index(folder / ".git-no" / "cache") as index:
        for hit in search(walk(folder), index, "walrus 文"):
            if hit.path == "a.py":
                assert all(lines[n - 1].rstrip("\r") == line for n, line in hit.lines)
                assert hit.line in dict(hit.lines)
