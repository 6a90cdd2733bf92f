"""Who answers, what they take for it, and how they cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repoctx.backends.caching import CacheTerms, cache_terms
from repoctx.backends.endpoint import parse_endpoint
from repoctx.backends.prices import ModelFacts, model_facts, write_rate
from repoctx.config import Settings

if TYPE_CHECKING:
    from repoctx.packer.ledger import Economy


@dataclass(frozen=True, slots=True)
class Destination:
    """Who answers, what is known of their prices, and how they cache."""

    name: str
    """Backend, endpoint and model: what has seen a prefix, and what has not."""
    facts: ModelFacts | None
    terms: CacheTerms

    backend: str = ""
    """Who answers: the backend's name, or of a recorder the one that is recorded."""
    endpoint: str = ""
    """The URL; empty for a command."""
    model: str = ""

    @property
    def economy(self) -> Economy:
        """Prices for the ledger; where none are known, those that most providers have."""
        from repoctx.packer.ledger import Economy

        if self.facts is None:
            return Economy(lifetime=self.terms.lifetime)
        write = max(self.facts.input.base, write_rate(self.facts, self.terms.lifetime).base)
        return Economy(self.facts.cache_read.base, write, self.terms.lifetime)


def destination_of(settings: Settings) -> Destination:
    """Return where questions go with these settings."""
    answerer = settings.answerer
    facts = model_facts(settings["model"], settings["base_url"], settings["models"])
    endpoint = parse_endpoint(settings["base_url"]) if answerer == "openai" else None
    terms = cache_terms(answerer, endpoint)
    if endpoint is not None and facts is not None and facts.cache_lifetime is not None:
        terms = replace(terms, lifetime=facts.cache_lifetime)
    name = f"{answerer} {settings.endpoint} {settings['model']}"
    where = endpoint.url if endpoint else ""
    return Destination(name, facts, terms, answerer, where, settings["model"])
