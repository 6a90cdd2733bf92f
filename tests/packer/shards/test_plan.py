"""Dealing files out to shards: complete, within the room, together with what they need, stable."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer.shards.plan import Shard, Sizes, plan_shards

ROOM, MOST = 100, 120

Edges = list[tuple[str, str]]


@st.composite
def repositories(draw: st.DrawFn) -> tuple[dict[str, int], Edges]:
    folders = draw(st.lists(st.sampled_from(["", "a/", "a/b/", "c/"]), min_size=1, max_size=30))
    paths = [f"{folder}f{number}.py" for number, folder in enumerate(folders)]
    tokens = {path: draw(st.integers(1, 150)) for path in paths}
    edge = st.tuples(st.sampled_from(paths), st.sampled_from(paths))
    edges = draw(st.lists(edge.filter(lambda e: e[0] != e[1]), max_size=40, unique=True))
    return tokens, edges


def plan(tokens: dict[str, int], edges: Edges, before: list[Shard] | None = None) -> list[Shard]:
    return plan_shards(Sizes(tokens, ROOM, MOST), lambda: edges, before or [])


def home(shards: list[Shard]) -> dict[str, int]:
    return {path: shard.number for shard in shards for path in shard.members}


@settings(deadline=None)
@given(repositories())
def test_every_file_that_fits_has_exactly_one_shard_with_room_for_it(
    repository: tuple[dict[str, int], Edges],
) -> None:
    tokens, edges = repository
    shards = plan(tokens, edges)
    members = [path for shard in shards for path in shard.members]
    assert sorted(members) == sorted(path for path, size in tokens.items() if size <= MOST)
    for shard in shards:
        assert sum(tokens[path] for path in shard.members) <= ROOM or len(shard.members) == 1
        places = [list(tokens).index(path) for path in shard.members]
        assert places == sorted(places), "in reading order"
    assert [shard.number for shard in shards] == list(range(1, len(shards) + 1))
    assert Sizes(tokens, ROOM, MOST).too_large() == [p for p, n in tokens.items() if n > MOST]


@settings(deadline=None)
@given(repositories())
def test_there_are_at_most_twice_as_many_shards_as_could_do(
    repository: tuple[dict[str, int], Edges],
) -> None:
    tokens, edges = repository
    fitting = [size for size in tokens.values() if size <= MOST]
    small = sum(size for size in fitting if size <= ROOM)
    large = sum(size > ROOM for size in fitting)
    assert len(plan(tokens, edges)) <= large + 2 * small / ROOM + 1


@settings(deadline=None)
@given(repositories(), st.randoms(use_true_random=False))
def test_the_plan_depends_on_nothing_but_files_and_imports(
    repository: tuple[dict[str, int], Edges], random: st.DataObject
) -> None:
    tokens, edges = repository
    shuffled = list(edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan(tokens, shuffled) == plan(tokens, edges)


@settings(deadline=None)
@given(repositories(), repositories())
def test_files_stay_where_they_are_whatever_else_changes(
    before: tuple[dict[str, int], Edges], after: tuple[dict[str, int], Edges]
) -> None:
    """Unless their shard has outgrown its limit, or all would be too thinly spread."""
    old = plan(*before)
    tokens, edges = after
    new = plan(tokens, edges, old)
    were, are = home(old), home(new)
    assert are.keys() == {path for path, size in tokens.items() if size <= MOST}
    if not {s.number for s in new} & {s.number for s in old}:
        return  # dealt out anew
    for shard in old:
        stayed = [path for path in shard.members if path in are]
        if sum(tokens[path] for path in stayed) <= MOST:
            assert all(are[path] == were[path] for path in stayed)


@settings(deadline=None)
@given(repositories())
def test_an_unchanged_repository_keeps_its_plan_without_asking_for_imports(
    repository: tuple[dict[str, int], Edges],
) -> None:
    tokens, edges = repository
    first = plan(tokens, edges)

    def needs() -> Edges:
        raise AssertionError("every file has its place")

    if len(first) <= 1 + 1.5 * -(-sum(n for n in tokens.values() if n <= MOST) // ROOM):
        assert plan_shards(Sizes(tokens, ROOM, MOST), needs, first) == first


def test_files_stand_with_what_they_need() -> None:
    groups = {f"{name}{n}.py": 15 for n in range(6) for name in "abc"}
    edges = [(f"{name}{n}.py", f"{name}{n - 1}.py") for n in range(1, 6) for name in "abc"]
    shards = plan(groups, edges)
    assert sorted({path[0] for path in shard.members} for shard in shards) == [
        {"a"},
        {"b"},
        {"c"},
    ]


def test_a_circle_of_imports_stays_together_across_folders() -> None:
    tokens = {f"d{n}/x.py": 30 for n in range(9)}
    edges = [("d0/x.py", "d4/x.py"), ("d4/x.py", "d8/x.py"), ("d8/x.py", "d0/x.py")]
    shards = plan(tokens, edges)
    assert {"d0/x.py", "d4/x.py", "d8/x.py"} in [set(shard.members) for shard in shards]


def test_a_file_that_everybody_needs_ties_nobody_together() -> None:
    tokens = {"errors.py": 5} | {f"p{n}/{name}.py": 8 for n in range(4) for name in "abc"}
    edges = [(path, "errors.py") for path in tokens if path != "errors.py"]
    edges += [(f"p{n}/a.py", f"p{n}/b.py") for n in range(4)]
    edges += [(f"p{n}/b.py", f"p{n}/c.py") for n in range(4)]
    where = home(plan(tokens, edges))
    assert all(len({where[f"p{n}/{name}.py"] for name in "abc"}) == 1 for n in range(4))


def test_what_is_new_joins_what_it_needs() -> None:
    tokens = {f"a/{n}.py": 25 for n in range(3)} | {f"b/{n}.py": 25 for n in range(3)}
    edges = [(f"{d}/{n}.py", f"{d}/0.py") for n in (1, 2) for d in "ab"]
    old = plan(tokens, edges)
    assert len(old) == 2
    new = plan(
        tokens | {"a/new.py": 20}, [*edges, ("a/new.py", "b/2.py"), ("a/new.py", "b/1.py")], old
    )
    assert home(new)["a/new.py"] == home(old)["b/2.py"]


def test_thinly_spread_shards_are_dealt_out_anew_under_new_numbers() -> None:
    tokens = {f"m{n}.py": 90 for n in range(10)}
    old = plan(tokens, [])
    assert len(old) == 10
    new = plan(dict.fromkeys(tokens, 9), [], old)
    assert len(new) == 1
    assert new[0].number > 10
