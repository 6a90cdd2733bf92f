"""Judge a value by its looks: random, a password, or only a word, a name or a placeholder.

Shannon entropy separates badly at 10 to 40 characters: ``get_user_by_token`` has 3.3 bits a
character, random hex 3.5. What tells them apart is which characters stand side by side.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


class Span(NamedTuple):
    """A secret: character offsets in the text, and its kind."""

    start: int
    end: int
    kind: str


_PLACEHOLDER = re.compile(
    r"\[redacted:|example|sample|dummy|placeholder|change.?(?:me|it|this)|replace|insert|redacted|"
    r"removed|masked|hidden|default|passphrase|api.?key|private|public|undefined|"
    r"hunter2|letmein|qwerty|abc123|12345|secret|passw|\*\*\*|\.\.\.|…|<[^<>]*>|\$\{|\$\(|\{\{|%\(|(?-i:%s|%d)|\{\w*\}|"
    r"process\.env|getenv|xxxx"
    # short words would come up in random strings by chance
    r"|(?<![a-z])(?:your|todo|fixme|fake|mock|test|demo|foo|bar|baz|token|pass|null|none|admin|"
    r"user|key|1234)(?![a-z])",
    re.IGNORECASE,
)
_IN_TOKEN = re.compile(r"example|placeholder|your|xxxx|\*\*\*|\.\.\.|redacted|0{8}|1234567", re.I)
_REFERENCE = re.compile(
    r"[$%@!&#]?[\[{(<].*|\$[A-Za-z_]\w*|%\w+%|@\w+@|:\w+|&\w+;?.*|%[0-9A-Fa-f]{2}.*"
)
_VERSION = re.compile(r"[v~^=<>]*\d+(?:\.\d+)*(?:[-+.]?(?:a|b|rc|dev|pre|alpha|beta)\.?\d{0,4})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONG_HEX = re.compile(rf"[0-9a-fA-F]{{32,}}|{_UUID.pattern}")
_LOCATION = re.compile(
    r"(?:\.{0,2}|~)/|[a-zA-Z]:\\|[a-z+]+://|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,5}(?:[/:]|$)"
)
_SYMBOLS = frozenset("!@#$%^&*?~+=")
# Pairs of letters that make up 98.5 % of the names in six repositories of six languages; of pairs
# drawn at random they are 60 %. Line by line: what follows a, b, c, ...
_NEIGHBOURS = """
    abcdefgiklmnprstuvwxyz abcdefijloprstuy abcdefghiklmnoprstuvy abcdefgijlmnoprstuvxy
    abcdefghiklmnopqrstuvwxy abcdefilmnoprstuy aceghilmnoprstu adeilmorstuy
    abcdefgklmnoprstvxz aeosu aeilnostu abcdefgiklmnoprstuvy abcdeiklmnopstuy
    abcdefghiklmnoprstuvwy abcdefgiklmnoprstuvwx abcdefghiklmoprstuvy lu
    abcdefgiklmnoprstuvwy abcdefghiklmnopqrstuvwy abcdefghilmnoprstuvwxyz abcdefgilmnoprstx
    aeilost aehilnors acefiptx aceilmnopst aei
"""
_USUAL = frozenset(
    first + second
    for first, seconds in zip("abcdefghijklmnopqrstuvwxyz", _NEIGHBOURS.split(), strict=True)
    for second in seconds
)


def is_made_up(token: str) -> bool:
    """True for what has a vendor's form for show or by chance: ``ghp_xxxxxxxx``, a long name."""
    sample = token[4:200]
    if _IN_TOKEN.search(token) or len(set(sample)) < 6 or _is_counting(sample):
        return True
    return _strangeness(sample) < 2


@lru_cache(maxsize=1024)  # a value stands in many places of a repository
def is_random(value: str, least: int = 16) -> bool:
    """True for what a machine made up: a token, a key, a hash; ``least`` characters or more."""
    if not least <= len(value) <= 1000 or not value.isascii() or " " in value:
        return False
    if _is_plain(value) or _PLACEHOLDER.search(value) or len(set(value)) < 6:
        return False
    if _LONG_HEX.fullmatch(value):
        return True
    return _strangeness(value) >= max(4, 0.2 * len(value)) and not _hides_words(value)


def _hides_words(value: str) -> bool:
    """True for a placeholder in base64: ``dGhpcyBpcyBhIGZha2UgdG9rZW4=``."""
    try:
        plain = base64.b64decode(value, "-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return plain.isprintable() and _PLACEHOLDER.search(plain) is not None


@lru_cache(maxsize=1024)
def is_password(value: str, least: int = 8, strange: int = 3) -> bool:
    """True for what a person may have chosen with care: no word, no name, no placeholder.

    ``strange`` is in how many places a value must look unlike words: fewer where nothing but a
    password stands.
    """
    if not least <= len(value) <= 200 or any(map(str.isspace, value)):
        return False
    if _is_plain(value) or _PLACEHOLDER.search(value) or len(set(filter(str.isalnum, value))) < 4:
        return False
    if _LOCATION.match(value):
        return False
    if any(map(str.isdigit, value)) and not _SYMBOLS.isdisjoint(value):
        return True
    return _strangeness(value) >= max(strange, strange / 15 * len(value))


def is_uuid(value: str) -> bool:
    """True for 32 hex digits in the five groups of a UUID."""
    return _UUID.fullmatch(value) is not None


def is_reference(value: str) -> bool:
    """True for what stands for a value that is elsewhere: ``${NAME}``, ``<password>``, ``%s``."""
    return _REFERENCE.fullmatch(value) is not None


def is_filled(value: str) -> bool:
    """True for any value that is not a placeholder or a reference: in a file of credentials."""
    if len(value) < 4 or value.lower() in ("true", "false"):
        return False
    return not (_REFERENCE.fullmatch(value) or _PLACEHOLDER.search(value))


def _is_plain(value: str) -> bool:
    """True for a reference, a version, an address, or one key pressed many times."""
    if _REFERENCE.fullmatch(value) or _VERSION.fullmatch(value) or "://" in value:
        return True
    return _is_counting(value)


def _is_counting(value: str) -> bool:
    """True when half of the characters repeat the one before or follow it: 1234, abcd, 0000."""
    steps = sum(0 <= ord(b) - ord(a) <= 1 for a, b in pairwise(value))
    return 2 * steps >= len(value)


def _strangeness(value: str) -> int:
    """Return how many places of the value do not look like words: about 0.02 of those in a name,
    half of those in a random string.

    These are unusual pairs of letters, a digit beside a letter, and a capital after a part of one
    or two letters. In CamelCase, pairs over the hump and within an acronym say nothing.
    """
    strange = part = 0
    has_small = not value.isupper()
    for a, b in pairwise(value):
        part = part + 1 if a.isalpha() else 0
        if a.isalpha() and b.isalpha():
            if a.islower() and b.isupper():
                strange += part <= 2
                part = 0
            elif b.islower() or not has_small:
                strange += (a + b).lower() not in _USUAL
        else:
            strange += a.isalnum() and b.isalnum() and not (a.isdigit() and b.isdigit())
    return strange
