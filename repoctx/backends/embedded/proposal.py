"""Say a repair as a model would: an explanation and a SEARCH/REPLACE block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repoctx.backends.embedded.candidates import Candidate
from repoctx.backends.embedded.evidence import Evidence
from repoctx.backends.embedded.search import Tally
from repoctx.backends.embedded.source import split_lines

_CONTEXT = 2
"""Lines kept around the change, and more until the block is found only once."""
_MOST_RIVALS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """A repair with what the search for it was like."""

    repair: Candidate
    rivals: tuple[Candidate, ...]
    """Other candidates with which the tests pass, best first."""
    command: str
    tried: int
    seconds: float
    prefix: str = ""
    """What the paths begin with."""


def ranked(plausible: Sequence[Candidate]) -> list[Candidate]:
    """Order candidates that pass: suspicious places, likely and small edits before others.

    What only takes behaviour away comes last: it often silences the test (Qi et al., "An analysis
    of patch plausibility and correctness", ISSTA 2015).
    """
    order = {id(candidate): number for number, candidate in enumerate(plausible)}
    return sorted(plausible, key=lambda c: (c.kind.removes, -_worth(c), order[id(c)]))


def proposal(found: Found) -> str:
    """Return the reply: Markdown with exactly one edit block."""
    path, line = found.prefix + found.repair.source.path, found.repair.line
    count = len(found.rivals)
    others = f"{count} rival edit{'s' if count != 1 else ''} pass{'es' if count == 1 else ''} too"
    edit = block(found.repair, found.prefix)
    text = (
        f"I tried {found.tried} small edits in a sandbox ({found.seconds:.1f} s). With this one"
        f" `{found.command}` passes there. It {found.repair.kind.name} at `{path}:{line}`.\n\n"
        f"A passing patch may be wrong: read it. "
        f"{others if count else 'No other edit that I tried passes'}.\n\n{edit}\n"
    )
    return text + _rivals(found.rivals, found.prefix)


def no_repair(
    command: str, tally: Tally, evidence: Evidence | None, seconds: float, prefix: str = ""
) -> str:
    """Return the reply when nothing passes: what was tried, and the most suspicious lines."""
    if evidence is None:
        return (
            f"I could not search for a repair of `{command}`: in the sandbox (no network, a copy of"
            " the tracked files) no test of it fails in Python code that I may change.\n"
        )
    lines = [
        f"- `{prefix}{path}:{line}`: {_code(text)}" for path, line, text in evidence.suspects(8)
    ]
    refuted = len(tally.plausible)
    nearly = f" With {refuted} of them the tests pass, but not the command." if refuted else ""
    return (
        f"I tried {tally.tried} small edits in a sandbox ({seconds:.1f} s) and found none with"
        f" which `{command}` passes.{nearly} These lines are the most suspicious, by which tests"
        " run them:\n\n" + "\n".join(lines) + "\n"
    )


def block(candidate: Candidate, prefix: str = "") -> str:
    """Return the SEARCH/REPLACE block; its SEARCH text stands once in the file."""
    old = candidate.source.lines
    new = split_lines(candidate.source.applied(candidate.edits))
    first, last_old, last_new = _changed(old, new)
    first, after = _widened(old, first, last_old)
    extra = after - last_old
    search, replace = "".join(old[first:after]), "".join(new[first : last_new + extra])
    fence = "`" * max(3, 1 + _longest_run(search + replace))
    path = prefix + candidate.source.path
    named = f"`{path}`" if " " in path else path  # a bare name ends at a space
    return (
        f"{named}\n{fence}python\n<<<<<<< SEARCH\n{_ended(search)}=======\n"
        f"{_ended(replace)}>>>>>>> REPLACE\n{fence}\n"
    )


def changed_lines(candidate: Candidate) -> tuple[str, str]:
    """Return the changed lines before and after, stripped, for one line of text."""
    old = candidate.source.lines
    new = split_lines(candidate.source.applied(candidate.edits))
    first, last_old, last_new = _changed(old, new)
    return _joined(old[first:last_old]), _joined(new[first:last_new])


def _rivals(rivals: Sequence[Candidate], prefix: str) -> str:
    if not rivals:
        return ""
    lines = []
    for rival in rivals[:_MOST_RIVALS]:
        before, after = changed_lines(rival)
        lines.append(
            f"- `{prefix}{rival.source.path}:{rival.line}`: {_code(before)} → {_code(after)}"
        )
    more = len(rivals) - _MOST_RIVALS
    lines += [f"- and {more} more"] if more > 0 else []
    return "\nRivals, not proposed:\n\n" + "\n".join(lines) + "\n"


def _worth(candidate: Candidate) -> float:
    return candidate.score / (1 + candidate.size / 60)


def _changed(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """The first differing line, and the ends of the differing lines in both."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last_old, last_new = len(old), len(new)
    while min(last_old, last_new) > first and old[last_old - 1] == new[last_new - 1]:
        last_old, last_new = last_old - 1, last_new - 1
    return first, last_old, last_new


def _widened(old: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """Add context until the lines stand only once in the file."""
    text = "".join(old)
    before, after = max(0, first - _CONTEXT), min(len(old), last + _CONTEXT)
    while _stands_twice("".join(old[before:after]), text) and (before > 0 or after < len(old)):
        before, after = max(0, before - 1), min(len(old), after + 1)
    return before, after


def _stands_twice(part: str, text: str) -> bool:
    """Overlapping places count, which ``str.count`` does not see."""
    return text.find(part, text.find(part) + 1) >= 0


def _ended(text: str) -> str:
    return text if not text or text.endswith(("\n", "\r")) else text + "\n"


def _joined(lines: Sequence[str]) -> str:
    return " ⏎ ".join(line.strip() for line in lines) or "(nothing)"


def _code(text: str) -> str:
    fence = "`" * (1 + _longest_run(text))
    return f"{fence}{text[:160]}{fence}" if "`" not in text else f"{fence} {text[:160]} {fence}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
