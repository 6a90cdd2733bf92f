"""Large replies: thousands of edits of many files or of one, as they may come, and misfits."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.benchmarks.large.formats import (
    FORMATS,
    Place,
    places,
    search_replace,
    signed,
    source,
    text,
)

Files = dict[str, str]
Case = Callable[[int], tuple[Files, str]]
CASES: dict[str, Case] = {}
"""Files and a reply for so many edits."""


def case(build: Case) -> Case:
    """Add a case under its function's name."""
    CASES[build.__name__] = build
    return build


def _many_files(write: Callable[[Place], str], edits: int) -> tuple[Files, str]:
    files, reply = {}, ""
    for number in range(edits // 10):
        path, lines = f"src/part{number}/file.py", source(600, number)
        files[path] = text(lines)
        reply += "".join(map(write, places(path, lines, 10, 30)))
    return files, reply


def _one_file(write: Callable[[Place], str], edits: int) -> tuple[Files, str]:
    lines = source(60 * edits)
    return {"big.py": text(lines)}, "".join(map(write, places("big.py", lines, edits, 30)))


def _add_formats() -> None:
    for write in FORMATS:
        CASES[f"200 files, {write.__name__}"] = lambda n, write=write: _many_files(write, n)  # type: ignore[misc]
    for write in FORMATS:
        CASES[f"one file, {write.__name__}"] = lambda n, write=write: _one_file(write, n)  # type: ignore[misc]


_add_formats()


@case
def whole_files(n: int) -> tuple[Files, str]:
    """200 files of 25 KB, rewritten."""
    files = {f"src/file{i}.py": text(source(600, i)) for i in range(n // 10)}
    reply = "".join(f"{path}\n````\n{text(source(600, 1))}````\n\n" for path in files)
    return files, reply


@case
def one_file_in_one_envelope(n: int) -> tuple[Files, str]:
    """2,000 chunks of one section, each below the function that it is in."""
    lines = [line for i in range(n) for line in (f"def f{i}(x):", *source(50), "", "")]
    chunks = "".join(
        f"@@ def f{i}(x):\n-{lines[53 * i + 5]}\n+    changed = {i}\n" for i in range(n)
    )
    patch = f"*** Begin Patch\n*** Update File: big.py\n{chunks}*** End Patch\n"
    return {"big.py": text(lines)}, patch


@case
def one_file_by_headings(n: int) -> tuple[Files, str]:
    """Hunks that stand everywhere alike, told apart by wrong numbers and git's headings."""
    lines = [line for i in range(n) for line in (f"def f{i}(x):", *source(50), "", "")]
    hunks = "".join(
        f"@@ -{53 * i + 9},1 +{53 * i + 9},1 @@ def f{i}(x):\n-{lines[53 * i + 5]}\n+    y = {i}\n"
        for i in range(n)
    )
    return {"big.py": text(lines)}, f"```diff\n--- a/big.py\n+++ b/big.py\n{hunks}```\n"


@case
def short_old_strings_in_one_file(n: int) -> tuple[Files, str]:
    """JSON whose old strings lie inside lines."""
    lines = source(60 * n)
    calls = [
        json.dumps({"path": "big.py", "old_string": f"value_0_{i} =", "new_string": f"v{i} ="})
        for i in range(1, 60 * n, 60)
    ]
    return {"big.py": text(lines)}, "\n".join(calls) + "\n"


@case
def replace_all_in_one_file(n: int) -> tuple[Files, str]:
    """Many names of one file, each renamed everywhere."""
    lines = [f"call(name_{i % n}, name_{i * 7 % n})" for i in range(20 * n)]
    edits = [
        {"old_string": f"name_{i},", "new_string": f"other_{i},", "replace_all": True}
        for i in range(n)
    ]
    return {"big.py": text(lines)}, json.dumps({"file_path": "big.py", "edits": edits}) + "\n"


@case
def mixed_line_ends(n: int) -> tuple[Files, str]:
    """One file, half of whose lines end as on Windows."""
    files, reply = _one_file(search_replace, n)
    first, second = files["big.py"][: 10_000 * n // 2_000], files["big.py"][10_000 * n // 2_000 :]
    return {"big.py": first.replace("\n", "\r\n") + second}, reply


@case
def other_indentation_in_one_file(n: int) -> tuple[Files, str]:
    """Every SEARCH is indented by two more."""
    lines = source(60 * n)
    edits = [
        Place(p.path, p.start, [f"  {t}" for t in p.old], [f"  {t}" for t in p.new])
        for p in places("big.py", lines, n, 30)
    ]
    return {"big.py": text(lines)}, "".join(map(search_replace, edits))


@case
def a_file_all_lines_of_which_stand_thrice(n: int) -> tuple[Files, str]:
    """Only the order of lines says where an edit belongs."""
    lines = [f"line {i * step % (20 * n)}" for step in (1, 7, 11) for i in range(20 * n)]
    return {"big.py": text(lines)}, "".join(map(search_replace, places("big.py", lines, n, 10)))


@case
def new_lines_edited_again(n: int) -> tuple[Files, str]:
    """Each edit changes what the one before wrote, below a large file's last line."""
    lines = source(60 * n)
    reply = search_replace(Place("big.py", 0, lines[-2:], [*lines[-2:], "step 0"]))
    for i in range(n):
        reply += search_replace(Place("big.py", 0, [f"step {i}"], [f"step {i + 1}", f"was {i}"]))
    return {"big.py": text(lines)}, reply


@case
def nothing_is_found(n: int) -> tuple[Files, str]:
    """Every SEARCH is of another file."""
    _, reply = _one_file(search_replace, n)
    return {"big.py": text(source(60 * n, seed=1))}, reply


@case
def all_is_ambiguous(n: int) -> tuple[Files, str]:
    """Every SEARCH stands twice."""
    lines = source(30 * n)
    reply = "".join(map(search_replace, places("big.py", lines, n, 15)))
    return {"big.py": text(lines * 2)}, reply


@case
def anchors_are_missing(n: int) -> tuple[Files, str]:
    """Every anchor is of another file."""
    lines = source(60 * n)
    chunks = "".join(f"@@ def g{p.start}(x):\n{signed(p)}" for p in places("big.py", lines, n, 5))
    patch = f"*** Begin Patch\n*** Update File: big.py\n{chunks}*** End Patch\n"
    return {"big.py": text(lines)}, patch


@case
def files_are_missing(n: int) -> tuple[Files, str]:
    """2,000 edits of files that are not there, among 4,000, half of them of the same name."""
    files = {f"src/part{i}/mod.rs": "" for i in range(n)}
    files |= {f"src/module_{i}.rs": "" for i in range(n)}
    missing = (f"src/none{i}/mod.rs" if i % 2 else f"src/modula_{i}.rs" for i in range(n))
    return files, "".join(search_replace(Place(path, 0, ["a"], ["b"])) for path in missing)


@case
def chunks_of_one_class(n: int) -> tuple[Files, str]:
    """Every chunk names the class, which is most of the file, and then its method."""
    body = [f"    {line}" for line in source(20)]
    lines = ["class A:"]
    lines += [line for i in range(n) for line in (f"    def f{i}(self):", *body, "")]
    chunks = "".join(
        f"@@ class A:\n@@     def f{i}(self):\n-{body[1]}\n+        changed_{i} = 1\n"
        for i in range(n)
    )
    patch = f"*** Begin Patch\n*** Update File: big.py\n{chunks}*** End Patch\n"
    return {"big.py": text(lines)}, patch
