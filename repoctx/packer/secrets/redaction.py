"""What is hidden from a text and under which names: the one object that all who redact share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from repoctx.packer.secrets.allowed import parse_allowed
from repoctx.packer.secrets.find import VERSION, Secret, find_secrets
from repoctx.packer.secrets.placeholders import name_of, put_back, redact, values_of


@dataclass(frozen=True, slots=True)
class Redaction:
    """The person's key and what they allow to be shown."""

    key: bytes
    """Keys the placeholders, so that they say nothing about a guessable secret."""
    allow: tuple[str, ...] = ()
    """``password:1a2b3c4d``, ``kind:jwt``, ``path:tests/**``: see ``allowed``."""

    @property
    def fingerprint(self) -> str:
        """What a cached result depends on besides path and text; tells nothing of the key."""
        parts = (self.key, *(entry.encode("utf-8", "surrogatepass") for entry in self.allow))
        digests = b"".join(hashlib.sha256(part).digest() for part in parts)
        return f"{VERSION}.{hashlib.sha256(digests).hexdigest()[:12]}"

    def find(self, path: str, text: str) -> list[Secret]:
        """Return what is to be hidden; ``path`` is "" for text that is no file.

        Raises UsageError when the allow-list makes no sense.
        """
        allowed, found = parse_allowed(self.allow), find_secrets(path, text)
        if not found or not self.allow:
            return found
        if allowed.allows_path(path):
            return []
        return [
            secret
            for secret in found
            if secret.kind not in allowed.kinds
            and name_of(text, secret, self.key) not in allowed.names
        ]

    def hide(self, path: str, text: str) -> tuple[str, int]:
        """Return the text with placeholders for its secrets, and how many those were."""
        found = self.find(path, text)
        return (redact(text, found, self.key) if found else text), len(found)

    def hide_in_lines(self, path: str, text: str) -> str:
        """Return the text as ``hide`` does, with every line keeping its number."""
        found = self.find(path, text)
        return redact(text, found, self.key, keep_lines=True) if found else text


class Restorer:
    """Puts secrets back into texts that were made from what was shown; each file is searched once.

    What is allowed is put back too: it may have been hidden in an earlier turn.
    """

    def __init__(self, redaction: Redaction) -> None:
        self._key = redaction.key
        self._known: dict[str, tuple[str, Mapping[str, str]]] = {}

    def restore(self, text: str, path: str, original: str) -> str:
        """Put the secrets of the file ``original`` back into the text."""
        known = self._known.get(path)
        if known is None or known[0] != original:
            values = values_of(original, find_secrets(path, original), self._key)
            known = self._known[path] = (original, values)
        return put_back(text, known[1])
