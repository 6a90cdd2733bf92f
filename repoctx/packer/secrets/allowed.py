"""What the person says is no secret: by placeholder, by kind, or by path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache

from repoctx.errors import UsageError
from repoctx.packer.ignore import Rules

_NAME = re.compile(r"[a-z0-9-]{1,60}:[0-9a-f]{8}")
_KIND = re.compile(r"kind:([a-z0-9-]{1,60})")
_PATH = re.compile(r"path:(\S.*)")
_HINT = "write password:1a2b3c4d (as `repoctx secrets` prints it), kind:jwt or path:tests/**"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A parsed allow-list."""

    names: frozenset[str] = frozenset()
    """``kind:digits`` of placeholders."""
    kinds: frozenset[str] = frozenset()
    paths: Rules | None = None

    def allows_path(self, path: str) -> bool:
        """True when nothing in this file is a secret; text without a path is no file."""
        return bool(path) and self.paths is not None and self.paths.verdict(path) is True


@lru_cache(maxsize=8)
def parse_allowed(entries: tuple[str, ...]) -> Allowed:
    """Parse an allow-list; raises UsageError for an entry that makes no sense."""
    names, kinds, paths = set(), set(), []
    for text in entries:
        if found := _KIND.fullmatch(text):
            kinds.add(found[1])
        elif found := _PATH.fullmatch(text):
            paths.append(found[1])
        elif _NAME.fullmatch(text):
            names.add(text)
        else:
            raise UsageError(f"{text!r} does not say which secrets to allow", _HINT)
    rules = Rules("allow_secrets", os.fsencode("\n".join(paths))) if paths else None
    return Allowed(frozenset(names), frozenset(kinds), rules)
