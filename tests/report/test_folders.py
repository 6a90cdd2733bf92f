"""The import graph is summed up by folder, opened where it hides most, and loses no import."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer.graph import ImportGraph
from repoctx.packer.kinds import Kind
from repoctx.report.folders import MOST, imports_by_folder


def graph_of(needs: dict[str, list[str]]) -> ImportGraph:
    paths = sorted({*needs, *(path for targets in needs.values() for path in targets)})
    number = {path: place for place, path in enumerate(paths)}
    edges = sorted((number[a], number[b]) for a, targets in needs.items() for b in targets)
    return ImportGraph(tuple(paths), tuple(edges))


def summed(
    needs: dict[str, list[str]], kinds: dict[str, Kind] | None = None
) -> dict[tuple[str, str], int]:
    parts, pairs = imports_by_folder(graph_of(needs), kinds or {})
    return {(parts[a].path, parts[b].path): count for (a, b), count in pairs.items()}


def test_a_small_repository_is_opened_down_to_its_files() -> None:
    assert summed({"app/a.py": ["app/b.py", "lib/c.py"], "app/b.py": ["lib/c.py"]}) == {
        ("app/a.py", "app/b.py"): 1,
        ("app/a.py", "lib/"): 1,
        ("app/b.py", "lib/"): 1,
    }


def test_a_wide_folder_stays_closed() -> None:
    wide = {f"app/{n}.py": [f"app/{n + 1}.py", "lib/c.py"] for n in range(MOST)}
    assert summed(wide) == {("app/", "lib/"): MOST}


def test_files_beside_folders_are_a_part_of_their_own() -> None:
    own = {f"app/{n}.py": ["app/x/a.py", f"app/{n + 1}.py"] for n in range(MOST)}
    assert summed(own) == {("app/*", "app/x/"): MOST}


def test_vendored_code_is_opened_last() -> None:
    def among(folder: str) -> dict[str, list[str]]:
        return {f"{folder}/{n}.go": [f"{folder}/{n + 1}.go"] for n in range(22)}

    needs = {**among("vendor/v"), **among("app/a"), "app/a/0.go": ["vendor/v/0.go"]}
    kinds = {path: Kind.VENDORED for path in needs if path.startswith("vendor")}
    kinds["vendor/v/22.go"] = Kind.VENDORED
    parts, _ = imports_by_folder(graph_of(needs), kinds)
    assert "vendor/" in {part.path for part in parts}
    assert "app/a/3.go" in {part.path for part in parts}


def test_without_imports_there_is_nothing_to_draw() -> None:
    assert imports_by_folder(ImportGraph(("a.py", "b.py"), ()), {}) == ((), {})


names = st.sampled_from("abcd")
files = st.lists(names, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + ".py")


@given(st.dictionaries(files, st.lists(files, max_size=6), max_size=60))
@settings(deadline=None)
def test_every_importing_file_is_in_one_part_and_every_import_between_parts_is_counted(
    needs: dict[str, list[str]],
) -> None:
    needs = {a: sorted(set(targets) - {a}) for a, targets in needs.items()}
    graph = graph_of(needs)
    parts, pairs = imports_by_folder(graph, {})
    placed = [file for part in parts for file in part.files]
    assert len(parts) <= MOST
    assert sorted(placed) == sorted({file for edge in graph.edges for file in edge})
    home = {file: number for number, part in enumerate(parts) for file in part.files}
    assert sum(pairs.values()) == sum(home[a] != home[b] for a, b in graph.edges)
