"""Try whether a model answers: one short question, without a word of the repository."""

from __future__ import annotations

import time
from dataclasses import dataclass

from repoctx.backends.base import BackendError, Cancellation, Context, Limits, Request
from repoctx.backends.registry import create_backend
from repoctx.config import Settings, backend_settings
from repoctx.events import TextDelta

_TOKENS = 1_000
"""A model that thinks before it answers needs some."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A model that answered."""

    seconds: float
    answer: str


def try_model(settings: Settings, cancellation: Cancellation | None = None) -> Trial:
    """Ask the configured model for one word.

    Raises BackendError, or what else a question would, when there is no answer.
    """
    backend = create_backend(settings.backend, backend_settings(settings))
    request = Request(
        instructions="Answer with the word OK and nothing else.",
        context=Context(lambda: iter(()), 0, settings["encoding"]),
        messages=(),
        question="Are you there?",
        limits=Limits(output_tokens=_TOKENS),
        cancellation=cancellation or Cancellation(),
    )
    began = time.monotonic()
    pieces = [event.text for event in backend.stream(request) if isinstance(event, TextDelta)]
    answer = "".join(pieces).strip()
    if not answer:
        raise BackendError("the model gave an empty answer", "is it a model for conversations?")
    return Trial(time.monotonic() - began, answer)
