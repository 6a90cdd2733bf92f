"""Measure replies against the files that they should give: correct, refused, or wrong.

    python tests/benchmarks/edits.py --cases CASES.jsonl [--json] [--failures]

A case is a JSON object: ``suite``, ``name``, ``before`` and ``after`` ({path: text}), ``patch``
(the reply), ``error`` (the tool that the case comes from refuses it) and perhaps ``path_hint`` (the
file that the tool was called for). Only the ``before`` files are written, into a temporary folder;
the planned change is made in memory. What a tool refuses half-way must be refused whole.

Tools disagree, so a difference is explained, where it can be, by the rule that makes it. The rules
are told by what was planned, never by the case's name:

 1  two or more places fit                     2  empty SEARCH on a file with content
 3  one edit fails, so nothing is written      4  the final newline stays as it was
 5  where an insertion without context goes    6  each line keeps its ending
 7  what is only similar is not the place      8  a malformed block stops the whole reply
 9  only an envelope puts one file over another 10  folders, submodules and unsafe paths
11  a placeholder would swallow code          12  a code block without a file's name is no edit
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from repoctx.patches.edits import ChangeSet
from repoctx.patches.plan import plan
from repoctx.patches.reply import Reply, parse_reply

Files = Mapping[str, str]

REFUSALS = (
    (1, re.compile(r"stands? in (\d+|too many) places")),
    (2, re.compile(r"SEARCH text is empty")),
    (9, re.compile(r"exists already")),
    (10, re.compile(r"is a folder|which is a file|submodules|symbolic link|a plain path|refused")),
    (11, re.compile(r"placeholder")),
    (8, re.compile(r"of the reply:")),
    (
        7,
        re.compile(
            r"is not in the file|not below the anchor|indented in another way|indents these lines"
        ),
    ),
)
"""The number of a rule, and how the reason of a conflict that it makes reads."""


@dataclass(frozen=True, slots=True)
class Case:
    """A reply, the files that it meets, and what another tool makes of them."""

    suite: str
    name: str
    before: Files
    after: Files | None
    patch: str
    is_refused: bool
    path_hint: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case: ``correct``, ``refused`` or ``wrong``."""

    suite: str
    name: str
    expects: str
    """``edit`` or ``refusal``."""
    outcome: str
    rule: int | None
    """The rule that explains a difference; None for none."""
    why: str


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a JSON Lines file."""
    for line in path.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        yield Case(
            suite=row["suite"],
            name=row["name"],
            before=row["before"],
            after=row["after"],
            patch=_with_names(row["patch"], row["before"], row["after"] or {}),
            is_refused=row["error"],
            path_hint=row.get("path_hint", ""),
        )


def _with_names(patch: str, before: Files, after: Files) -> str:
    """Fill the holes of cases taken from format strings: ``*** Update File: {}``."""
    old = next(iter(sorted(before)), "")
    new = next(iter(sorted(set(after) - set(before))), "")
    patch = re.sub(r"^(\*\*\* (?:Update|Delete) File: )\{\}", rf"\g<1>{old}", patch, flags=re.M)
    return re.sub(r"^(\*\*\* (?:Add File|Move to): )\{\}", rf"\g<1>{new}", patch, flags=re.M)


def judge(case: Case) -> Verdict:
    """Plan the case's reply and compare."""
    reply = parse_reply(case.patch, case.path_hint)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in case.before.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        changes = plan(Path(folder), reply)
    is_refused = bool(changes.conflicts) or not changes.files
    if reply.edits and not changes.files and case.before == case.after and not case.is_refused:
        outcome, rule, why = "correct", None, ""  # a reply that puts back what is there
    elif case.is_refused:
        outcome, rule, why = ("correct", None, "") if is_refused else ("wrong", None, "not refused")
    elif is_refused:
        rule, why = _refusal(reply, changes)
        outcome = "refused"
    else:
        outcome, rule, why = _comparison(_made(case.before, changes), case.after or {})
    expects = "refusal" if case.is_refused else "edit"
    return Verdict(case.suite, case.name, expects, outcome, rule, why)


def _made(before: Files, changes: ChangeSet) -> dict[str, str]:
    """Make the change in memory, checking that it was planned from these files."""
    files = {path: text.encode() for path, text in before.items()}
    for change in changes.files:
        source = files.pop(change.old_path or change.path, None)
        assert source == (change.before.content if change.before else None), change.path
        if change.after:
            files[change.path] = change.after.content
    return {path: content.decode("utf-8", "surrogateescape") for path, content in files.items()}


def _refusal(reply: Reply, changes: ChangeSet) -> tuple[int | None, str]:
    if not changes.conflicts:
        return (None if reply.edits else 12), "no edit was found"
    rules = {
        next((n for n, pattern in REFUSALS if pattern.search(c.reason)), None)
        for c in changes.conflicts
    }
    why = "; ".join(f"{c.path}: {c.reason}" for c in changes.conflicts)
    return (None if None in rules else min(n for n in rules if n)), why


def _comparison(made: Files, wanted: Files) -> tuple[str, int | None, str]:
    if made == wanted:
        return "correct", None, ""
    different = sorted(p for p in {*made, *wanted} if made.get(p) != wanted.get(p))
    why = "; ".join(f"{p}: {made.get(p)!r} instead of {wanted.get(p)!r}" for p in different)
    for rule, key in ((4, _without_final_newlines), (6, _with_plain_endings)):
        if _through(made, key) == _through(wanted, key):
            return "wrong", rule, why
    return "wrong", None, why


def _through(files: Files, key: Callable[[str], str]) -> dict[str, str]:
    return {path: key(text) for path, text in files.items()}


def _without_final_newlines(text: str) -> str:
    return text.rstrip("\r\n")


def _with_plain_endings(text: str) -> str:
    return _without_final_newlines(text.replace("\r\n", "\n").replace("\r", "\n"))


def summary(verdicts: list[Verdict]) -> dict[str, Any]:
    """Return the counts of each suite and of all."""
    suites: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        for suite in (verdict.suite, "all"):
            counts = suites.setdefault(suite, Counter())
            explained = f"rule {verdict.rule}" if verdict.rule else verdict.outcome
            counts[f"{verdict.expects}s"] += 1
            counts[f"{verdict.expects}: {explained}"] += 1
    return {suite: dict(sorted(counts.items())) for suite, counts in sorted(suites.items())}


def main() -> int:
    """Run the cases and report; exit status 1 when an edit stands in a wrong place."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--failures", action="store_true", help="tell each difference")
    options = parser.parse_args()
    start = time.perf_counter()
    verdicts = [judge(case) for case in read_cases(options.cases)]
    seconds = time.perf_counter() - start
    differences = [verdict for verdict in verdicts if verdict.outcome != "correct"]
    report: dict[str, Any] = {"suites": summary(verdicts), "seconds": round(seconds, 2)}
    if options.failures:
        report["differences"] = [asdict(verdict) for verdict in differences]
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if options.json else _text(report))
    return int(any(v.outcome == "wrong" and v.rule is None for v in verdicts))


def _text(report: dict[str, Any]) -> str:
    rows = [f"{'suite':36}{'edits':>7}{'correct':>9}{'refusals':>10}{'correct':>9}  differences"]
    for suite, counts in report["suites"].items():
        other = {k: n for k, n in counts.items() if ": " in k and not k.endswith(": correct")}
        rows.append(
            f"{suite:36}{counts.get('edits', 0):7}{counts.get('edit: correct', 0):9}"
            f"{counts.get('refusals', 0):10}{counts.get('refusal: correct', 0):9}  "
            + ", ".join(f"{k} {n}" for k, n in other.items())
        )
    for difference in report.get("differences", ()):
        rule = f"rule {difference['rule']}" if difference["rule"] else "UNEXPLAINED"
        rows.append(
            f"{difference['outcome']:8} {rule:12} {difference['suite']}: {difference['name']}"
        )
        rows.append(f"    {difference['why'][:300]}")
    return "\n".join([*rows, f"{report['seconds']} s", ""])


if __name__ == "__main__":
    sys.exit(main())
