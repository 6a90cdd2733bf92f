"""Which edit format a model is asked for, where the person has not said it.

A format that a model was trained on, or writes well in published measurements, costs fewer rounds.

- OpenAI's models since GPT-4.1 are trained on the ``*** Begin Patch`` envelope: the GPT-4.1
  prompting guide recommends it for that reason (cookbook.openai.com, April 2025), Codex gives it
  to GPT-5 and its own models, and ``openai/gpt-oss`` ships the tool for it. In SEARCH/REPLACE
  GPT-5 (high) writes 91.6 % of its answers well, below the median of 94.2 % (aider's polyglot
  leaderboard, ``percent_cases_well_formed``, 47 models).
- Gemini 2.5 Pro writes 99.6 % of its answers well in SEARCH/REPLACE (the same leaderboard,
  ``diff-fenced``).
- Grok 4 and GLM-4.7 fail in half of the tasks when asked for the envelope (50.7 % and 46.2 %,
  blog.can.ac, February 2026); Grok 4 writes 97.3 % of its answers well in SEARCH/REPLACE, DeepSeek
  V3.2 as many, o3-pro 97.8 %.
- Anthropic's own tools replace one string by another, which is what SEARCH/REPLACE says in text.

So all but the first family get SEARCH/REPLACE. Nobody gets ``tool_calls`` without asking: JSON
strings cost escapes, and not every server takes tools.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from repoctx.errors import UsageError
from repoctx.patches.formats import CHOICES

AUTO = "auto"
ENTRY = "reply_format"
"""The key under which an entry of ``[models]`` names a format."""

_USUAL = "search_replace"
_FAMILIES = (
    (re.compile(r"(?<![a-z0-9])gpt-(?:4\.1|[5-9]|\d\d|oss)(?![0-9])"), "patch_envelope"),
    (re.compile(r"(?<![a-z0-9])codex(?![a-z0-9])"), "patch_envelope"),
)


def suited_format(model: str) -> str:
    """Return the format that suits a model, by its name at whatever endpoint."""
    name = model.lower()
    return next((suited for family, suited in _FAMILIES if family.search(name)), _USUAL)


def entry_format(model: str, own: Mapping[str, Any]) -> str:
    """Return what the person's entry for a model says, ``auto`` where it says nothing.

    Raises UsageError for a format that there is not.
    """
    entry = own.get(model)
    chosen = entry.get(ENTRY, AUTO) if isinstance(entry, Mapping) else AUTO
    if chosen not in (AUTO, *CHOICES):
        raise UsageError(
            f"[models] {model!r}: there is no edit format {chosen!r}",
            f"choose one of {', '.join((AUTO, *CHOICES))}",
        )
    return str(chosen)
