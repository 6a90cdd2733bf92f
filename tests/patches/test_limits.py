"""Limits that the kernel sets itself: a change is whole, or refused in one line with nothing left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MOUNTS = ["unshare", "-rm"]


def _may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    tried = [*MOUNTS, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("space", {"apply done", "apply refused", "undo done"}),
        ("inodes", {"apply done", "apply refused", "undo done"}),
        ("read-only", {"refused", "undo done"}),
        ("file size", {"apply done", "apply refused", "undo done"}),
        ("open files", {"apply done", "apply refused", "undo done"}),
        ("permission", {"refused"}),
    ],
)
def test_under_a_limit_a_change_is_whole_or_refused(
    tmp_path: Path, kind: str, ends: set[str]
) -> None:
    mounts = kind in ("space", "inodes", "read-only")
    if mounts and not _may_mount():
        pytest.skip("a disk of our own cannot be mounted here: unshare -rm is refused")
    if sys.platform != "linux":
        pytest.skip("the limits are Linux's")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    done = subprocess.run(
        [*(MOUNTS if mounts else []), sys.executable, "-m", "tests.patches.limits", kind, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    assert [name for name in ended if "broken" in name] == []
    assert set(ended) >= ends
