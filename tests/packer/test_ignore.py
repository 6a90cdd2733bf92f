"""Ignore files are read as git reads them, and a hostile one costs little."""

from __future__ import annotations

import time

import pytest

from repoctx.errors import RefusedError
from repoctx.packer.ignore import Rules


def test_the_last_pattern_that_matches_decides() -> None:
    rules = Rules("x", b"*.log\n!keep.log\n/top\ndir/\n")

    assert rules.verdict("a/b.log") is True
    assert rules.verdict("a/keep.log") is False
    assert rules.verdict("a/b.txt") is None
    assert rules.verdict("top") is True
    assert rules.verdict("a/top") is None
    assert rules.verdict("dir", is_folder=True) is True
    assert rules.verdict("dir") is None
    assert rules.verdict("dir/file") is True


def test_lines_that_are_no_patterns_match_nothing() -> None:
    rules = Rules("x", b"\n   \n# *\n[z-a]\nopen[\nback\\\n/\n!\n\xff\n")

    assert rules.verdict("a/b.log") is None
    assert rules.verdict("\udcff") is True


@pytest.mark.parametrize("line", ["*a*a*a*b", "**/a/**/b/**/c", "a/**/b/**/c/**/d", "x*y*z*"])
def test_a_slow_pattern_is_refused_by_its_line(line: str) -> None:
    with pytest.raises(RefusedError, match=r"line 2 of some/\.gitignore"):
        Rules("some/.gitignore", f"# first\n{line}\n".encode())


@pytest.mark.parametrize("line", ["*a*b", "**/a/**/*a*b", "a/**/b*c*d", "*a*/*b*/*c*", "**/x/**"])
def test_an_accepted_pattern_is_fast_on_any_name(line: str) -> None:
    rules = Rules("x", line.encode())
    started = time.process_time()

    for name in ("a" * 255, "a" * 255 + "/" + "b" * 255, "a/" * 2000, "a/b" * 1300):
        rules.verdict(name)

    assert time.process_time() - started < 1


def test_an_ignore_file_of_megabytes_is_refused() -> None:
    with pytest.raises(RefusedError, match="larger than 1 MiB"):
        Rules("x", b"a\n" * 600_000)
