"""The reading order is computed once, and again as soon as it could be another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.packer import reading as reading_module
from repoctx.packer.graph import imports_kind, link, scan_imports
from repoctx.packer.index import Index
from repoctx.packer.order import ordered_paths
from repoctx.packer.reading import Reading, reading
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]

FILES = {"app/a.py": "from app import b\n", "app/b.py": "x = 1\n", "notes.txt": "-\n"}


def read(root: Path, index: Index) -> Reading:
    snapshot = walk(root)
    contents = snapshot.read_all(file for file in snapshot.files if imports_kind(file.path))
    facts = {file.path: scan_imports(file.path, content) for file, content in contents}
    found = reading(snapshot, facts, index)
    assert list(found.order) == ordered_paths(link(snapshot, facts))
    return found


def test_the_order_is_the_same_when_it_is_remembered(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(FILES)
    first, second = (read(root, index) for _ in range(2))
    assert first == second
    assert second.order == ["notes.txt", "app/b.py", "app/a.py"]
    assert second.needed_by == {"app/b.py": 1}
    assert second.imports["resolved"] == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("app/a.py", "x = 2\n", id="an import is gone"),
        pytest.param("app/b.py", "from app import a\n", id="an import is new"),
        pytest.param("app/c.py", "", id="a file is new"),
        pytest.param("b.md", "", id="a file without imports is new"),
    ],
)
def test_the_order_follows_every_change_of_imports_and_names(
    repository: MakeRepository, index: Index, path: str, text: str
) -> None:
    root = repository(FILES)
    read(root, index)
    (root / path).write_text(text)
    read(root, index)
    (root / path).unlink()
    read(root, index)


def test_an_edit_that_changes_no_import_resolves_nothing(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository(FILES)
    code = (
        "import sys; from pathlib import Path\n"
        "from repoctx.packer.index import open_index; from repoctx.packer.walk import walk\n"
        "from repoctx.packer.graph import link; from repoctx.packer import reading\n"
        "from repoctx.packer.pack import PackOptions, build_pack\n"
        "reading.link = lambda *a: print('linked') or link(*a)\n"
        "with open_index(Path(sys.argv[2])) as index:\n"
        "    build_pack(walk(Path(sys.argv[1]), index), index, PackOptions())\n"
    )

    def run() -> str:
        command = [sys.executable, "-c", code, str(root), str(tmp_path / "cache")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run() == "linked\n"
    (root / "app/b.py").write_text("x = 2\n")
    assert run() == ""
    (root / "app/b.py").write_text("import app.a\n")
    assert run() == "linked\n"


@pytest.mark.parametrize("kept", [b"", b"{", b"null", b'{"digest":"x"}', b"\xff"])
def test_what_another_program_wrote_is_made_anew(
    repository: MakeRepository, index: Index, kept: bytes
) -> None:
    root = repository(FILES)
    index.remember(reading_module._KIND, {"latest": kept})
    assert read(root, index) == read(root, index)


def test_other_rules_make_another_order(
    repository: MakeRepository, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(FILES)
    read(root, index)
    before = index.facts(reading_module._KIND, ["latest"])
    read(root, index)
    assert index.facts(reading_module._KIND, ["latest"]) == before
    monkeypatch.setattr(reading_module, "__file__", str(root / "app/reading.py"))
    (root / "app/languages").mkdir()
    read(root, index)
    assert index.facts(reading_module._KIND, ["latest"]) != before
