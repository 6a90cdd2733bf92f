"""Every example runs, offline, as its README says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
CHECK = f"{sys.executable} -m unittest discover -s tests -t ."


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "shop", tmp_path / "shop"))


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240)


def test_the_shop_has_one_failing_test(shop: Path) -> None:
    done = run(*CHECK.split(), cwd=shop)
    assert "FAILED (failures=1)" in done.stderr


def test_the_first_command_of_the_readme_mends_the_shop(shop: Path) -> None:
    asked = "an order of exactly 100 should get the discount"
    done = run(
        *(sys.executable, "-m", "repoctx", "ask", asked, "--check", CHECK, "--apply"), cwd=shop
    )
    assert done.returncode == 0, done.stderr
    assert "check passes" in done.stderr
    assert run(*CHECK.split(), cwd=shop).returncode == 0
    assert run(sys.executable, "-m", "repoctx", "undo", cwd=shop).returncode == 0
    assert "FAILED (failures=1)" in run(*CHECK.split(), cwd=shop).stderr


def test_the_script_over_the_library_runs_to_its_end(tmp_path: Path) -> None:
    done = run(sys.executable, str(EXAMPLES / "api.py"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Applied to shop/discounts.py." in done.stdout
    assert done.stdout.endswith("Taken back.\n")


def test_a_backend_of_your_own_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = EXAMPLES / "custom_backend/src"
    installed = Path(shutil.copytree(source, tmp_path / "site"))
    metadata = installed / "repoctx_echo-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: repoctx-echo\nVersion: 0.1.0\n"
    )
    (metadata / "entry_points.txt").write_text("[repoctx.backends]\necho = repoctx_echo:create\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed)]))
    (tmp_path / "a.txt").write_text("some text\n")
    done = run(
        *(sys.executable, "-m", "repoctx", "ask", "hello?", "--backend", "echo"), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "> hello?" in done.stdout
