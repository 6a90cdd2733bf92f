"""What is fuzzed: each parser, the whole reply, its chunks, and the plan; with what must hold.

A target takes the input's bytes and raises when a promise is broken. Only what is documented may
be raised by the code under test: ValueError by the binary patches, nothing by all the rest.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from repoctx.patches.edits import SYMLINK, EditConflict, FileChange, FileEdit
from repoctx.patches.formats import NAMES, binary, whole_file
from repoctx.patches.formats.block import Block, Fence, Opening, Step
from repoctx.patches.formats.json_edits import JsonEdits
from repoctx.patches.formats.patch_envelope import PatchEnvelope
from repoctx.patches.formats.search_replace import SearchReplace
from repoctx.patches.formats.unified_diff import UnifiedDiff
from repoctx.patches.plan import plan
from repoctx.patches.reply import Reply, ReplyParser, parse_reply

from .seeds import packed, write_tree

SLOW = 1.0
"""Seconds of CPU that one input may take, instrumented as it is."""

Target = Callable[[bytes], None]


def text_of(data: bytes) -> str:
    """Decode so that every kind of character is reached, lone surrogates included."""
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")


@contextmanager
def measured() -> Iterator[None]:
    """Raise when what is done within takes too long."""
    start = time.process_time()
    yield
    seconds = time.process_time() - start
    assert seconds <= SLOW, f"slow: {seconds:.1f} s"


# One parser


def search_replace(data: bytes) -> None:
    """A SEARCH/REPLACE block, below a good first line or whatever the input has."""
    _read("search_replace", SearchReplace, data, "<<<<<<< SEARCH")


def unified_diff(data: bytes) -> None:
    """A diff, in a code block and outside."""
    _read("unified_diff", UnifiedDiff, data, "--- a.py")


def git_diff(data: bytes) -> None:
    """A diff with git's header lines above it."""
    _read("unified_diff", UnifiedDiff, b"diff --git " + data, "")


def patch_envelope(data: bytes) -> None:
    """An envelope, with and without its first line."""
    _read("patch_envelope", PatchEnvelope, data, "*** Begin Patch")


def whole(data: bytes) -> None:
    """A named code block."""
    fence, path = Fence("```", "python"), "README.md" if _coin(data, 1) else "a.py"
    assert whole_file.opens(fence, path)
    block = whole_file.WholeFile(Opening(1, path, True), fence)
    _read_block("whole_file", block, text_of(data).split("\n"))


def json_edits(data: bytes) -> None:
    """Tool calls as JSON."""
    _read("json_edits", JsonEdits, data, "{")


def _read(name: str, parser: Callable[[Opening, str], Block], data: bytes, opening: str) -> None:
    """Read the block below its usual first line or not, in a code block or not, named or not."""
    lines = text_of(data).split("\n")
    first = opening if opening and _coin(data, 1) else lines.pop(0)
    fence = Fence("```", "diff") if _coin(data, 2) else None
    path = "a.py" if _coin(data, 4) else ""
    _read_block(name, parser(Opening(1, path, bool(path), fence=fence), first), lines)


def _coin(data: bytes, side: int) -> bool:
    """Choose by the input: its length changes the choice in few of the mutations."""
    return bool(len(data) & side)


def _read_block(name: str, block: Block, lines: list[str]) -> None:
    with measured():
        whole = any(block.take(line) is not Step.MORE for line in lines)
        outcomes = block.outcomes() if whole else block.cut_off()
    for outcome in outcomes:
        if isinstance(outcome, FileEdit):
            _check_edit(outcome)
            assert name in (outcome.format, "json_edits")
        else:
            _check_problem(outcome)


def _check_edit(edit: FileEdit) -> None:
    assert edit.format in NAMES
    assert edit.line >= 1
    assert edit.path
    assert (edit.action in ("rename", "copy")) == bool(edit.new_path)
    assert edit.binary or (edit.action in ("create", "write")) == (edit.content is not None)
    for change in edit.replacements:
        if change.kept:
            old, new = change.search.split("\n"), change.replace.split("\n")
            assert len(change.kept) == len(new) - 1
            assert all(k is None or old[k] == new[i] for i, k in enumerate(change.kept))


def _check_problem(problem: EditConflict) -> None:
    assert problem.reason
    assert "\n" not in problem.reason + problem.hint


# Binary patches


def binary_patch(data: bytes) -> None:
    """Base 85, zlib and deltas: damaged, lying about their size, and unpacking to very much."""
    _unpacked(text_of(data).split("\n"))
    if len(data) < 2:
        return
    head, body = data[:2], data[2:]
    said = (head[1] << 20) if head[0] & 1 else len(body)
    bomb = body[:32] * 100_000 if head[0] & 62 == 2 else body
    _unpacked(packed(bomb, "literal", said).splitlines())
    base, delta = body[: head[1]], body[head[1] :]
    for prefix in (b"", _varint(len(base)) + _varint(said)):
        with suppress(ValueError), measured():
            assert len(binary.apply_delta(base, prefix + delta)) <= binary.LARGEST


def _unpacked(lines: list[str]) -> None:
    with suppress(ValueError), measured():
        assert len(binary.unpack(lines)[0]) <= binary.LARGEST


def _varint(number: int) -> bytes:
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


# Whole replies


def reply(data: bytes) -> None:
    """A whole reply: edits, problems and prose agree with each other and with the text."""
    text = text_of(data)
    with measured():
        parsed = parse_reply(text, "a.py" if _coin(data, 1) else "")
    check_reply(text, parsed)


def check_reply(text: str, parsed: Reply) -> None:
    """Raise when what was read cannot be what the text says."""
    lines = text.split("\n")
    numbers = [edit.line for edit in parsed.edits]
    assert numbers == sorted(numbers)
    assert all(1 <= number <= len(lines) for number in numbers)
    for edit in parsed.edits:
        _check_edit(edit)
    for problem in parsed.problems:
        _check_problem(problem)
    prose = parsed.prose.split("\n")
    if not parsed.edits and not parsed.problems:
        assert prose == (lines if lines[-1] == "" else [*lines, ""])
    remaining = iter(lines)
    assert all(line in remaining for line in prose[:-1])
    assert len(prose) - 1 + len(parsed.edits) <= len(lines) + text.count("***")


def chunks(data: bytes) -> None:
    """Any chunks give what one gives, and an edit comes out with the chunk that ends it."""
    sizes, text = data[:16] or b"\1", text_of(data[16:])
    with measured():
        parsed = parse_reply(text)
    parser, fed, at, number = ReplyParser(), [], 0, 0
    with measured():
        while at < len(text):
            size = 1 + sizes[number % len(sizes)]
            fed += parser.feed(text[at : at + size])
            at, number = at + size, number + 1
        finished = parser.finish()
    assert finished == parsed
    assert tuple(fed) == parsed.edits[: len(fed)]


# Plans


@cache
def _tree() -> tuple[Path, object]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    root = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    write_tree(root / "root")
    return root / "root", _seen(root)


def planning(data: bytes) -> None:
    """A plan names files inside the root, as they are on disk, and nothing is written."""
    root, seen = _tree()
    parsed = parse_reply(text_of(data), "a.py")
    with measured():
        changes = plan(root, parsed)
    assert _seen(root.parent) == seen, "something was written"
    paths = [change.path for change in changes.files]
    assert len(paths) == len(set(paths))
    for change in changes.files:
        _check_change(root, change)
    assert not changes.is_empty or not (parsed.edits or parsed.problems)


def _check_change(root: Path, change: FileChange) -> None:
    assert (change.before, change.path) != (change.after, change.old_path or change.path)
    for path in (change.path, change.old_path or change.path):
        assert path.split("/")[0] != ".git"
        assert os.path.normpath(path) == path
        folder = os.path.dirname(root / path)
        assert os.path.realpath(folder) == folder, "through a link"
    source = root / (change.old_path or change.path)
    if change.before is None:
        assert not os.path.lexists(source)
    elif change.before.mode == SYMLINK:
        assert os.readlink(os.fsencode(source)) == change.before.content
    else:
        assert source.read_bytes() == change.before.content
    assert change.old_path is None or not os.path.lexists(root / change.path)


def _seen(root: Path) -> object:
    """Names, sizes and times of all that is beneath the folder."""
    found = []
    for folder, _, names in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            status = os.lstat(path)
            found.append((path, status.st_size, status.st_mtime_ns, status.st_mode))
    return found


TARGETS: dict[str, Target] = {
    "search_replace": search_replace,
    "unified_diff": unified_diff,
    "git_diff": git_diff,
    "patch_envelope": patch_envelope,
    "whole_file": whole,
    "json_edits": json_edits,
    "binary": binary_patch,
    "reply": reply,
    "chunks": chunks,
    "plan": planning,
}
