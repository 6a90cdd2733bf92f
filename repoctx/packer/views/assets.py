"""Say what a file is that has no text to show: its type, its size, an image's pixels."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"BM", "BMP image"),
    (b"\0\0\1\0", "icon"),
    (b"\0\0\2\0", "cursor"),
    (b"icns", "macOS icon"),
    (b"II*\0", "TIFF image"),
    (b"MM\0*", "TIFF image"),
    (b"8BPS", "Photoshop image"),
    (b"%PDF", "PDF"),
    (b"PK\3\4", "zip archive"),
    (b"PK\5\6", "empty zip archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"\x04\x22\x4d\x18", "lz4 archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\7", "rar archive"),
    (b"!<arch>\n", "ar archive"),
    (b"\x7fELF", "ELF object"),
    (b"\xfe\xed\xfa\xce", "Mach-O object"),
    (b"\xfe\xed\xfa\xcf", "Mach-O object"),
    (b"\xce\xfa\xed\xfe", "Mach-O object"),
    (b"\xcf\xfa\xed\xfe", "Mach-O object"),
    (b"\0asm", "WebAssembly"),
    (b"dex\n", "Android bytecode"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "Parquet table"),
    (b"ARROW1\0\0", "Arrow table"),
    (b"Obj\1", "Avro data"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 data"),
    (b"\x93NUMPY", "NumPy array"),
    (b"GGUF", "GGUF model"),
    (b"wOFF", "web font"),
    (b"wOF2", "web font"),
    (b"\0\1\0\0\0", "TrueType font"),
    (b"true", "TrueType font"),
    (b"OTTO", "OpenType font"),
    (b"ttcf", "font collection"),
    (b"OggS", "Ogg media"),
    (b"fLaC", "FLAC audio"),
    (b"ID3", "MP3 audio"),
    (b"\xff\xfb", "MP3 audio"),
    (b"\xff\xf3", "MP3 audio"),
    (b"MThd", "MIDI music"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
    (b"FLV\1", "Flash video"),
    (b"\xde\x12\x04\x95", "message catalogue"),
    (b"\x95\x04\x12\xde", "message catalogue"),
    (b"\x80\2", "Python pickle"),
    (b"\x80\3", "Python pickle"),
    (b"\x80\4\x95", "Python pickle"),
    (b"\x80\5\x95", "Python pickle"),
)
"""What a file of each type begins with."""

_RIFF = {b"WEBP": "WebP image", b"WAVE": "WAV audio", b"AVI ": "AVI video"}
_BRANDS = {b"avif": "AVIF image", b"heic": "HEIC image", b"M4A ": "MP4 audio", b"qt  ": "MOV video"}
_MOST_SEGMENTS = 1000  # of a JPEG before its size; each may have 64 KiB


def binary_note(path: str, content: bytes) -> str:
    """Return a few words about a binary file: ``binary, PNG image, 640x480, 12,345 bytes``."""
    name, shape = _type(path, content), pixels(path, content)
    shown = f"{shape[0]}x{shape[1]}" if shape else ""
    size = f"{len(content):,} bytes"
    return ", ".join(filter(None, ("binary", name, shown, size)))


def pixels(path: str, content: bytes) -> _Size | None:
    """Return an image's width and height as its head says them; None for what has none."""
    measure = _MEASURES.get(_type(path, content))
    return measure(content) if measure else None


def _type(path: str, content: bytes) -> str:
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12], "RIFF media")
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "MP4 video")
    if content[:4] == b"\xca\xfe\xba\xbe":  # the next number is a version or a count of programs
        return "Java class" if content[6:8] >= b"\0\x2d" else "Mach-O object"
    if content[:2] == b"MZ":
        return _program(content)
    if content[257:262] == b"ustar":
        return "tar archive"
    name = next((name for magic, name in _MAGIC if content.startswith(magic)), "")
    return name or _by_structure(path, content)


def _program(content: bytes) -> str:
    at = _number("<I", content, 60) or 0
    return "PE program" if content[at : at + 4] == b"PE\0\0" else "DOS program"


def _by_structure(path: str, content: bytes) -> str:
    """Types without a magic number: what the suffix says, if the content agrees."""
    suffix = path.rpartition(".")[2].lower()
    if suffix == "pyc" and content[2:4] == b"\r\n":
        return "Python bytecode"
    if suffix == "safetensors" and content[8:9] == b"{":
        return "safetensors model"
    if suffix == "onnx" and content[:1] == b"\x08":  # the field ir_version
        return "ONNX model"
    return ""


_Size = tuple[int, int]


def _numbers(form: str, content: bytes, at: int) -> _Size | None:
    try:
        width, height = struct.unpack_from(form, content, at)
    except struct.error:
        return None
    return width, height


def _number(form: str, content: bytes, at: int) -> int | None:
    try:
        return int(struct.unpack_from(form, content, at)[0])
    except struct.error:
        return None


def _png(content: bytes) -> _Size | None:
    return _numbers(">II", content, 16) if content[12:16] == b"IHDR" else None


def _gif(content: bytes) -> _Size | None:
    return _numbers("<HH", content, 6)


def _bmp(content: bytes) -> _Size | None:
    size = _numbers("<HH" if content[14:15] == b"\x0c" else "<ii", content, 18)
    return (size[0], abs(size[1])) if size else None


def _icon(content: bytes) -> _Size | None:
    """Return the size of the largest image; 0 stands for 256."""
    count = min(_number("<H", content, 4) or 0, 64)
    sizes = [content[6 + 16 * n : 8 + 16 * n] for n in range(count)]
    return max(((s[0] or 256, s[1] or 256) for s in sizes if len(s) == 2), default=None)


def _jpeg(content: bytes) -> _Size | None:
    """Walk the segments to the frame header, which holds height and width."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        marker = content[at : at + 2]
        if len(marker) < 2 or marker[0] != 0xFF:
            return None
        if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            size = _numbers(">HH", content, at + 5)
            return (size[1], size[0]) if size else None
        at += 2 + max(2, _number(">H", content, at + 2) or 0)
    return None


def _webp(content: bytes) -> _Size | None:
    form = content[12:16]
    if form == b"VP8X" and len(content) >= 30:
        width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    if form == b"VP8L" and (bits := _number("<I", content, 21)) is not None:
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    size = _numbers("<HH", content, 26) if form == b"VP8 " else None
    return (size[0] & 0x3FFF, size[1] & 0x3FFF) if size else None


_MEASURES: dict[str, Callable[[bytes], _Size | None]] = {
    "PNG image": _png,
    "GIF image": _gif,
    "BMP image": _bmp,
    "icon": _icon,
    "cursor": _icon,
    "JPEG image": _jpeg,
    "WebP image": _webp,
}

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]{1,200}\n)*+"
    rb"oid (sha256:[0-9a-f]{64})\nsize ([0-9]{1,18})\n"
)


def lfs_note(content: bytes) -> str:
    """Return what a Git LFS pointer stands for; empty when the content is none."""
    match = _POINTER.fullmatch(content) if len(content) <= 1024 else None
    if not match:
        return ""
    return f"Git LFS pointer, {int(match[2]):,} bytes elsewhere, {match[1].decode()}"
