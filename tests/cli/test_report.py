"""``pack --report`` writes one page, beside or instead of the pack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]

FILES = {"a.py": "import b\n" * 50, "b.py": "x = 1\n" * 50, "docs/c.md": "# C\n"}


def facts(path: Path) -> Any:
    text = path.read_text("utf-8")
    return json.loads(text.split('id="facts">')[1].split("</script>")[0])


def test_alone_it_writes_the_same_page_every_time_and_prints_no_pack(
    run: Any, repository: Make
) -> None:
    root = repository(FILES, commit=False)
    (root / ".git/info/exclude").write_text("*.html\n")
    for name in ("1.html", "2.html"):
        ran = run("pack", "--report", name, cwd=root)
        assert (ran.code, ran.out) == (0, "")
    written = (root / "1.html").read_bytes()
    assert written == (root / "2.html").read_bytes()
    assert str(root).encode() not in written
    assert not [path for path in root.iterdir() if path.suffix == ".tmp"]


def test_the_page_says_what_was_asked_for_and_puts_your_own_model_first(
    run: Any, repository: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPOCTX_MODEL", "house-model")
    monkeypatch.setenv("REPOCTX_BASE_URL", "http://127.0.0.1:9/v1")
    page = tmp_path / "page.html"
    asked = "--budget", "400", "--question", "what is x?", "--rev", "HEAD"
    assert run("pack", *asked, "--report", str(page), cwd=repository(FILES)).code == 0
    about, first = facts(page)["about"], facts(page)["costs"][0]
    assert (about["budget"], about["question"], about["rev"]) == (400, "what is x?", "HEAD")
    assert about["tokens"] <= 400
    assert about["levels"]["full"] < len(FILES)
    assert (first["model"], first["uncached"], first["own"]) == ("house-model", None, True)


def test_with_an_output_and_figures_all_three_are_written(
    run: Any, repository: Make, tmp_path: Path
) -> None:
    out, stats, page = (tmp_path / name for name in ("pack.xml", "stats.json", "page.html"))
    places = "-o", str(out), "--stats", str(stats), "--report", str(page)
    ran = run("pack", *places, cwd=repository(FILES))
    assert (ran.code, ran.out) == (0, "")
    assert out.stat().st_size == json.loads(stats.read_text())["bytes"]
    assert facts(page)["about"]["tokens"] == json.loads(stats.read_text())["tokens"]


def test_several_roots_are_all_named(run: Any, repository: Make, tmp_path: Path) -> None:
    roots = [repository(FILES, name=name) for name in ("one", "two")]
    ran = run("pack", "-C", str(roots[0]), "-C", str(roots[1]), "--report", "page.html")
    assert ran.code == 0
    assert facts(tmp_path / "page.html")["about"]["name"] == "one and two"


def test_a_dash_is_standard_output(run: Any, repository: Make) -> None:
    ran = run("pack", "--report", "-", cwd=repository(FILES))
    assert ran.out.startswith("<!doctype html>")


def test_the_pack_and_the_page_cannot_both_be_standard_output(run: Any, repository: Make) -> None:
    ran = run("pack", "-o", "-", "--report", "-", cwd=repository(FILES))
    assert (ran.code, ran.out) == (2, "")
    assert "both" in ran.err


def test_a_folder_that_is_not_there_is_one_clear_line(run: Any, repository: Make) -> None:
    ran = run("pack", "--report", "nowhere/page.html", cwd=repository(FILES))
    assert ran.code == 1
    assert "cannot write nowhere/page.html" in ran.err
