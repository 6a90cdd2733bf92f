"""From a key to the painted screen, against an idle application in the same run.

    cd tests/benchmarks; python -m keys [--repo DIR] [--rounds N] [--json]

Measured are the review of a large change and, with ``--repo``, the application over a repository
that it reads for the first time (with folders of its own for cache and state). A key is given to
the application as its driver would; the time ends when the last frame that follows from it is
turned into what a terminal is sent (and then thrown away). What the screen's thread itself worked
until then is told beside it, for a machine that others use too. The idle application toggles one
line of text at each key, so its figure is what Textual itself takes on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from .repository import measure_repository
from .review import measure_review


async def measure(rounds: int, repository: Path | None) -> dict[str, Any]:
    """Return the figures of each case by its name."""
    report = await measure_review(rounds) if rounds else {}
    if repository is not None:
        figures = await measure_repository(repository, rounds)
        report |= {f"{repository.name}, {name}": each for name, each in figures.items()}
    return report


def main() -> int:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--repo", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        for name in ("CACHE", "STATE", "CONFIG", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home, name))
        report = asyncio.run(measure(options.rounds, options.repo))
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
        return 0
    for name, figures in report.items():
        sys.stdout.write(f"{name}\n")
        sys.stdout.writelines(f"  {key:18} {value}\n" for key, value in figures.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
