"""Decide by prices when a new base is cheaper than to go on with old text and updates."""

from __future__ import annotations

from dataclasses import dataclass

_DRIFT = 0.5
"""Of the base: beyond it the model reads more about old text than is good for the answer."""
_UPDATES_SHARE = 20
"""Of the room, a twentieth is left for updates. Without it a repository that nearly fills the
window needs a new base every few questions: measured over 200 commits of one at 98 % of a window,
26 bases and 88 % of the prefix kept, with it 6 and 97 %. A tenth would keep 0.4 % more."""
_COLD = 0.02
"""Of the base: with nothing cached a rewrite is free, but another model's cache may still stand."""


@dataclass(frozen=True, slots=True)
class Economy:
    """What a provider takes for the tokens of a prompt; any unit, only ratios matter."""

    read: float = 0.1
    """For a token of a prefix that is cached."""
    write: float = 1.0
    """For a token that is not, written to the cache where that costs more."""
    lifetime: float = 300.0
    """Seconds that a prefix stays cached after it was last sent; 0 when nothing is cached."""

    @property
    def caches(self) -> bool:
        """True when a cached prefix is cheaper than a new one."""
        return self.lifetime > 0 and self.read < self.write


def room_for_base(room: int | None) -> int | None:
    """Return the tokens that a pack may have so that updates fit beside it; None for no bound."""
    return None if room is None else room - room // _UPDATES_SHARE


def is_rebase_due(
    economy: Economy, *, base: int, updates: int, fresh: int, overhead: int, warm: bool
) -> bool:
    """True when a new base is the better choice; all sizes are in tokens.

    ``base`` and ``updates`` would be sent, or ``fresh`` in their place. ``overhead`` is what all
    questions since the base have sent beyond a fresh pack. While the prefix is cached this is the
    ski rental problem: go on until the rent paid equals the price of a purchase, which never costs
    more than twice the best choice made with hindsight (Karlin et al., 1988).
    """
    surplus = base + updates - fresh
    if updates == 0 or not economy.caches:
        return updates > 0
    if updates > base * _DRIFT:
        return True
    if not warm:
        return surplus > base * _COLD
    return (overhead + surplus) * economy.read >= fresh * (economy.write - economy.read)
