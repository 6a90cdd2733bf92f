"""Git's binary patches: what git packs is unpacked, and damage is told."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.patches.formats import binary
from repoctx.patches.formats.binary import LARGEST, Room, apply_delta, unpack
from repoctx.patches.reply import parse_reply


def packed(data: bytes, kind: str = "literal") -> list[str]:
    squeezed = zlib.compress(data)
    lines = [f"{kind} {len(data)}"]
    for start in range(0, len(squeezed), 52):
        piece = squeezed[start : start + 52]
        letter = chr(ord("A") + len(piece) - 1 if len(piece) <= 26 else ord("a") + len(piece) - 27)
        padded = piece + b"\0" * (-len(piece) % 4)
        lines.append(letter + base64.b85encode(padded).decode())
    return lines


@given(st.binary(max_size=400))
def test_what_was_packed_is_unpacked(data: bytes) -> None:
    assert unpack(packed(data)) == (data, False)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["bogus"],
        ["literal"],
        ["literal x"],
        ["literal 5"],
        [f"literal {LARGEST + 1}"],
        ["literal 99999999999999999999999"],
        ["literal 3", "zzzz"],
        ["literal 3", ""],
        ["literal 000000000000000000000000003", "zzzz"],
        [*packed(b"abcdef")[:1], "!"],
        ["literal 5", *packed(b"abcdef")[1:]],
        ["literal 7", *packed(b"abcdef")[1:]],
    ],
)
def test_damage_is_an_error_of_one_kind(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"data|understood"):
        unpack(lines)


def test_a_small_patch_cannot_fill_the_memory() -> None:
    bomb = packed(b"\0" * 10_000_000)
    with pytest.raises(ValueError, match="incomplete"):
        unpack(["literal 10", *bomb[1:]])


def test_many_small_patches_cannot_fill_it_together() -> None:
    room = Room(left=25)
    assert unpack(packed(b"\0" * 20), room) == (b"\0" * 20, False)
    with pytest.raises(ValueError, match="too much"):
        unpack(packed(b"\0" * 20), room)
    with pytest.raises(ValueError, match="too much"):
        apply_delta(b"0123456789", bytes([10, 8, 0x91, 2, 8]), room)


def test_the_patches_of_a_reply_share_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "MOST", 450_000)
    section = "diff --git a/{0} b/{0}\nnew file mode 100644\nGIT binary patch\n{1}\n\n"
    bomb = "\n".join(packed(b"\0" * 100_000))
    reply = parse_reply("".join(section.format(n, bomb) for n in range(5)))
    assert len(reply.edits) == 4
    assert "too much" in reply.problems[0].reason


def test_a_delta_copies_from_the_base_and_adds() -> None:
    base = b"0123456789"
    delta = bytes([10, 8, 0x91, 2, 3, 2]) + b"ab" + bytes([0x91, 7, 3])
    assert apply_delta(base, delta) == b"234ab789"


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_delta_does_harm(base: bytes, delta: bytes) -> None:
    try:
        result = apply_delta(base, bytes([len(base)]) + delta)
    except ValueError:
        return
    assert len(result) == delta[0] & 0x7F or delta[0] & 0x80
