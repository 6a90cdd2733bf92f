"""Small trees of real files, and what the graph says that one of them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from repoctx.packer.graph import ImportGraph, import_graph
from repoctx.packer.walk import walk

Tree = Mapping[str, str | bytes]
Link = Callable[[Tree], ImportGraph]
Needs = Callable[[Tree, str], list[str]]


@pytest.fixture
def link(tmp_path: Path) -> Link:
    """Return a function that writes a tree and links its files."""

    def make(tree: Tree) -> ImportGraph:
        for path, content in tree.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_graph(walk(tmp_path))

    return make


@pytest.fixture
def needs(link: Link) -> Needs:
    """Return a function that tells which files a file of a tree needs, sorted."""

    def make(tree: Tree, path: str) -> list[str]:
        graph = link(tree)
        return [graph.paths[b] for a, b in graph.edges if graph.paths[a] == path]

    return make
