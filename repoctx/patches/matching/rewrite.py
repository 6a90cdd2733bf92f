"""The lines that stand at a place after an edit: the file's own where SEARCH and REPLACE agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from repoctx.linediff import changed_blocks
from repoctx.patches.matching.indent import Shift, shifts_between
from repoctx.patches.matching.lines import Lines, Splice
from repoctx.patches.matching.misfit import MisfitError, swallowed
from repoctx.patches.matching.placeholders import placeholder_line

_AROUND = 40
"""Lines on either side that tell how deep the file indents."""
_COMPARISONS = 300
"""For each line of an edit, to find those that stay among lines that occur many times."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some SEARCH lines and what they become."""

    search: Sequence[str]
    replace: Sequence[str]
    final_newline: bool | None = None
    kept: Sequence[int | None] = ()
    """For each REPLACE line the SEARCH line that it is, where the edit says so; else empty."""
    search_ends: Sequence[str] = ()
    replace_ends: Sequence[str] = ()
    """Line endings, where the edit means them: in a diff that git made."""
    is_checked: bool = False
    """True when the text is known to come from a tool."""
    above: tuple[int, int] | None = None
    """Lines that it follows, inside the block that they leave open for it."""


def rewrite(
    lines: Lines, block: Block, place: int, shifts: Sequence[Shift], *, exact: bool
) -> Splice:
    """Return the splice that puts REPLACE at the place.

    ``shifts`` are the ways in which its indentation may follow the file's; MisfitError when they
    differ. ``exact`` says that the SEARCH lines are the file's.
    """
    if not block.is_checked:
        refuse_placeholder(lines, block.replace, removes=_removes(block))
    stop = place + len(block.search)
    if block.search_ends and _ends_agree(lines, place, block.search_ends):
        return Splice(
            place, stop, block.replace, ends=block.replace_ends, final_newline=block.final_newline
        )
    if exact and not lines.mixed:
        return Splice(place, stop, block.replace, final_newline=block.final_newline)
    kept = block.kept or shared_lines(block.search, block.replace)
    texts = _shifted(block.replace, kept, shifts)
    if shifts:
        _refuse_foreign_indentation(lines, texts, kept)
    theirs = _moving(block.search, lines.texts[place:stop], kept)
    for new, source in enumerate(kept):
        if source is not None:
            texts[new] = lines.texts[place + source]
        elif block.replace[new] in theirs:
            texts[new] = theirs[block.replace[new]]  # it only moved
    return Splice(place, stop, texts, kept, final_newline=block.final_newline)


def shifts_at(lines: Lines, block: Block, place: int) -> list[Shift]:
    """Return how REPLACE may be re-indented to follow the file's lines at the place."""
    theirs = lines.texts[place : place + len(block.search)]
    around = lines.texts[max(0, place - _AROUND) : place + len(block.search) + _AROUND]
    return shifts_between(block.search, theirs, block.replace, around)


def refuse_placeholder(lines: Lines, texts: Sequence[str], *, removes: bool) -> None:
    """Raise MisfitError when a line that is new to the file is a placeholder for code."""
    new = [text for text in texts if text not in lines]
    if line := placeholder_line(new, removes=removes):
        raise swallowed(line)


def shared_lines(search: Sequence[str], replace: Sequence[str]) -> list[int | None]:
    """Return, for each REPLACE line, the SEARCH line that it repeats, or None."""
    kept: list[int | None] = [None] * len(replace)
    old = new = 0
    budget = _COMPARISONS * (len(search) + len(replace))
    for block in changed_blocks(_bytes(search), _bytes(replace), budget):
        kept[new : block.new_start] = range(old, block.old_start)
        old, new = block.old_end, block.new_end
    kept[new:] = range(old, len(search))
    return kept


def _bytes(texts: Sequence[str]) -> list[bytes]:
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def _ends_agree(lines: Lines, place: int, theirs: Sequence[str]) -> bool:
    """True when all line endings are the same; a missing last one would be its neighbour's."""
    ours = lines.ends[place : place + len(theirs)]
    return all((a or lines.usual_end(place)) == b for a, b in zip(ours, theirs, strict=True))


def _removes(block: Block) -> bool:
    return bool(Counter(block.search) - Counter(block.replace))


def _moving(
    search: Sequence[str], theirs: Sequence[str], kept: Sequence[int | None]
) -> dict[str, str]:
    """Return what each SEARCH line that goes is in the file, where that is one line."""
    found: dict[str, set[str]] = {}
    for i in set(range(len(search))).difference(kept):
        found.setdefault(search[i], set()).add(theirs[i])
    return {x: texts.pop() for x, texts in found.items() if x.strip() and len(texts) == 1}


def _refuse_foreign_indentation(
    lines: Lines, texts: Sequence[str], kept: Sequence[int | None]
) -> None:
    """Raise MisfitError when new lines still begin with tabs in a file of spaces, or vice versa.

    What the shift did not reach, nothing says how to translate.
    """
    new = {text[:1] for text, source in zip(texts, kept, strict=True) if source is None}
    if not new & {" ", "\t"}:
        return
    own = frozenset[str]().union(*lines.facts(_signs_of_indentation))
    if own and not new & {" ", "\t"} <= own:
        raise _cannot_follow()


def _signs_of_indentation(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(text[:1] for text in texts) & {" ", "\t"}


def _cannot_follow() -> MisfitError:
    return MisfitError(
        "the file indents these lines differently, and the new ones cannot follow",
        "indent SEARCH and REPLACE exactly as the file does",
    )


def _shifted(
    texts: Sequence[str], kept: Sequence[int | None], shifts: Sequence[Shift]
) -> list[str]:
    """Re-indent the lines that are new; every possible shift must give the same lines."""
    if not shifts:
        return list(texts)
    results = []
    for shift in shifts:
        moved = [
            shift.apply(text) if source is None else text
            for text, source in zip(texts, kept, strict=True)
        ]
        results.append([text for text in moved if text is not None])
    if any(len(result) != len(texts) or result != results[0] for result in results):
        raise _cannot_follow()
    return results[0]
