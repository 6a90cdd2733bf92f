"""Files that are known to hold secrets, by their base name, and the formats of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from repoctx.packer.secrets.values import Span, is_filled

CODE = "code"
"""A programming language: a value without quotes is a name or a call."""
CREDENTIALS = "credentials"
"""What is given to a secret's name here is the secret, however plain it looks."""

_EXAMPLE = re.compile(r"[._-](?:example|sample|template|tmpl|dist|default|defaults|tpl)\b")
_NETRC = re.compile(r"[._]netrc")
_PGPASS = re.compile(r"\.?pgpass(?:\.conf)?")
_HTPASSWD = re.compile(r"\.?htpasswd")
_PUTTY = re.compile(r".+\.ppk")
_CREDENTIALS = re.compile(
    r"\.env(?:\.[\w.-]+)?|(?:[\w.-]+\.)?kubeconfig(?:\.ya?ml)?|\.databrickscfg|[\w.-]+\.env|\.envrc|\.dev\.vars|\.?npmrc|\.pypirc|\.git-credentials|"
    r"\.dockercfg|\.my\.cnf|\.s3cfg|\.boto|credentials|secrets?\.(?:ya?ml|toml|ini|json|env)|"
    r"\.vault[-_]pass(?:word)?(?:\.txt)?|[\w.-]*\.tfvars(?:\.json)?"
)
_CODE = re.compile(
    r".*\.(?:pyi?|pyx|[cm]?[jt]s|[jt]sx|vue|svelte|java|kts?|scala|groovy|gradle|go|rs|[ch]|cc|cpp"
    r"|cxx|hpp|hh|hxx|inc|cs|fs|vb|rb|erb|php|swift|mm?|dart|lua|p[lm]|t|r|jl|exs?|erl|hrl|clj[cs]?"
    r"|hs|mli?|elm|nim|zig|d|sol|css|scss|less|proto|thrift|cu|glsl|asm|s|v|sv|vhdl?|el|lisp|rkt)"
)
_IN_NETRC = re.compile(r"(?:^|\s)(?:password|passwd)[ \t\n]+(\S{1,500})")
_IN_PGPASS = re.compile(r"^(?:[^:\n#]{1,300}+:){4}([^\n]{1,300})$", re.MULTILINE)
_IN_PUTTY = re.compile(
    r"^Private-Lines: \d{1,4}\r?\n((?:[A-Za-z0-9+/=]{1,80}+\r?\n?+)++)", re.MULTILINE
)
_IN_URL = re.compile(r"://[^\s:/@\"']{0,100}+:([^\s/@\"']{1,200}+)@")
_IN_HTPASSWD = re.compile(r"^[^:\s#]{1,100}+:([^\s:]{8,300})$", re.MULTILINE)


def rules_key(path: str) -> str:
    """Return what the path alone says to the search: part of the key of a cached result.

    "" for text and settings. Only the base name counts.
    """
    name = path.rpartition("/")[2].lower()
    for pattern, key in _OWN:
        if pattern.fullmatch(name):
            return key
    if _CREDENTIALS.fullmatch(name) and not _EXAMPLE.search(name):
        return CREDENTIALS
    return CODE if _CODE.fullmatch(name) else ""


_OWN = ((_NETRC, "netrc"), (_PGPASS, "pgpass"), (_HTPASSWD, "htpasswd"), (_PUTTY, "putty"))
_FORMATS = {
    "netrc": ("netrc-password", _IN_NETRC),
    "pgpass": ("pgpass-password", _IN_PGPASS),
    "htpasswd": ("htpasswd-password", _IN_HTPASSWD),
    "putty": ("putty-password", _IN_PUTTY),
    CREDENTIALS: ("url-password", _IN_URL),
}


def file_secrets(text: str, rules: str) -> Iterator[Span]:
    """Yield the secrets of a file in a format of its own, such as .netrc."""
    if rules in _FORMATS:
        kind, pattern = _FORMATS[rules]
        for match in pattern.finditer(text):
            if is_filled(match[1]):
                yield Span(match.start(1), match.end(1), kind)
