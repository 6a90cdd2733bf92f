"""A file is shown as the model was shown it: the same lines, the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.errors import RefusedError
from repoctx.files import MissingError
from repoctx.project import open_project

MakeRepository = Callable[..., Path]

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]},
        {"cell_type": "code", "metadata": {}, "source": ["x = 1"], "outputs": [{"a": "hidden"}]},
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_text_is_shown_by_its_own_lines(repository: MakeRepository) -> None:
    project = open_project([repository({"a.txt": "one\r\ntwo\r\n", "b.txt": b"caf\xe9\n"})])
    assert project.shown("a.txt") == "one\ntwo\n"
    assert project.shown("b.txt") == "café\n"


def test_a_notebook_is_shown_as_the_cells_that_the_pack_holds(repository: MakeRepository) -> None:
    project = open_project([repository({"n.ipynb": json.dumps(NOTEBOOK)})])
    with project.opened() as (snapshot, index):
        packed = project.pack(snapshot, index)
        document = "".join(packed.chunks())
    text = project.shown("n.ipynb")
    assert "x = 1" in text
    assert "hidden" not in text
    assert text in document


def test_what_has_no_text_says_so_in_one_line(repository: MakeRepository) -> None:
    root = repository({"a.bin": b"\0\1\2" * 9, "folder/x.txt": "x\n"})
    (root / "link").symlink_to("/etc/passwd")
    project = open_project([root])
    with pytest.raises(RefusedError, match=r"a\.bin: binary, .*27 bytes"):
        project.shown("a.bin")
    with pytest.raises(MissingError, match=r"gone\.txt does not exist"):
        project.shown("gone.txt")
    for path in ("link", "../outside", "folder", "/etc/passwd", "folder/../folder/x.txt"):
        with pytest.raises(RefusedError):
            project.shown(path)


def test_only_regular_files_beneath_the_root_are_held(repository: MakeRepository) -> None:
    root = repository({"a.txt": "x\n", "folder/x.txt": "x\n"})
    (root / "link").symlink_to("a.txt")
    project = open_project([root])
    assert project.holds("a.txt")
    assert project.holds("folder/x.txt")
    for path in ("folder", "link", "none", "a.txt/b", "nul\0", "x" * 5000):
        assert not project.holds(path)


def test_of_several_roots_the_prefix_says_which(repository: MakeRepository) -> None:
    first = repository({"a.txt": "of the first\n"}, name="first")
    second = repository({"a.txt": "of the second\n"}, name="second")
    project = open_project([first, second])
    assert project.shown("second/a.txt") == "of the second\n"
    assert project.holds("first/a.txt")
    assert not project.holds("a.txt")
    with pytest.raises(MissingError):
        project.shown("a.txt")
