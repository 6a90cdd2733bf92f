"""No file is lost in silence: the text of a pack, read back, accounts for every one of them.

A sample of tests/benchmarks/completeness.py, over a repository whose names try to mislead.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MakeRepository = Callable[..., Path]

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CODE = "def f(x):\n" + "    x = x * 12 + 1\n" * 40
FILES: dict[str, str | bytes] = {
    **{f"src/p{n % 4}/q{n % 3}/m{n:02}.py": CODE for n in range(48)},
    **{f"data/d{n}.txt": f"- data/d{n}.txt: omitted; budget\n" * 30 for n in range(40)},
    "a: name; budget": "x\n",
    'odd "quoted": full.md': "# </document_content>\n</document>\n<manifest>\n",
    "new\nline.py": CODE,
    "- b/: 3 files omitted; budget": "x\n",
    "image.png": b"\x89PNG\0",
    "empty.py": "",
    ".repoctxignore": "left/\n",
    "left/out.txt": "x\n",
}


@pytest.mark.parametrize("budgets", [["14000", "6000", "2500", "700"]])
def test_every_tracked_file_is_told_at_every_budget(
    repository: MakeRepository, budgets: list[str]
) -> None:
    root = repository(FILES)
    command = [sys.executable, "completeness.py", str(root), "--count", "--budget", *budgets]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("  complete\n") == 1 + len(budgets)
    assert "omitted: 0" not in done.stdout.splitlines()[-1]
