"""Who answers, what they take for it, and how they cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repoctx.backends.caching import CacheTerms, cache_terms
from repoctx.backends.endpoint import Endpoint, anthropic_endpoint, parse_endpoint
from repoctx.backends.prices import ModelFacts, model_facts, write_rate
from repoctx.backends.probe import UNKNOWN, Server, probe
from repoctx.config import Settings, endpoint_key

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
    server: Server = UNKNOWN
    """What a server on this machine tells about itself."""

    @property
    def fitted(self) -> int | None:
        """The window into which the repository is fitted, in tokens.

        That of a server that cuts long prompts is left out: it is small until the person raises
        it, so a question is refused there rather than asked about little of the repository.
        """
        known = self.facts.window if self.facts else None
        return known or (None if self.server.cuts else self.server.window)

    @property
    def window(self) -> int | None:
        """Tokens of prompt and answer together, as the price table or the server tells."""
        return self.fitted or self.server.window

    @property
    def economy(self) -> Economy:
        """Prices for the ledger; where none are known, those that most providers have."""
        from repoctx.packer.ledger import Economy

        if self.facts is None:
            return Economy(lifetime=self.terms.lifetime)
        write = max(self.facts.input.base, write_rate(self.facts, self.terms.lifetime).base)
        return Economy(self.facts.cache_read.base, write, self.terms.lifetime)

    def pack_room(self, room: int | None) -> int | None:
        """Return what a pack may take of the room: where a prefix is cached, updates follow it."""
        if not self.terms.lifetime:
            return room
        from repoctx.packer.ledger import room_for_base

        return room_for_base(room)


def destination_of(settings: Settings) -> Destination:
    """Return where questions go with these settings."""
    answerer, model = settings.answerer, settings["model"]
    endpoint = endpoint_of(answerer, settings["base_url"])
    url = endpoint.url if endpoint else ""
    facts = model_facts(model, url or settings["base_url"], settings["models"])
    here = endpoint and (endpoint.is_loopback or not settings["local_only"])
    server = probe(endpoint if here else None, model, endpoint_key(settings))
    kept = settings["cache_lifetime"]
    terms = cache_terms(answerer, endpoint, model, lifetime=kept, server=server.kind)
    if endpoint is not None and facts is not None and facts.cache_lifetime is not None:
        terms = replace(terms, lifetime=facts.cache_lifetime)
    name = f"{answerer} {settings.endpoint} {model}"
    return Destination(name, facts, terms, answerer, url, model, server)


def endpoint_of(answerer: str, base_url: str) -> Endpoint | None:
    """Return where a backend of this name sends; None for one that has no endpoint."""
    if answerer == "anthropic":
        return anthropic_endpoint(base_url)
    return parse_endpoint(base_url) if answerer == "openai" else None
