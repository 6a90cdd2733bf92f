from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.graph import ImportGraph, import_graph, imports_kind, link, scan_imports
from repoctx.packer.index import open_index
from repoctx.packer.languages import language_of
from repoctx.packer.walk import Kind, Snapshot, SourceFile, walk

TREE = {
    "README.md": "# Shop\n",
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/cart.py": "import json\nfrom shop import tax, gone\nimport numpy\nfrom .missing import x\n",
    "shop/tax.py": "def f():\n    from shop.cart import Cart\n",
    "web/go.mod": "module example.com/web\n",
    "web/main.go": 'package main\nimport "example.com/web/page"\n',
    "web/page/page.go": "package page\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Snapshot:
    root = tmp_path / "shop"
    for path, text in TREE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return walk(root)


def needs(graph: ImportGraph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for a, b in graph.edges:
        found.setdefault(graph.paths[a], []).append(graph.paths[b])
    return found


def test_every_file_is_a_node_and_every_import_of_the_repository_an_edge(shop: Snapshot) -> None:
    graph = import_graph(shop)
    assert graph.paths == tuple(file.path for file in shop.files)
    assert needs(graph) == {
        "shop/__init__.py": ["shop/cart.py"],
        "shop/cart.py": ["shop/__init__.py", "shop/tax.py"],
        "shop/tax.py": ["shop/cart.py"],
        "web/main.go": ["web/page/page.go"],
    }


def test_imports_are_counted_by_where_they_lead(shop: Snapshot) -> None:
    graph = import_graph(shop)
    assert graph.imports == (4, 2, 1)


def test_an_edge_is_lazy_when_every_import_behind_it_is(shop: Snapshot) -> None:
    graph = import_graph(shop)
    lazy = {(graph.paths[a], graph.paths[b]) for a, b in graph.lazy}
    assert lazy == {("shop/tax.py", "shop/cart.py")}
    (shop.root / "shop/tax.py").write_text(TREE["shop/tax.py"] + "import shop.cart\n")
    assert import_graph(walk(shop.root)).lazy == frozenset()


def test_a_second_time_no_file_is_read(shop: Snapshot, tmp_path: Path) -> None:
    with open_index(tmp_path / "cache") as index:
        first = import_graph(shop, index)
    for path in TREE:
        (shop.root / path).unlink()
    with open_index(tmp_path / "cache") as index:
        assert import_graph(shop, index) == first


def test_after_an_edit_only_the_edited_file_is_read(shop: Snapshot, tmp_path: Path) -> None:
    with open_index(tmp_path / "cache") as index:
        import_graph(shop, index)
        (shop.root / "shop/tax.py").write_text("import shop.extra\n")
        (shop.root / "shop/extra.py").write_text("")
        edited = walk(shop.root)
        for path in ("shop/cart.py", "web/go.mod"):
            (shop.root / path).unlink()
        assert needs(import_graph(edited, index))["shop/tax.py"] == ["shop/extra.py"]


def test_linking_facts_gives_the_same_graph_as_reading_files(shop: Snapshot) -> None:
    facts = {
        file.path: scan_imports(file.path, content)
        for file, content in shop.read_all(shop.files)
        if imports_kind(file.path) is not None
    }
    assert link(shop, facts) == import_graph(shop)


def test_facts_that_are_missing_or_damaged_mean_no_imports(shop: Snapshot) -> None:
    facts = {"shop/cart.py": b"\xff{", "shop/tax.py": b"7", "web/go.mod": b"[", "web/main.go": b""}
    graph = link(shop, facts)
    assert graph.imports == (0, 0, 0)


def test_one_content_in_two_languages_is_read_as_each(tmp_path: Path) -> None:
    for name in ("a.py", "a.rb", "b.py", "b.rb"):
        (tmp_path / name).write_text("import b\nrequire_relative 'b'\n")
    with open_index(tmp_path / "cache") as index:
        graph = import_graph(walk(tmp_path), index)
    assert needs(graph) == {"a.py": ["b.py"], "a.rb": ["b.rb"]}


def test_a_symbolic_link_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("")
    os.symlink("import b", tmp_path / "a.py")
    assert import_graph(walk(tmp_path)).edges == ()


def test_names_that_are_not_utf8_are_linked(tmp_path: Path) -> None:
    name = b"caf\xe9"
    (tmp_path / os.fsdecode(name + b".h")).write_bytes(b"")
    (tmp_path / "a.c").write_bytes(b'#include "' + name + b'.h"\n')
    assert needs(import_graph(walk(tmp_path))) == {"a.c": [os.fsdecode(name + b".h")]}


def test_kinds_name_the_language_family_and_a_version() -> None:
    assert str(imports_kind("a/b.py")).startswith("imports:python:")
    assert imports_kind("a/b.tsx") == imports_kind("b.cjs") != imports_kind("a/b.py")
    assert imports_kind("a/package.json") == imports_kind("tsconfig.app.json")
    assert imports_kind("a/package.json") != imports_kind("a.js")
    assert imports_kind("README.md") is None
    assert imports_kind("data.json") is None


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.PY", "python"),
        ("x/.py", None),
        ("a.d.ts", "typescript"),
        ("Rakefile", "ruby"),
        ("a.h", "cpp"),
        ("py", None),
        ("a.b/c", None),
        ("a.unknown", None),
    ],
)
def test_the_name_says_the_language(path: str, language: str | None) -> None:
    assert language_of(path) == language


_PATHS = st.sampled_from(
    [
        "a.py",
        "a.js",
        "a.vue",
        "a.go",
        "a.rs",
        "a.java",
        "a.kt",
        "a.scala",
        "a.c",
        "a.rb",
        "a.php",
        "a.cs",
        "a.swift",
        "a.lua",
        "a.sql",
        "a.csproj",
        "a.podspec",
        "a.rockspec",
        "a.sh",
        "a.html",
        "a.css",
        "go.mod",
        "go.work",
        "Cargo.toml",
        "package.json",
        "tsconfig.json",
        "composer.json",
    ]
)
_PIECES = st.sampled_from(
    b"import |from |use |using |class |namespace |\\\\i |[[|--|A|mod |require(|#include |package |{|}|(|)|;|\"|'|`|/*|*/|//|#|\\|\n|.|::|"
    b'"""|\'\'\'|r#"|,|as |a|b|*|$|=|<|>|\xff|\0|['.split(b"|")
)


@given(_PATHS, st.lists(st.one_of(_PIECES, st.binary(max_size=3))).map(b"".join))
def test_no_content_makes_a_scan_fail(path: str, content: bytes) -> None:
    fact = scan_imports(path, content)
    assert scan_imports(path, content) == fact
    json.loads(fact)


@given(st.lists(st.tuples(_PATHS, st.lists(_PIECES).map(b"".join)), max_size=6))
def test_no_content_makes_linking_fail(files: list[tuple[str, bytes]]) -> None:
    contents = {f"{number}/{name}": content for number, (name, content) in enumerate(files)}
    sources = [SourceFile(path, path, 0, 0o100644, Kind.SOURCE) for path in contents]
    facts = {path: scan_imports(path, content) for path, content in contents.items()}
    graph = link(Snapshot(Path("/"), tuple(sources)), facts)
    assert all(a != b for a, b in graph.edges)
    assert sorted(set(graph.edges)) == list(graph.edges)
    assert graph.lazy <= set(graph.edges)
