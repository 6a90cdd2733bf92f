"""Files behind ``--attach``: what they are decides how they go along."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from repoctx.attachments import attach, attachment_of
from repoctx.backends.base import Image
from repoctx.errors import RefusedError, UsageError
from tests.waiting import ends

LIMIT = 100_000


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("naïve\r\n".encode(), "naïve\r\n", id="utf-8"),
        pytest.param(b"\xff\xfe" + "naïve".encode("utf-16-le"), "naïve", id="utf-16"),
        pytest.param("naïve café".encode("cp1252"), "naïve café", id="cp1252"),
        pytest.param("привет, мир".encode("koi8_r"), "привет, мир", id="koi8-r"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_text_in_any_encoding_goes_along(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "a.log").write_bytes(content)
    assert attach(str(tmp_path / "a.log"), LIMIT).content == text


def test_a_notebook_goes_along_as_its_cells(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["x = 1"], "metadata": {}, "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    text = attach(str(tmp_path / "a.ipynb"), LIMIT).content
    assert isinstance(text, str)
    assert "# %%" in text
    assert "nbformat" not in text


def test_an_image_is_known_by_its_bytes_not_its_name(
    tmp_path: Path, make_png: Callable[[], bytes]
) -> None:
    (tmp_path / "screen.txt").write_bytes(make_png())
    assert attach(str(tmp_path / "screen.txt"), LIMIT).content == Image("image/png", make_png())


def test_a_name_tells_nothing_about_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/a.log").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert attach(str(tmp_path / "logs/a.log"), LIMIT).name == "a.log"
    assert attach("./logs/a.log", LIMIT).name == "logs/a.log"
    monkeypatch.chdir(tmp_path / "logs")
    assert attach("../logs/a.log", LIMIT).name == "a.log"


def test_what_a_command_writes_into_a_pipe_goes_along(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("from a command",), daemon=True)
    writer.start()
    assert attach(str(pipe), LIMIT).content == "from a command"
    ends(writer)


def test_a_folder_is_refused_with_the_option_that_reads_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"it is a folder.*-C.*--files-from"):
        attach(str(tmp_path), LIMIT)


def test_a_pattern_is_refused_with_the_option_that_reads_lists(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"one file at a time.*--files-from"):
        attach(str(tmp_path / "*.log"), LIMIT)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("missing.txt", "No such file"),
        ("-", "without being named"),
        ("/dev/zero", "no file"),
        ("ftp://example.org/a", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("a\0b", "no file can have that name"),
        ("x" * 5000, "too long"),
    ],
)
def test_what_is_no_file_is_a_clear_error(source: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        attach(source, LIMIT)


def test_what_is_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * 11)
    assert attach(str(tmp_path / "a.log"), 11).content == "x" * 11
    with pytest.raises(UsageError, match=r"larger than 10 bytes.*attach_limit"):
        attach(str(tmp_path / "a.log"), 10)
    huge = tmp_path / "huge.log"
    with open(huge, "wb") as file:
        file.truncate(1 << 40)  # holes: reading it whole would end this test
    with pytest.raises(UsageError, match="larger than"):
        attach(str(huge), LIMIT)


@pytest.mark.parametrize("content", [b"\0\1\2", b"PK\3\4\0\0", b"\x7fELF\0"])
def test_other_binary_files_are_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="not text, a PDF or an image"):
        attachment_of("a.bin", content, LIMIT)


def test_an_image_that_no_vendor_takes_is_refused(make_png: Callable[[], bytes]) -> None:
    with pytest.raises(UsageError, match="image is larger than"):
        attachment_of("a.png", make_png() + b"\0" * 5_000_000, 10_000_000)


def test_local_only_refuses_pages() -> None:
    with pytest.raises(RefusedError, match="local_only"):
        attach("HTTPS://example.org/", LIMIT, local_only=True)
