"""Find the prices of a model by its name alone: a replay sends nothing, so it needs no endpoint."""

from __future__ import annotations

from repoctx.backends.prices import ModelFacts, listed_models, model_facts
from repoctx.config import Settings
from repoctx.errors import UsageError
from repoctx.report.models import VENDORS

DEFAULT_MODEL = "claude-sonnet-5"
"""A window of a million tokens, one price for any length, and the usual terms of a cache: a tenth
of the input's price to read and 1.25 of it to write."""


def priced_model(name: str, settings: Settings) -> ModelFacts:
    """Return the prices of a model: the person's own, at the configured endpoint, at its maker's.

    Raises UsageError when none of them knows it.
    """
    if facts := model_facts(name, settings["base_url"], settings["models"]):
        return facts
    for facts in listed_models(VENDORS):
        if facts.model == name:
            return facts
    raise UsageError(
        f"the price of {name!r} is not known",
        "name another model, or add this one to [models] in the user configuration",
    )
