"""Find secrets by where they stand: private keys, URLs, authorization headers, query strings."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote

from repoctx.packer.secrets.values import Span, is_filled, is_password, is_random, is_reference

_TRAILING = " \t\r\n\"'`,+\\n()"  # of a quoted block in code
_MOST_KEY = 1 << 16  # characters of a private key; the largest RSA keys have 13 000

_KEY_HEADER = re.compile(r"BEGIN (?P<label>(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-{4,5}")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s\"',.:+()-]|\\[nrt]?)*+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16}")
_ENCODED_KEY = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,20000}+={0,2}")
_ENCODED_HEADER = 52  # characters of base64 that hold the longest header; the shortest match has 54
_USER_INFO = re.compile(
    r"""://(?P<user>[^\s:/"'`<>?#()\[\]{}|\\]{0,100}+):(?P<password>[^\s/@"'`<>\\]{1,200}+)@"""
)
_WEBHOOK = re.compile(
    r"://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/(?P<slack>[\w/-]{20,120}+)"
    r"|(?:\w{1,10}\.)?discord(?:app)?\.com/api/webhooks/\d{1,20}/(?P<discord>[\w-]{60,100}+)"
    r"|[\w-]{1,63}+\.webhook\.office\.com/webhookb2/(?P<teams>[\w@/-]{40,300}+))"
)
_BASIC = re.compile(r"basic[ \t]+(?P<value>[A-Za-z0-9+/]{8,400}+={0,2})", re.IGNORECASE)
_BEARER = re.compile(r"bearer[ \t]+(?P<value>[A-Za-z0-9._~+/-]{16,1000}+=*)", re.IGNORECASE)
_SIGNATURE = re.compile(r"&sig=(?P<value>[A-Za-z0-9%+/]{40,120}+(?:=|%3[dD])?)", re.IGNORECASE)
_IDENTIFIED = re.compile(r"""identified by[ \t]+\\?["'`]?(?P<value>[^\s"'`;\\]{4,200}+)""", re.I)
_IDENTIFIED_WITH = re.compile(
    r"""identified with[ \t]+["'`]?\w{1,60}["'`]?[ \t]+(?:by|as)[ \t]+"""
    r"""\\?["'](?P<value>[^\s"'\\]{4,200}+)""",
    re.IGNORECASE,
)
_JWK_PART = re.compile(r"""[a-z]{1,2}\\?"\s{0,20}:\s{0,20}\\?"(?P<value>[A-Za-z0-9_-]{20,2000}+)""")
_JWK_NAMES = [
    f'"{name}{end}' for name in ("d", "k", "p", "q", "dp", "dq", "qi") for end in ('"', '\\"')
]
_JWK = 4000  # characters before and after that may belong to the same key
_CURL_USER = re.compile(r"""-u[ \t]+["']?[\w.@-]{1,80}+:(?P<value>[^\s"'`]{4,200}+)""")
_WEAK = re.compile(
    r"(?:my|your|the|some|user|db)?[_-]?(?:pass(?:w(?:or)?d|wort)?|pw|pwd|secret|token|credentials?|"
    r"tiger|scott|root|guest|user(?:name)?|x|y|z|p|test|admin|demo|example|postgres|mysql|bar|"
    r"baz|foo|changeme|hunter2|key)\d{0,4}",
    re.IGNORECASE,
)

Finder = Callable[[str, int], Span | None]


def _private_key(text: str, position: int) -> Span | None:
    """Find the body of a PEM block; its first and last line tell the model what it was."""
    header = _KEY_HEADER.match(text, position + len("-----"))
    if header is None:
        return None
    limit = header.end() + _MOST_KEY
    end = text.find("-----", header.end(), limit)
    if end < 0:  # cut off, or in pieces of code: as far as it looks like one
        body = _KEY_BODY.match(text, header.end(), limit)
        end = body.end() if body else header.end()
    first = _BASE64.search(text, header.end(), end)
    if first is None:
        return None
    body_text = text[first.start() : end].rstrip(_TRAILING)
    return Span(first.start(), first.start() + len(body_text), "private-key")


def _encoded_key(text: str, position: int) -> Span | None:
    """Find a PEM block in base64, as in a kubeconfig's ``client-key-data``."""
    match = _ENCODED_KEY.match(text, position)
    if match is None or b"PRIVATE KEY" not in base64.b64decode(match[0][:_ENCODED_HEADER]):
        return None
    return Span(match.start(), match.end(), "private-key")


def _url_secret(text: str, position: int) -> Span | None:
    """Find the password of a URL, or the path of a web hook, whose every holder may post."""
    if hook := _WEBHOOK.match(text, position):
        group = str(hook.lastgroup)
        if is_random(hook[group].replace("/", ""), 20):
            return Span(hook.start(group), hook.end(group), f"{group}-webhook")
        return None
    match = _USER_INFO.match(text, position)
    if match is None or match["password"] == match["user"] or is_reference(match["password"]):
        return None
    password = unquote(match["password"])
    if _WEAK.fullmatch(password) or not is_password(password, 6, strange=2):
        return None
    return Span(match.start("password"), match.end("password"), "url-password")


def _basic_auth(text: str, position: int) -> Span | None:
    """Find what a header of basic authentication holds: base64 of ``user:password``."""
    match = _BASIC.match(text, position)
    if match is None:
        return None
    try:
        plain = base64.b64decode(match["value"] + "==").decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    _, colon, password = plain.partition(":")
    if not colon or not plain.isprintable() or not is_filled(password) or _WEAK.fullmatch(password):
        return None
    return Span(match.start("value"), match.end("value"), "basic-auth")


def _jwk_part(text: str, position: int) -> Span | None:
    """Find a private part of a JSON Web Key (RFC 7518, section 6)."""
    match = _JWK_PART.match(text, position + 1)
    if match is None:
        return None
    if text.find("kty", max(0, position - _JWK), match.end() + _JWK) < 0:
        return None
    return Span(match.start("value"), match.end("value"), "private-key")


def _valued(pattern: re.Pattern[str], kind: str, judge: Callable[[str], bool]) -> Finder:
    def find(text: str, position: int) -> Span | None:
        match = pattern.match(text, position)
        if match is None or not judge(match["value"]):
            return None
        return Span(match.start("value"), match.end("value"), kind)

    return find


FINDERS: dict[str, Finder] = {
    "-----BEGIN ": _private_key,
    "LS0tLS1CRUdJTi": _encoded_key,
    "-u ": _valued(_CURL_USER, "basic-auth", partial(is_password, strange=2)),
    "://": _url_secret,
    "basic ": _basic_auth,
    "bearer ": _valued(_BEARER, "bearer-token", is_random),
    "&sig=": _valued(_SIGNATURE, "azure-signature", is_random),
    "identified with ": _valued(_IDENTIFIED_WITH, "password", is_password),
    **dict.fromkeys(_JWK_NAMES, _jwk_part),
    "identified by ": _valued(_IDENTIFIED, "password", is_password),
}
"""By the text that they look around: ``literals`` also searches for its capitals."""
