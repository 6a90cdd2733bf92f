"""Break each stream at every byte: nothing half applied, and a ledger that knows no more than it may.

    python -m tests.benchmarks.streams [--step N] [--json]

One repository is asked to be changed again and again. In each run the answer is cut after its
first k bytes (with and without a sign of it), byte k of it is garbled, or the server hangs up after
k bytes of the question. After each run the edit is there whole or not at all, the end of the
stream says which, the ledger holds no more than the server has had, and no file is left that no
base names; every whole prompt is the tree as it was. The exit status is 1 when a promise broke.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from repoctx.events import Failed, Finished
from tests.backends.asking import Asking, context_of, on_disk
from tests.backends.conftest import Answer, ChatServer

BEFORE = "def add(a, b):\n    return a - b\n" + "# filler\n" * 60
AFTER = BEFORE.replace("a - b", "a + b")
REPLY = (
    "calc.py\n```python\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n"
    ">>>>>>> REPLACE\n```\n"
)
CHANGE = ChatServer.stream(REPLY[:40], REPLY[40:], usage={"prompt_tokens": 900})
QUESTION_BYTES = 6_000
"""More than a whole request has here, so that the last cuts are of none."""


def runs(step: int) -> Iterator[tuple[str, Answer]]:
    """Yield what is broken, and how the server breaks it."""
    for at in range(0, len(CHANGE) + 1, step):
        yield f"answer ends after byte {at}", Answer(CHANGE, cut=at)
        yield f"answer cut after byte {at}", Answer(CHANGE, cut=at, reset=True)
    for at in range(0, len(CHANGE), step):
        for garbage in (b"\xff", b"\n", b'"'):
            broken = CHANGE[:at] + garbage + CHANGE[at + 1 :]
            yield f"answer garbled at byte {at}", Answer(broken)
    for at in range(0, QUESTION_BYTES, 16 * step):
        yield f"question cut after byte {at}", Answer(read=at)


def problem(asking: Asking, number: int, answer: Answer) -> str:
    """Ask once; return which promise broke, or ""."""
    file = asking.root / "calc.py"
    file.write_text(BEFORE)
    # Now and then a change so large that a new base is due.
    (asking.root / "notes.txt").write_text(f"note {number}\n" * (900 if number % 20 == 0 else 3))
    tree = on_disk(asking.root)
    kept = asking.kept()
    asking.server.requests[:] = [  # only the last that shows where the ledger has it from
        seen for seen in asking.server.requests if context_of(seen.json).startswith(kept)
    ][-1:]
    asking.server.answers = [answer]
    seen = len(asking.server.requests)
    ended = asking.ask()[-1]
    if not isinstance(ended, Finished | Failed):
        return f"the stream ends with {ended}"
    if isinstance(ended, Failed) and file.read_text() != BEFORE:
        return "a failed question changed the file"
    applied = isinstance(ended, Finished) and ended.status == "applied"
    # Garbage within the edit's own text, and still JSON, is what the model seems to have said.
    if applied and answer.body == CHANGE and file.read_text() != AFTER:
        return "said to be applied, and is not"
    if len(asking.server.requests) > seen and asking.told() != tree:
        return "the prompt is not the tree"
    try:
        asking.check()
    except AssertionError as error:
        return f"the ledger: {error}"
    return ""


def main() -> int:
    """Run the sweep, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--step", type=int, default=1, help="only every so many bytes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began, done = time.perf_counter(), Counter[str]()
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(folder, "home"))
        root = Path(folder, "repository")
        root.mkdir()
        asking = Asking(root, ChatServer())
        for number, (name, answer) in enumerate(runs(options.step)):
            broke = problem(asking, number, answer)
            done[name.split(" after ")[0].split(" at ")[0]] += 1
            problems += [f"{name}: {broke}"] if broke else []
    seconds = round(time.perf_counter() - began, 1)
    figures = {"runs": sum(done.values()), "by_kind": dict(done), "broken": problems}
    figures["seconds"] = seconds
    lines = [f"{name}: {value}" for name, value in figures.items()]
    sys.stdout.write((json.dumps(figures) if options.json else "\n".join(lines)) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
