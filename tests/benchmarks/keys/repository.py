"""The application over a large repository: typing, and walking its tree, while it is read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import MappingProxyType
from typing import Any

from repoctx.tui import Desk
from repoctx.tui.app import RepoctxApp
from repoctx.tui.context import ContextPanel, Looking

from .painted import Painted, Took, in_idle, told, until

_TYPED = "where is the retry policy decided and who may change it "
_WALKED = ("down", "right", "down", "down", "left", "up")


class Reading(Painted, RepoctxApp):
    """The whole application, and whether it has had its first look at the repository."""

    @property
    def has_looked(self) -> bool:
        return self.main.query_one(Looking).has_looked


async def measure_repository(root: Path, rounds: int) -> dict[str, Any]:
    """Return the figures of keys while the repository is read first, and afterwards."""
    keys = ["space" if key == " " else key for key in _TYPED]
    idle = await in_idle(len(keys))
    while_read: list[Took] = []
    after: list[Took] = []
    app = Reading(Desk(folders=(root,), flags=MappingProxyType({"backend": "embedded"})))
    async with app.run_test(size=(140, 45)):
        await asyncio.sleep(0.3)
        while not app.has_looked:
            for key in keys:
                if not app.has_looked:
                    while_read.append(await app.press(key))
        await until(lambda: app.has_looked)
        await asyncio.sleep(1)
        for _ in range(rounds):
            after += [await app.press(key) for key in keys]
        app.main.query_one(ContextPanel).files.focus()
        for _ in range(rounds * 4):
            after += [await app.press(key) for key in _WALKED]
    idle += await in_idle(len(keys))
    report = {"afterwards": told(idle, after, {})}
    if len(while_read) >= 20:
        report = {"while it is read": told(idle, while_read, {}), **report}
    return report
