"""Replace secrets by placeholders, and put them back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from repoctx.packer.secrets.find import PLACEHOLDER, Secret


def redact(text: str, secrets: Sequence[Secret], key: bytes, *, keep_lines: bool = False) -> str:
    """Return the text with ``[REDACTED:<kind>:<8 hex digits>]`` in place of each secret.

    The digits are of HMAC-SHA256(key, secret): the same secret gets the same placeholder
    everywhere, and without the key the placeholder says nothing about it. ``keep_lines`` leaves a
    secret's newlines, so that every line keeps its number.
    """
    parts: list[str] = []
    position = 0
    for secret in secrets:
        parts += text[position : secret.start], _placeholder(text, secret, key)
        if keep_lines:
            parts.append("\n" * text.count("\n", secret.start, secret.end))
        position = secret.end
    return "".join(parts) + text[position:]


def restore(text: str, original: str, secrets: Sequence[Secret], key: bytes) -> str:
    """Return the text with the secrets of ``original`` in place of their placeholders.

    A placeholder that stands for none of them, or for two, stays as it is.
    """
    return put_back(text, values_of(original, secrets, key))


def values_of(original: str, secrets: Sequence[Secret], key: bytes) -> dict[str, str]:
    """Return what each placeholder stands for; itself when that is two secrets."""
    values: dict[str, str] = {}
    for secret in secrets:
        placeholder, value = (
            _placeholder(original, secret, key),
            original[secret.start : secret.end],
        )
        values[placeholder] = value if values.get(placeholder, value) == value else placeholder
    return values


def put_back(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the values in place of their placeholders."""
    return PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), text)


def _placeholder(text: str, secret: Secret, key: bytes) -> str:
    return f"[REDACTED:{name_of(text, secret, key)}]"


def name_of(text: str, secret: Secret, key: bytes) -> str:
    """Return ``kind:digits``, which a placeholder holds and an allow-list may name."""
    value = text[secret.start : secret.end].encode("utf-8", "surrogatepass")
    return f"{secret.kind}:{hmac.new(key, value, hashlib.sha256).hexdigest()[:8]}"
