"""False alarms of the syntax guard over real commits, and what it catches of broken ones.

    python tests/benchmarks/syntax.py --repo DIR [--repo DIR ...] [--commits N] [--seed S] [--list]

What people committed is taken to be sound, so each file of a commit that is flagged is a false
alarm (but for test data that is broken on purpose; ``--list`` names them). Each of those files is
then broken in one of four ways, as cut or misplaced edits break them, and should be flagged: the
last third of the file is cut off in the middle of a line; one closing bracket is taken out; a block
of the file is put in twice, in the middle of another; a SEARCH/REPLACE marker is left in. Not every
one of these breaks the syntax, so the share that is caught is no recall, only comparable.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from repoctx.packer.languages import language_of
from repoctx.packer.syntax import new_syntax_error

Break = Callable[[bytes, random.Random], bytes]


def changed_files(
    repository: Path, commits: int, seed: int
) -> Iterator[tuple[str, bytes | None, bytes]]:
    """Yield path, old content (None: a new file) and new content of the commits' files."""
    every = _git(repository, "rev-list", "--no-merges", "HEAD").decode().split()
    for commit in random.Random(seed).sample(every, min(commits, len(every))):
        listed = _git(repository, "diff-tree", "-r", "--root", "--no-commit-id", "-z", commit)
        fields = listed.decode("utf-8", "surrogateescape").split("\0")
        for entry, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, old, new, _ = entry.split()
            if language_of(path) and mode.startswith("100"):
                yield path, _blob(repository, old), _blob(repository, new) or b""


def _blob(repository: Path, blob: str) -> bytes | None:
    return _git(repository, "cat-file", "blob", blob) if blob.strip("0") else None


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, capture_output=True
    ).stdout


def cut(content: bytes, dice: random.Random) -> bytes:
    """Cut the end off, as an answer that was not finished."""
    return content[: len(content) * 2 // 3]


def without_bracket(content: bytes, dice: random.Random) -> bytes:
    """Take one closing bracket out."""
    places = [match.start() for match in re.finditer(rb"[)\]}]", content)]
    at = dice.choice(places) if places else len(content)
    return content[:at] + content[at + 1 :]


def twice(content: bytes, dice: random.Random) -> bytes:
    """Put some lines in again, in another place."""
    lines = content.splitlines(keepends=True)
    start = dice.randrange(len(lines) or 1)
    at = dice.randrange(len(lines) or 1)
    return b"".join(lines[:at] + lines[start : start + 7] + lines[at:])


def marked(content: bytes, dice: random.Random) -> bytes:
    """Leave a marker of the edit in."""
    lines = content.splitlines(keepends=True)
    at = dice.randrange(len(lines) + 1)
    return b"".join([*lines[:at], b">>>>>>> REPLACE\n", *lines[at:]])


BREAKS: tuple[Break, ...] = (cut, without_bracket, twice, marked)


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repo", type=Path, action="append", required=True)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="name the false alarms")
    options = parser.parse_args()
    files: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    caught: Counter[tuple[str, str]] = Counter()
    for repository in options.repo:
        for path, before, after in changed_files(repository, options.commits, options.seed):
            language = language_of(path) or ""
            files[language] += 1
            line = new_syntax_error(path, before, after)
            alarms[language] += line is not None
            if line is not None and options.list:
                sys.stdout.write(f"false alarm: {repository.name}: {path}:{line}\n")
            dice = random.Random(path)
            for change in BREAKS:
                found = new_syntax_error(path, after, change(after, dice))
                caught[language, change.__name__] += found is not None
    sys.stdout.write(_table(files, alarms, caught))
    return 0


def _table(files: Counter[str], alarms: Counter[str], caught: Counter[tuple[str, str]]) -> str:
    names = [change.__name__ for change in BREAKS]
    rows = [f"{'language':12}{'files':>7}{'false alarms':>14}" + "".join(f"{n:>17}" for n in names)]
    for language, count in files.most_common():
        shares = "".join(f"{caught[language, name] / count:17.1%}" for name in names)
        rows.append(f"{language:12}{count:7}{alarms[language]:14}{shares}")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.exit(main())
