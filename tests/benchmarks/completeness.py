"""Check that a pack loses no file in silence, with and without a budget.

    python tests/benchmarks/completeness.py REPOSITORY ... [--budget N ...] [--count]

The pack's text is read back as any program would: documents, then the manifest's lines. Every path
of ``git ls-files`` must have a level, and the text must name or sum up exactly the files that the
pack reports at each level. With --count the text is also tokenized in one go.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from repoctx.packer.index import Index, open_index
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.render import unquoted
from repoctx.packer.tokens import tokenizer
from repoctx.packer.walk import walk

BUDGETS = (1_000_000, 128_000, 20_000)

_LEVELS = {"document_content": "full", "document_outline": "outline"}
_DOCUMENT = re.compile(r"<document>\n<source>(.*)</source>\n<((\w+?)(?:_\d+)?)>\n")
_LINE = re.compile(r'- ("(?:[^"\\]|\\.)*"|.*?): (?:(\d+) files )?(\w+); .*')
_SUMMARY = re.compile(r"(\d+) files: (\d+) full, (\d+) outline, (\d+) name, (\d+) omitted\.")


@dataclass(slots=True)
class Told:
    """What the text of an XML pack says."""

    levels: dict[str, str] = field(default_factory=dict)
    """Of each file that has a document or a line of its own."""
    summed: Counter[str] = field(default_factory=Counter)
    """Folder -> omitted files that its lines stand for."""
    summary: tuple[int, ...] = ()
    """Files, and those of them at each level."""

    def counts(self) -> Counter[str]:
        """Return the number of files at each level."""
        counts = Counter(self.levels.values())
        counts["omitted"] += self.summed.total()
        return counts


def read_back(text: str) -> Told:
    """Return what the text says; ValueError when it is not a pack, or names a file twice."""
    told = Told()
    position = len("<documents>\n")
    while found := _DOCUMENT.match(text, position):
        path, tag, name = found.groups()
        _note(told, unquoted(path), _LEVELS[name])
        end = f"\n</{tag}>\n</document>\n"
        position = text.index(end, found.end() - 1) + len(end)
    closing, _, rest = text[position:].partition("<manifest>\n")
    if closing != "</documents>\n" or not rest.endswith("</manifest>\n"):
        raise ValueError(f"no document and no manifest at character {position}")
    for line in rest.split("\n")[:-2]:
        if summary := _SUMMARY.match(line):
            told.summary = tuple(map(int, summary.groups()))
        elif entry := _LINE.fullmatch(line):
            path, files, level = unquoted(entry[1]), entry[2], entry[3]
            if files and path.endswith("/"):
                told.summed[path] += int(files)
            elif level != "outline" or told.levels.get(path) != level:  # that has its document
                _note(told, path, level)
    return told


def _note(told: Told, path: str, level: str) -> None:
    if path in told.levels:
        raise ValueError(f"{path} is there twice")
    told.levels[path] = level


def check(packed: Pack, tracked: set[str]) -> list[str]:
    """Return what is wrong with the pack; nothing when no file is lost."""
    text = "".join(packed.chunks())
    told = read_back(text)
    paths = {document.path for document in packed.documents}
    unlisted = [d for d in packed.documents if d.path not in told.levels]
    beneath = Counter(next((f for f in _folders(d.path) if f in told.summed), "") for d in unlisted)
    wrong = {
        "tracked files have no level": len(tracked - paths),
        "files have two levels": len(packed.documents) - len(paths),
        "files at levels that the text does not tell": len(packed.documents)
        - told.counts().total(),
        "files at another level in the text": sum(
            told.levels.get(d.path, "omitted") != d.level for d in packed.documents
        ),
        "levels whose numbers differ": sum((told.counts() - Counter(packed.levels)).values()),
        "numbers wrong in the summary": told.summary
        != (len(packed.documents), *packed.levels.values()),
        "folders whose sums differ": beneath != told.summed,
        "bytes more or less than reported": len(text.encode()) - packed.bytes,
        "tokens more than allowed": max(0, packed.tokens - (packed.budget or packed.tokens)),
    }
    return [f"{int(number)} {what}" for what, number in wrong.items() if number]


def _folders(path: str) -> list[str]:
    """Return the folders that hold the path as the manifest writes them, the innermost first."""
    parts = path.split("/")[:-1]
    return [*("/".join(parts[:n]) + "/" for n in range(len(parts), 0, -1)), "./"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--budget", type=int, nargs="*", default=list(BUDGETS))
    parser.add_argument("--count", action="store_true", help="tokenize each text in one go")
    options = parser.parse_args()
    failed = False
    for root in options.repositories:
        with tempfile.TemporaryDirectory() as cache, open_index(Path(cache)) as index:
            for budget in (None, *options.budget):
                failed |= not _report(root, index, budget, options.count)
    return int(failed)


def _report(root: Path, index: Index, budget: int | None, count: bool) -> bool:
    listing = subprocess.run(("git", "-C", root, "ls-files", "-z"), check=True, capture_output=True)
    tracked = set(os.fsdecode(listing.stdout).split("\0")) - {""}
    started = time.process_time()
    packed = build_pack(walk(root, index), index, PackOptions(budget=budget, redaction_key=b"k"))
    spent = time.process_time() - started
    wrong = check(packed, tracked)
    if count:
        counted = tokenizer().count("".join(packed.chunks()))
        wrong += [f"{counted} tokens in the text"] if counted != packed.tokens else []
    levels = json.dumps(packed.levels).replace('"', "")
    sys.stdout.write(
        f"{root.name:14} budget {budget or '-':>8}  {packed.tokens:>10} tokens  {spent:6.1f} s CPU "
        f" {len(tracked)} tracked, {len(packed.documents)} files {levels}"
        f"  {'; '.join(wrong) or 'complete'}\n"
    )
    sys.stdout.flush()
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
