"""Fit a repository into a number of tokens, manifest included, and say what gave way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repoctx.errors import RefusedError, UsageError
from repoctx.packer.counts import Counts
from repoctx.packer.examine import budget_line
from repoctx.packer.manifest import Document, is_listed, line_of, manifest, summary, sums_by_folder
from repoctx.packer.outlines import Outliner, may_have_outline
from repoctx.packer.render import Format, Line
from repoctx.packer.select import Candidate, Level, names_fit, select, value_at

_SUMS_SHARE = 0.1  # of the budget: what lines that sum up folders may take
_DEEPEST_SUM = 3  # folders
_REFILLS = 3
_TOP_UPS = 20  # files
_OMITTED_WEIGHT = 0.01  # a line that says why something is missing, against source's 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """Documents at levels that fit, and the manifest that says so."""

    documents: list[Document]
    manifest: str
    tokens: int
    """Of the whole pack."""


def unbounded(
    documents: Sequence[Document], asked: Sequence[Line], format: Format, counts: Counts
) -> Fitted:
    """Return the documents as they are, with their manifest.

    ``asked`` are the lines that sum up folders left out on request.
    """
    return _measured(list(documents), asked, [], format, counts)


def fit(
    documents: Sequence[Document],
    asked: Sequence[Line],
    budget: int,
    format: Format,
    outliner: Outliner,
    counts: Counts,
) -> Fitted:
    """Return the documents at levels whose pack has at most ``budget`` tokens.

    ``documents`` are at their highest levels, or at those that were asked for, and have worths.
    Raises RefusedError when what was asked for does not fit, UsageError when not even a manifest
    that sums everything up does.
    """
    free = [document for document in documents if not document.asked]
    candidates = _candidates(free, format, counts)
    frame = sum(counts.count_many((format.opening, _largest_frame(documents, budget, format))))
    room = budget - frame - _asked_tokens(documents, asked, format, counts, budget - frame)
    all_named = names_fit(candidates, room)
    depth, reserve = (0, 0) if all_named else _depth(free, format, counts, room)

    def measured(levels: Mapping[str, Level]) -> Fitted:
        chosen = [d if d.asked else at_level(d, levels[d.path], outliner) for d in documents]
        return _measured(chosen, asked, _sums(chosen, depth), format, counts)

    def fitted(room: int) -> tuple[dict[str, Level], Fitted]:
        levels = select(candidates, room, outliner.costs, all_named=all_named)
        return levels, measured(levels)

    levels, best = fitted(room - reserve)
    if best.tokens > budget:
        raise UsageError(
            f"a budget of {budget} tokens cannot hold even the pack's manifest",
            f"allow at least {budget - room + reserve} tokens",
        )
    last, spare = best, 0
    for _ in range(_REFILLS if reserve else 0):  # with what the sums did not need
        spare += budget - last.tokens  # less where the sums then needed more
        other, last = fitted(room - reserve + spare)
        if best.tokens < last.tokens <= budget:
            levels, best = other, last
    return _topped_up(best, levels, candidates, outliner, budget, measured)


def _topped_up(
    best: Fitted,
    levels: Mapping[str, Level],
    candidates: Sequence[Candidate],
    outliner: Outliner,
    budget: int,
    measured: Callable[[Mapping[str, Level]], Fitted],
) -> Fitted:
    """Raise files, one by one, with what the manifest's own numbers did not need."""
    for _ in range(_TOP_UPS):
        steps = _steps_up(candidates, levels, outliner, budget - best.tokens)
        _, path, level = max(steps, default=(0.0, "", None))
        if level is None:
            break
        levels = {**levels, path: level}
        last = measured(levels)
        if last.tokens > budget:
            break
        best = last
    return best


def _steps_up(
    candidates: Sequence[Candidate], levels: Mapping[str, Level], outliner: Outliner, left: int
) -> Iterator[tuple[float, str, Level]]:
    """Yield what still fits: value per token, path, level; only outlines that are made."""
    for candidate in candidates:
        outline = outliner.known(candidate.path)
        made = outline.tokens + outline.line if outline else None
        full, line = candidate.full, candidate.line
        costs = {Level.OMITTED: 0, Level.NAME: line, Level.OUTLINE: made, Level.FULL: full}
        now = levels[candidate.path]
        has, start = costs[now] or 0, value_at(candidate, now)
        for level, cost in costs.items():
            gain = value_at(candidate, level) - start
            if cost is not None and gain > 0 and cost - has <= left:
                yield gain / max(cost - has, 1), candidate.path, level


def _measured(
    documents: list[Document],
    asked: Sequence[Line],
    sums: Sequence[Line],
    format: Format,
    counts: Counts,
) -> Fitted:
    text = manifest(format, documents, [*asked, *sums])
    opening, closing = counts.count_many((format.opening, text))
    return Fitted(documents, text, opening + sum(d.tokens for d in documents) + closing)


def _asked_tokens(
    documents: Sequence[Document],
    asked: Sequence[Line],
    format: Format,
    counts: Counts,
    room: int,
) -> int:
    """Return the tokens of what was asked for; RefusedError when they are more than the room."""
    pinned = [document for document in documents if document.asked]
    lines = [*asked, *(line_of(document) for document in pinned if is_listed(document))]
    tokens = sum(document.tokens for document in pinned) + sum(
        counts.count_many([format.line(line) for line in lines])
    )
    if pinned and tokens > room:
        full = sum(document.level is Level.FULL for document in pinned)
        raise RefusedError(
            f"the levels asked for {len(pinned):,} files ({full:,} in full) take {tokens:,} tokens,"
            f" more than the {max(room, 0):,} that the budget leaves",
            "allow more tokens, or ask for less",
        )
    return tokens


def _candidates(documents: Sequence[Document], format: Format, counts: Counts) -> list[Candidate]:
    left_out = [document for document in documents if document.facts is None]
    lines = counts.count_many([format.line(line_of(document)) for document in left_out])
    line_tokens = {d.path: tokens for d, tokens in zip(left_out, lines, strict=True)}
    line_tokens |= {d.path: d.facts.line for d in documents if d.facts is not None}
    return [
        Candidate(
            document.path,
            document.worth.weight if document.worth else _OMITTED_WEIGHT,
            _most_tokens(document),
            line_tokens[document.path],
            document.level is Level.FULL and may_have_outline(document.file),
        )
        for document in documents
    ]


def _most_tokens(document: Document) -> int | None:
    """What the document takes at its highest level; the head of data has its manifest line too."""
    if not document.shown:
        return None
    facts = document.facts
    return document.tokens + (facts.line if facts and facts.is_view else 0)


def _largest_frame(documents: Sequence[Document], budget: int, format: Format) -> str:
    """The manifest without entries, with numbers at least as long as any choice will give."""
    opening = format.manifest_opening(
        summary(
            dict.fromkeys(Level, sum(document.files for document in documents)),
            max(budget, 0),
            sum(document.facts.redacted for document in documents if document.facts),
        )
    )
    return format.closing + opening + format.manifest_closing


def _depth(
    documents: Sequence[Document], format: Format, counts: Counts, room: int
) -> tuple[int, int]:
    """Return how deep folders are told apart, and the tokens that their lines take at most."""
    tokens = 0
    for depth in range(_DEEPEST_SUM, -1, -1):
        lines = sums_by_folder(_sizes(documents), depth)
        tokens = counts.count("".join(map(format.line, lines)))
        if tokens <= room * _SUMS_SHARE:
            return depth, tokens
    return 0, tokens


def _sums(documents: Sequence[Document], depth: int) -> list[Line]:
    out = [d for d in documents if d.level is Level.OMITTED and not d.listed and not d.asked]
    return sums_by_folder(_sizes(out), depth)


def _sizes(documents: Sequence[Document]) -> list[tuple[str, int | None]]:
    sizes = ((d.path, d.facts.tokens if d.facts else None, d.files) for d in documents)
    return [(path, tokens) for path, tokens, files in sizes for _ in range(files)]


def at_level(document: Document, level: Level, outliner: Outliner) -> Document:
    """Return the document at a level not above its own; an outline's cost has been asked for."""
    if level is Level.FULL:
        return document
    if level is Level.OMITTED:
        return replace(document, level=level, reason="budget", tokens=0, bytes=0, listed=False)
    if document.facts is None or not document.shown:
        return document  # what has no text keeps its own reason
    line = budget_line(document.path, level, document.facts.kind, document.facts.tokens)
    if level is Level.NAME:
        return replace(document, level=level, reason=line.reason, tokens=0, bytes=0)
    outline = outliner.known(document.path)
    assert outline is not None  # only a file with an outline gets the level
    return replace(
        document, level=level, reason=line.reason, tokens=outline.tokens, bytes=outline.bytes
    )
