"""Several roots read as one: each keeps its rules, its git and its imports; paths are prefixed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.errors import RepoctxError, UsageError
from repoctx.files import blob_id
from repoctx.packer.graph import ImportGraph, import_graph, link, scan_imports
from repoctx.packer.index import Index
from repoctx.packer.joined import walk_roots
from repoctx.packer.kinds import kind_of
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.rank import relevance
from repoctx.packer.snapshot import Omission, Part, Snapshot, SourceFile
from repoctx.packer.walk import walk
from repoctx.roots import roots_of

Make = Callable[..., Path]

PYTHON = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "from shop import tax\nimport util\n",
    "src/shop/tax.py": "RATE = 2\n",
    "util.py": "import os\n",
    "tests/test_cart.py": "from shop.cart import add\n",
}
GO = {
    "go.mod": "module example.org/api\n",
    "main.go": 'package main\n\nimport "example.org/api/store"\n',
    "store/store.go": "package store\n",
    "util.py": "from shop import cart\n",
}
TYPESCRIPT = {
    "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["lib/*"]}}}',
    "app.ts": 'import { a } from "@/a"\nimport b from "./lib/b"\n',
    "lib/a.ts": "export const a = 1\n",
    "lib/b.ts": "export default 2\n",
}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def joined(*tops: Path, rev: str | None = None) -> Snapshot:
    return walk_roots(roots_of(tops), rev=rev)


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {file.path: content for file, content in snapshot.read_all(snapshot.files)}


def needs(graph: ImportGraph, prefix: str = "") -> set[tuple[str, str, bool]]:
    """The edges within one root, with the root's own paths, and whether each is lazy."""
    size = len(prefix)
    return {
        (graph.paths[a][size:], graph.paths[b][size:], (a, b) in graph.lazy)
        for a, b in graph.edges
        if graph.paths[a].startswith(prefix) and graph.paths[b].startswith(prefix)
    }


def test_files_of_all_roots_are_read_under_their_prefixes(repository: Make, tmp_path: Path) -> None:
    api = repository({"a.py": "one", "d/b.py": "two"}, name="api")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/a.py").write_text("three")

    snapshot = joined(tmp_path / "plain", api)

    expected = {"api/a.py": b"one", "api/d/b.py": b"two", "plain/a.py": b"three"}
    assert contents(snapshot) == expected
    assert [snapshot.read(file) for file in snapshot.files] == list(expected.values())


def test_one_root_alone_is_read_as_ever(repository: Make) -> None:
    root = repository({"a.py": "import b\n", "b.py": ""})
    snapshot = joined(root, root / ".")
    assert (snapshot.root, snapshot.files) == (root, walk(root).files)
    assert snapshot.parts == ()


def test_each_root_keeps_its_own_ignore_files(repository: Make) -> None:
    api = repository({".repoctxignore": "*.log\n", "a.log": "", "a.py": ""}, name="api")
    web = repository({".gitignore": "*.tmp\n", "b.log": ""}, name="web")
    (web / "c.tmp").write_text("")

    snapshot = joined(api, web)

    assert [file.path for file in snapshot.files] == [
        "api/.repoctxignore",
        "api/a.py",
        "web/.gitignore",
        "web/b.log",
    ]
    assert snapshot.omitted == (Omission("api/a.log", "excluded by .repoctxignore"),)


@pytest.mark.parametrize("other", [GO, TYPESCRIPT], ids=["go", "typescript"])
def test_imports_within_a_root_are_those_of_the_root_alone(
    repository: Make, other: dict[str, str]
) -> None:
    first, second = repository(PYTHON, name="first"), repository(other, name="second")

    graph = import_graph(joined(first, second))

    assert needs(graph, "first/") == needs(import_graph(walk(first)))
    assert needs(graph, "second/") == needs(import_graph(walk(second)))
    assert len(needs(graph, "second/")) >= 1


def test_an_import_that_means_nothing_at_home_is_found_in_another_root(repository: Make) -> None:
    shop, go = repository(PYTHON, name="shop"), repository(GO, name="api")
    user = {"go.mod": "module example.org/web\n", "web.go": 'package w\n\nimport "example.org/api/store"\n'}  # fmt: skip
    web = repository(user, name="web")

    graph = import_graph(joined(shop, go, web))

    between = {
        (graph.paths[a], graph.paths[b])
        for a, b in graph.edges
        if graph.paths[a].split("/")[0] != graph.paths[b].split("/")[0]
    }
    assert between == {
        ("api/util.py", "shop/src/shop/cart.py"),
        ("web/web.go", "api/store/store.go"),
    }


NAMES = st.sampled_from(["a", "b", "a/__init__", "a/b", "src/a", "src/a/__init__", "lib/b/a"])
IMPORTS = st.sampled_from(
    ["import a", "import b", "from a import b", "import a.b", "from . import b", "from .a import x"]
)
TREES = st.dictionaries(NAMES, st.lists(IMPORTS, max_size=3), min_size=1)


@given(TREES, TREES)
def test_law_another_root_changes_no_edge_within_a_root(
    one: dict[str, list[str]], two: dict[str, list[str]]
) -> None:
    alone = [_snapshot(one), _snapshot(two)]
    parts = [Part("one/", alone[0][0]), Part("two/", alone[1][0])]
    files = [replace(f, path=p.prefix + f.path) for p in parts for f in p.snapshot.files]
    facts = {p.prefix + k: v for p, (_, own) in zip(parts, alone, strict=True) for k, v in own.items()}  # fmt: skip

    graph = link(Snapshot(Path("/"), tuple(files), parts=tuple(parts)), facts)

    for part, (snapshot, own) in zip(parts, alone, strict=True):
        assert needs(graph, part.prefix) == needs(link(snapshot, own))


def _snapshot(tree: Mapping[str, list[str]]) -> tuple[Snapshot, dict[str, bytes]]:
    texts = {f"{name}.py": "\n".join(lines).encode() for name, lines in sorted(tree.items())}
    files = [SourceFile(p, blob_id(t), len(t), 0o100644, kind_of(p)) for p, t in texts.items()]
    facts = {path: scan_imports(path, text) for path, text in texts.items()}
    return Snapshot(Path("/"), tuple(files)), facts


def test_the_same_roots_give_the_same_bytes_in_any_order(repository: Make, index: Index) -> None:
    shop, api = repository(PYTHON, name="shop"), repository(GO, name="api")

    def text(*tops: Path) -> str:
        return "".join(build_pack(joined(*tops), index, PackOptions()).chunks())

    assert text(shop, api) == text(api, shop)
    assert "<source>shop/src/shop/tax.py</source>" in text(api, shop)


def test_each_roots_history_speaks_for_its_own_files(repository: Make, index: Index) -> None:
    api, web = (repository({"a.py": "x", "b.py": "y"}, name=name) for name in ("api", "web"))
    (api / "a.py").write_text("changed")
    git(api, "commit", "-qam", "Make the turbines spin")

    scores = relevance(joined(api, web), index, "turbines")

    assert max(scores, key=lambda path: scores[path]) == "api/a.py"
    assert not any(path.startswith("web/") for path in scores)


def test_two_checkouts_of_one_repository_may_be_compared(repository: Make, tmp_path: Path) -> None:
    root = repository({"a.py": "old"}, name="main")
    git(root, "worktree", "add", "-q", str(tmp_path / "side"))
    (tmp_path / "side/a.py").write_text("new")

    snapshot = joined(root, tmp_path / "side")

    assert contents(snapshot) == {"main/a.py": b"old", "side/a.py": b"new"}


def test_a_revision_is_read_in_every_root(repository: Make, tmp_path: Path) -> None:
    api, web = repository({"a.py": "one"}, name="api"), repository({"b.py": "two"}, name="web")
    for root in (api, web):
        git(root, "tag", "v1")
        for path in root.glob("*.py"):
            path.write_text("later")
    git(web, "commit", "-qam", "later")
    git(web, "sparse-checkout", "set", "--no-cone", "/nothing")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{api}", tmp_path / "shallow"], check=True)  # fmt: skip

    snapshot = joined(api, web, tmp_path / "shallow", rev="v1")

    assert contents(snapshot) == {"api/a.py": b"one", "shallow/a.py": b"one", "web/b.py": b"two"}
    snapshot.close()


def test_a_revision_that_a_root_lacks_is_an_error_that_names_the_root(
    repository: Make, tmp_path: Path
) -> None:
    api, web = repository({"a.py": "one"}, name="api"), repository({"b.py": "two"}, name="web")
    git(api, "tag", "v1")
    with pytest.raises(UsageError, match=f"^{web}: there is no revision 'v1'"):
        joined(api, web, rev="v1")
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match=f"{tmp_path}/plain is not in a git repository"):
        joined(api, tmp_path / "plain", rev="v1")


def test_a_file_that_changes_while_it_is_read_is_not_shown_as_the_old_one(
    repository: Make,
) -> None:
    api, web = repository({"a.py": "one"}, name="api"), repository({"a.py": "two"}, name="web")
    snapshot = joined(api, web)
    (web / "a.py").write_text("changed")
    with pytest.raises(RepoctxError, match="changed while it was read"):
        contents(snapshot)
