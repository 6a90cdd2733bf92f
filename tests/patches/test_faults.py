"""Samples of the full sweeps in tests/benchmarks: faults, kernel_faults and power."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def _figures(module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, "--json", *arguments],
        cwd=BENCHMARKS.parent.parent if "." in module else BENCHMARKS,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.mark.parametrize("swap", ["--seed=1", "--no-swap"])
def test_a_change_under_fault_ends_all_old_or_all_new(swap: str) -> None:
    figures = _figures("faults", "--sample", "80", swap)
    assert figures["runs"] >= 80
    assert set(figures["by_operation"]) == {"apply", "undo", "redo", "recovery"}
    assert figures["broken"] == []


def test_the_command_under_faults_of_the_kernel_ends_all_old_or_all_new() -> None:
    figures = _figures("tests.benchmarks.kernel_faults", "--sample", "2", "--seed", "1")
    if "skipped" in figures:
        pytest.skip(figures["skipped"])
    assert set(figures["by_operation"]) == {"apply", "undo", "recovery"}
    assert figures["broken"] == []
    assert "mixed" not in figures["ended"]


@pytest.mark.skipif(sys.platform != "linux", reason="the recorder reads /proc")
def test_a_change_at_power_loss_ends_all_old_or_all_new() -> None:
    figures = _figures("power", "--states", "150", "--seed", "1")
    assert figures["states"] == 150
    assert figures["broken"] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_refuses_in_one_line(tmp_path: Path) -> None:
    """The same as EACCES above, but said by the kernel."""
    from repoctx.errors import RepoctxError
    from repoctx.patches.apply import apply
    from repoctx.patches.edits import ChangeSet, FileChange, FileState

    locked = tmp_path / "root" / "locked"
    locked.mkdir(parents=True, mode=0o500)
    changes = ChangeSet(
        (
            FileChange("a", None, FileState(b"x")),
            FileChange("locked/b", None, FileState(b"x")),
        )
    )
    with pytest.raises(RepoctxError, match="locked/b: Permission denied; nothing was applied"):
        apply(tmp_path / "root", changes, tmp_path / "state")
    assert [p.name for p in (tmp_path / "root").iterdir()] == ["locked"]
