"""What has no text is named by its type, its pixels and its size."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.views.assets import binary_note, lfs_note


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
    )


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 102) + b"\xff\xc0" * 50
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + bytes(10)
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + bytes(14) + comment + frame


def riff(form: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + form + body


VP8L = riff(b"WEBP", b"VP8L" + struct.pack("<IBI", 9, 0x2F, 639 | 479 << 14))
VP8X = riff(b"WEBP", b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\x7f\2\0" + b"\xdf\1\0")
VP8 = riff(
    b"WEBP", b"VP8 " + struct.pack("<I", 9) + b"\0\0\0\x9d\1\x2a" + struct.pack("<HH", 640, 480)
)
ICON = b"\0\0\1\0" + struct.pack("<H", 2) + b"\x10\x10" + bytes(14) + b"\0\0" + bytes(14)
BMP = b"BM" + bytes(12) + struct.pack("<Iii", 40, 640, -480) + bytes(20)
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("a.png", png(640, 480), "PNG image, 640x480"),
        ("a.jpg", jpeg(640, 480), "JPEG image, 640x480"),
        ("a.gif", b"GIF89a" + struct.pack("<HH", 640, 480) + b"\0", "GIF image, 640x480"),
        ("a.webp", VP8, "WebP image, 640x480"),
        ("a.webp", VP8L, "WebP image, 640x480"),
        ("a.webp", VP8X, "WebP image, 640x480"),
        ("a.bmp", BMP, "BMP image, 640x480"),
        ("a.ico", ICON, "icon, 256x256"),
        ("a.wav", riff(b"WAVE", b"\0"), "WAV audio"),
        ("a.mp4", b"\0\0\0\x18ftypisom\0", "MP4 video"),
        ("a.avif", b"\0\0\0\x18ftypavif\0", "AVIF image"),
        ("a.tar", bytes(257) + b"ustar\0" + b"00" + bytes(250), "tar archive"),
        ("a.xz", b"\xfd7zXZ\0\0", "xz archive"),
        ("a.zst", b"\x28\xb5\x2f\xfd\0", "zstd archive"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0", "7z archive"),
        ("a.pyc", b"\xa7\r\r\n" + bytes(12), "Python bytecode"),
        ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34", "Java class"),
        ("lib.dylib", b"\xca\xfe\xba\xbe\0\0\0\2", "Mach-O object"),
        ("lib.dylib", b"\xcf\xfa\xed\xfe\0", "Mach-O object"),
        ("a.exe", PE, "PE program"),
        ("a.parquet", b"PAR1\0", "Parquet table"),
        ("a.safetensors", struct.pack("<Q", 2) + b"{}", "safetensors model"),
        ("a.onnx", b"\x08\7\x12\0", "ONNX model"),
        ("a.woff2", b"wOF2\0\1\0\0", "web font"),
        ("a.ttf", b"\0\1\0\0\0\x0c", "TrueType font"),
        ("a.bin", b"\0\1\2", ""),
    ],
)
def test_a_binary_file_says_what_it_is(path: str, content: bytes, what: str) -> None:
    size = f"{len(content):,} bytes"
    assert binary_note(path, content) == ", ".join(filter(None, ("binary", what, size)))


def test_sizes_are_written_so_that_people_can_read_them() -> None:
    assert binary_note("a.bin", bytes(12_345)) == "binary, 12,345 bytes"


@pytest.mark.parametrize("whole", [png(1, 1), jpeg(1, 1), VP8, VP8L, VP8X, BMP, ICON, PE])
def test_an_image_that_is_cut_off_still_has_a_note(whole: bytes) -> None:
    for size in range(len(whole)):
        assert binary_note("a", whole[:size]).endswith(f"{size:,} bytes")


@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"\0\0\1\0", b"MZ", b"\x89PNG"]
    ),
    st.binary(max_size=80),
)
def test_any_bytes_have_a_note(magic: bytes, rest: bytes) -> None:
    assert binary_note("a", magic + rest).startswith("binary, ")


def test_a_pointer_of_git_lfs_says_how_large_the_file_is_and_which() -> None:
    oid = "4d7a2146" * 8
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 123456789\n"
    expected = f"Git LFS pointer, 123,456,789 bytes elsewhere, sha256:{oid}"
    assert lfs_note(pointer.encode()) == expected
    assert lfs_note(pointer.encode() + b"more\n") == ""
