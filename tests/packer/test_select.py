"""A budget is kept, spent on what is worth most, and the choice is always the same."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer.select import Candidate, Level, names_fit, select, value_at


class Outlined:
    """Candidates whose outlines cost what the table says."""

    def __init__(self, candidates: Sequence[Candidate], costs: Mapping[str, int | None]) -> None:
        self.candidates = [*candidates]
        self.costs = {**costs}
        self.asked: set[str] = set()

    def outlines(self, paths: Sequence[str]) -> dict[str, int | None]:
        self.asked.update(paths)
        return {path: self.costs[path] for path in paths}

    def select(self, room: int) -> dict[str, Level]:
        all_named = names_fit(self.candidates, room)
        return select(self.candidates, room, self.outlines, all_named=all_named)

    def cost(self, candidate: Candidate, level: Level) -> int:
        outline, full = self.costs[candidate.path], candidate.full
        cost = {
            Level.FULL: full,
            Level.OUTLINE: outline,
            Level.NAME: candidate.line,
            Level.OMITTED: 0,
        }[level]
        assert cost is not None
        return cost

    def value(self, levels: Mapping[str, Level]) -> float:
        return sum(value_at(c, levels[c.path]) for c in self.candidates)

    def total(self, levels: Mapping[str, Level]) -> int:
        return sum(self.cost(c, levels[c.path]) for c in self.candidates)


@st.composite
def outlined(draw: st.DrawFn) -> Outlined:
    candidates = []
    costs: dict[str, int | None] = {}
    for number in range(draw(st.integers(0, 12))):
        full = draw(st.none() | st.integers(20, 3_000))
        weight = draw(st.sampled_from([0.02, 0.5, 1.0, 7.3]))
        line = draw(st.integers(8, 25))
        outline = draw(st.none() | st.integers(line + 12, 900)) if full else None
        path = f"f{number:02}"
        costs[path] = outline
        candidates.append(Candidate(path, weight, full, line, full is not None))
    return Outlined(candidates, costs)


@settings(max_examples=150, deadline=None)
@given(repository=outlined(), room=st.integers(0, 12_000))
def test_the_room_is_never_exceeded_and_every_file_has_a_level(
    repository: Outlined, room: int
) -> None:
    levels = repository.select(room)
    assert set(levels) == {c.path for c in repository.candidates}
    assert repository.total(levels) <= room


@settings(max_examples=150, deadline=None)
@given(repository=outlined(), room=st.integers(0, 12_000))
def test_nothing_that_would_still_fit_is_left_lower(repository: Outlined, room: int) -> None:
    levels = repository.select(room)
    left = room - repository.total(levels)
    for candidate in repository.candidates:
        level = levels[candidate.path]
        used = repository.cost(candidate, level)
        if level is not Level.FULL and candidate.full is not None:
            assert candidate.full - used > left
        outline = repository.costs[candidate.path]
        if level in (Level.NAME, Level.OMITTED) and outline is not None:
            assert outline - used > left
        if level is Level.OMITTED:
            assert candidate.line > left


@settings(deadline=None)
@given(repository=outlined(), room=st.integers(0, 12_000), seed=st.integers())
def test_the_order_of_the_candidates_does_not_matter(
    repository: Outlined, room: int, seed: int
) -> None:
    levels = repository.select(room)
    repository.candidates = random.Random(seed).sample(
        repository.candidates, len(repository.candidates)
    )
    assert repository.select(room) == levels


@settings(deadline=None)
@given(repository=outlined(), room=st.integers(0, 12_000))
def test_no_name_is_lost_while_names_take_less_than_half(repository: Outlined, room: int) -> None:
    levels = repository.select(room)
    if names_fit(repository.candidates, room):
        assert Level.OMITTED not in levels.values()


def test_everything_is_full_when_it_fits() -> None:
    files = [Candidate("a", 1, 100, 10, True), Candidate("b.png", 1, None, 12, False)]
    levels = Outlined(files, {"a": 30, "b.png": None}).select(112)
    assert levels == {"a": Level.FULL, "b.png": Level.NAME}


def test_the_worth_decides_what_is_full() -> None:
    files = [Candidate(name, 1, 1_000, 10, True) for name in "abc"]
    files[1] = replace(files[1], weight=9)
    levels = Outlined(files, dict.fromkeys("abc", 200)).select(1_400)
    assert levels == {"a": Level.OUTLINE, "b": Level.FULL, "c": Level.OUTLINE}


def test_an_outline_as_long_as_the_text_is_not_used() -> None:
    files = [Candidate("a", 1, 1_000, 10, True), Candidate("b", 1, 1_000, 10, True)]
    levels = Outlined(files, {"a": 1_001, "b": 990}).select(1_500)
    assert sorted(levels.values()) == [Level.FULL, Level.NAME]


def test_outlines_are_made_only_for_files_that_may_use_them() -> None:
    asked: list[str] = []

    def outlines(paths: Sequence[str]) -> dict[str, int | None]:
        asked.extend(paths)
        return dict.fromkeys(paths, 150)

    files = [Candidate(f"f{n:03}", 1, 1_000, 10, True) for n in range(300)]
    select(files, 5_500, outlines)
    assert len(asked) < 100


@settings(max_examples=150, deadline=None)
@given(repository=outlined(), room=st.integers(0, 12_000), more=st.integers(0, 2_000))
def test_more_room_never_shows_less(repository: Outlined, room: int, more: int) -> None:
    if names_fit(repository.candidates, room):
        less = repository.value(repository.select(room))
        assert repository.value(repository.select(room + more)) >= less * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(repository=outlined(), room=st.integers(1_500, 15_000), seed=st.integers())
def test_among_more_files_than_outlines_are_made_in_vain_the_laws_hold(
    repository: Outlined, room: int, seed: int
) -> None:
    chance = random.Random(seed)
    for number in range(90):
        path, full = f"g{number:02}", chance.randrange(30, 3_000)
        repository.costs[path] = chance.choice([None, chance.randrange(22, 900)])
        repository.candidates.append(Candidate(path, chance.random() + 0.01, full, 10, True))
    levels = repository.select(room)
    assert set(levels) == {c.path for c in repository.candidates}
    left = room - repository.total(levels)
    assert left >= 0
    for candidate in repository.candidates:
        level, outline = levels[candidate.path], repository.costs[candidate.path]
        used = repository.cost(candidate, level)
        if level is not Level.FULL and candidate.full is not None:
            assert candidate.full - used > left
        if level is Level.NAME and outline is not None and candidate.path in repository.asked:
            assert outline - used > left
    assert all(
        candidate.path in repository.asked
        for candidate in repository.candidates
        if levels[candidate.path] is Level.OUTLINE
    )


def test_outlines_made_in_vain_are_few() -> None:
    files = [Candidate(f"f{n:03}", 1, 1_000, 10, True) for n in range(400)]
    repository = Outlined(files, dict.fromkeys((c.path for c in files), 900))
    repository.select(4_000 + 880)
    assert len(repository.asked) <= 60 + 20
