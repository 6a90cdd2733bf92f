"""Decode a file's bytes to text and back without losing one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repoctx.errors import ConflictError

SNIFFED = 8192
"""Bytes at the start of a file that are searched for a NUL, as git does."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text and how to turn it back into bytes: ``decode(b).encode() == b`` always."""

    text: str
    """For models and matching: line endings as they are, without the byte order mark."""
    encoding: str
    """A codec's name: ``utf-8``, ``utf-16-le``, ``cp1252``."""
    bom: bytes = b""
    errors: str = "strict"
    """How the codec treats what it cannot encode; ``surrogateescape`` keeps undecodable bytes."""

    def encode(self, text: str | None = None) -> bytes:
        """Return the bytes of ``text`` (of the file's own by default) in the file's encoding.

        Characters that were not edited get exactly their old bytes, because every codec used
        here encodes one character at a time. Raises ConflictError for one that does not fit.
        """
        text = self.text if text is None else text
        try:
            return self.bom + text.encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            character = f"U+{ord(text[error.start]):04X}"
            raise ConflictError(
                f"{character} cannot be written in the file's encoding, {self.encoding}",
                "use only characters of that encoding, or convert the file to UTF-8 first",
            ) from error


_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),  # before UTF-16, whose mark it begins with
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def is_binary(content: bytes) -> bool:
    """True when the first 8 KiB hold a NUL and no UTF-16 or UTF-32 byte order mark opens them."""
    return b"\0" in content[:SNIFFED] and not is_text_with_mark(content)


def is_text_with_mark(content: bytes) -> bool:
    """True when a byte order mark opens the content."""
    return content.startswith(tuple(mark for mark, _ in _BOMS))


def decode(content: bytes) -> Text:
    """Decode any bytes without loss; a wrong guess of a legacy encoding changes no byte.

    UTF-8 first, then what the byte order mark says, then a legacy encoding that looks right, and
    at last UTF-8 whose undecodable bytes become lone surrogates.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom) and (text := _lossless(content, encoding, bom)):
            return text
    if text := _lossless(content, "utf-8"):
        return text
    escaped = Text(content.decode("utf-8", "surrogateescape"), "utf-8", errors="surrogateescape")
    if _is_damaged_utf8(escaped.text):
        return escaped
    guesses = (_lossless(content, encoding) for encoding in _plausible(content[: 8 * SNIFFED]))
    return next((text for text in guesses if text), escaped)


def _lossless(content: bytes, encoding: str, bom: bytes = b"") -> Text | None:
    try:
        text = Text(content[len(bom) :].decode(encoding), encoding, bom)
    except UnicodeDecodeError:
        return None
    # A strict UTF decoder accepts one spelling of each character; the legacy ones may not.
    return text if encoding.startswith("utf") or _encodes_to(text, content) else None


def _encodes_to(text: Text, content: bytes) -> bool:
    try:
        return text.text.encode(text.encoding) == content
    except UnicodeEncodeError:
        return False


def _is_damaged_utf8(text: str) -> bool:
    """True for a bad byte or two in a good file: most of its characters are valid UTF-8."""
    lone = len(re.findall("[\udc80-\udcff]", text))
    return len(re.findall("[^\0-\x7f]", text)) > 2 * lone


# Byte pairs of the common characters of each double-byte encoding: punctuation, kana, and the
# most used ideographs or syllables, which each standard puts first. Order decides a tie.
_COMMON = (
    ("cp949", rb"[\xa1\xa3\xb0-\xc8][\xa1-\xfe]"),
    ("euc_jp", rb"[\xa1\xa3-\xa5\xb0-\xcf][\xa1-\xfe]"),
    ("cp932", rb"[\x81-\x83\x88-\x97][\x40-\x7e\x80-\xfc]"),
    ("gb18030", rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]"),
    ("big5", rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]"),
)
_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
_ENOUGH = 0.9


def _plausible(sample: bytes) -> Iterator[str]:
    """Yield legacy encodings that may explain the sample's high bytes, the likeliest first."""
    high = sum(byte >= 0x80 for byte in sample)
    # Text in EUC-JP is never without kana, and without them its ideographs look Chinese.
    has_kana = len(_KANA.findall(sample)) * 2 >= 0.2 * high
    for encoding, pair in _COMMON:
        found = re.findall(rb"[\x80-\xff][\x40-\xff]", sample)
        common = sum(re.fullmatch(pair, two) is not None for two in found)
        if found and common >= _ENOUGH * len(found) and (has_kana or encoding != "euc_jp"):
            yield encoding
    yield from _single_byte(sample)


def _single_byte(sample: bytes) -> Iterator[str]:
    """Cyrillic is written in runs of small letters; Western accents stand alone between ASCII."""
    in_runs = sum(len(run) for run in re.findall(rb"[\xc0-\xff]{3,}", sample))
    high = sum(byte >= 0x80 for byte in sample)
    if 2 * in_runs > high:
        small_1251 = sum(byte >= 0xE0 for byte in sample)
        yield "cp1251" if 2 * small_1251 > in_runs else "koi8_r"
    yield "cp1252"
