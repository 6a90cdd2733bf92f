"""Replies and files of nothing but the same, over and over."""

from __future__ import annotations

import json

from tests.benchmarks.large.cases import CASES, Case, Files, case
from tests.benchmarks.large.formats import Place, hunk, search_replace, text

EDITS = 2_000
LINES = 1_000_000
"""Of which noise consists for so many edits, if they are not 5 MB before."""


def _equal(line: str, size: int, n: int) -> tuple[Files, str]:
    """A file of equal lines; blocks of thousands of them."""
    block = [line] * size
    edit = search_replace(Place("big.py", 0, block, [*block, "new"]))
    return {"big.py": text([line] * (50 * n))}, edit * (n * EDITS // (size * 400))


CASES["equal lines, SEARCH of 5,000"] = lambda n: _equal("}", 5_000, n)
CASES["equal lines, SEARCH of 100"] = lambda n: _equal("}", 100, n)
CASES["blank lines, SEARCH of 5,000"] = lambda n: _equal("", 5_000, n)


@case
def equal_lines_otherwise_indented(n: int) -> tuple[Files, str]:
    """19,000 brackets, indented at random; blocks of 1,000 that fit nowhere."""
    lines = [" " * (i * i % 7) + "}" for i in range(19 * n // 2)]
    block = [" " * (i * i % 11) + "}" for i in range(1_000)]
    edit = search_replace(Place("big.py", 0, block, [*block, "new"]))
    return {"big.py": text(lines)}, edit * (n // 10)


@case
def few_equal_lines_at_numbers(n: int) -> tuple[Files, str]:
    """Hunks of three brackets, placed by their numbers among 15,000."""
    block = ["    }", "  }", "}"]
    hunks = [Place("big.py", i, block, [*block, "new"]) for i in range(0, 15 * n // 2, 75)]
    body = "".join(map(hunk, hunks))
    return {
        "big.py": text(block * (15 * n // 6))
    }, f"```diff\n--- a/big.py\n+++ b/big.py\n{body}```\n"


@case
def alternating_lines(n: int) -> tuple[Files, str]:
    """Blocks whose old and new lines share every second line, in a file of mixed line ends."""
    old = [line for i in range(120) for line in ("}", f"old {i}")]
    new = [line for i in range(120) for line in ("}", f"new {i}")]
    edits = "".join(
        search_replace(Place("big.py", 0, [f"at {i}", *old], [f"at {i}", *new]))
        for i in range(n // 2)
    )
    body = text([line for i in range(n // 2) for line in (f"at {i}", *old)])
    return {"big.py": "first\r\n" + body}, edits


@case
def elisions(n: int) -> tuple[Files, str]:
    """A SEARCH of 20,000 pieces between dots."""
    lines = [f"line {i}" for i in range(20 * n)]
    old = [text for line in lines[::2] for text in (line, "...")][:-1]
    new = [text for line in lines[::2] for text in (line + "!", "...")][:-1]
    return {"big.py": text(lines)}, search_replace(Place("big.py", 0, old, new))


@case
def one_line_of_5_mb(n: int) -> tuple[Files, str]:
    """100 old strings in one line of 5 MB, which is as long for 200."""
    line = " ".join(f"value_{i}" for i in range(400_000))
    calls = [
        json.dumps({"path": "big.js", "old_string": f" value_{i} ", "new_string": f" v{i} "})
        for i in range(1_000, 1_000 * n // 20, 1_000)
    ]
    return {"big.js": line + "\n"}, "\n".join(calls) + "\n"


@case
def one_line_searched(n: int) -> tuple[Files, str]:
    """The line of 5 MB as SEARCH and as REPLACE."""
    line = "x" * (1250 * n)
    return {"big.js": line + "y\n"}, search_replace(Place("big.js", 0, [line + "y"], [line]))


def _noise(line: str) -> Case:
    return lambda n: ({"a.py": "a\n"}, line * min(2_500 * n // len(line), LINES * n // EDITS))


NOISE = {
    "backticks": "`" * 5_000,
    "tildes and a backtick": "~" * 5_000 + "`\n",
    "less-than signs": "<" * 5_000,
    "fences": "```\n",
    "SEARCH markers": "<<<<<<< SEARCH\n",
    "dividers": "=======\n",
    "REPLACE markers": ">>>>>>> REPLACE\n",
    "@@ lines": "@@\n",
    "diff headers": "diff --git a/a.py b/a.py\n",
    "patch headers": "*** Update File: a.py\n",
    "brackets in one line": "[" * 5_000,
    "brackets in lines": "[\n",
    "braces that never close": '{"a":\n',
    "strings that never close": '{"old_string": "\\"\\"\\"\\"\\"\n',
    "blank lines": "\n",
    "names of files": "src/a.py\n",
}
CASES.update({f"noise: {name}": _noise(line) for name, line in NOISE.items()})
CASES["JSON nested deeply"] = lambda n: (
    {},
    "[" * (500 * n) + '{"path": "a", "old_string": "x", "new_string": "y"}' + "]" * (500 * n),
)
CASES["a line of escaped quotes"] = lambda n: ({}, '{"old_string": "' + '\\"' * (1250 * n))
CASES["a header line of spaces"] = lambda n: ({}, "--- a" + " " * (2500 * n) + "b\n+++ c\n")
CASES["a whole file of blank lines"] = lambda n: ({}, "a.py\n```\n" + "\n" * (500 * n) + "```\n")
CASES["a diff of blank lines and markers"] = lambda n: (
    {},
    f"```diff\ndiff --git a/x b/x\n{chr(10) * (250 * n)}@@\n{'>>>>>>> REPLACE' + chr(10)}" * 2,
)
