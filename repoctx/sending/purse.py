"""What one question may cost, all its requests together, and who is asked before it is much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from repoctx.config import Settings
from repoctx.errors import CancelledError, RefusedError
from repoctx.events import Estimated

Confirm: TypeAlias = Callable[[Estimated], bool]
"""Shows what a request may cost to the person; True sends it."""


class Purse:
    """The money of one question. Several threads may share it: what is sent counts at once."""

    def __init__(
        self, settings: Settings, confirm: Confirm | None = None, spent: float = 0.0
    ) -> None:
        self._limit: float | None = settings["max_cost"]
        self._ask_above: float | None = settings["ask_above"]
        self._confirm = confirm
        self._lock = threading.Lock()
        self._spent = spent
        """US dollars; of requests that run, the most that they may cost."""

    def reserve(self, expected: Estimated, *, confirmed: bool = False) -> float:
        """Take out the most that a request may cost, and return it.

        Nobody is asked about one that is ``confirmed`` already. Raises RefusedError when that is
        too much or nobody can tell, CancelledError when the person says no.
        """
        with self._lock:
            self._refuse(expected)
            if not confirmed:
                self._ask(expected)
            most = expected.cost_high or 0.0
            self._spent += most
            return most

    def settle(self, reserved: float, cost: float | None) -> None:
        """Say what the request did cost; None when that is not known: then all of it is gone."""
        if cost is not None:
            with self._lock:
                self._spent += cost - reserved

    def _refuse(self, expected: Estimated) -> None:
        limit = self._limit
        if limit is None:
            return
        if expected.cost_high is None:
            raise RefusedError(
                f"max_cost is set, but {expected.note}",
                "add the model to [models] in the user configuration, or take max_cost back",
            )
        if self._spent + expected.cost_high > limit:
            raise RefusedError(
                f"the question {self._so_far()}may cost ${expected.cost_high:.2f}"
                f"{' more' if self._spent else ''}, more than the ${limit:.2f} allowed",
                "raise --max-cost, or send less with --budget",
            )

    def _ask(self, expected: Estimated) -> None:
        threshold, most = self._ask_above, expected.cost_high
        if threshold is None or (most is not None and self._spent + most <= threshold):
            return
        if self._confirm is None:
            dear = expected.note if most is None else f"it {self._so_far()}may cost ${most:.2f}"
            raise RefusedError(
                f"a question above ${threshold:.2f} is to be confirmed, and {dear}",
                "--yes sends it; on a terminal you are asked (`repoctx config ask_above`)",
            )
        if not self._confirm(expected):
            raise CancelledError("not sent: you said no", "")

    def _so_far(self) -> str:
        return f"has cost ${self._spent:.2f} and " if self._spent else ""
