"""Remember which shard shows which file: a JSON file a plan, in the state folder.

Without it the next question deals the files out anew and finds none of them cached, which costs
money and is never wrong; so what cannot be read is no plan, and what cannot be written is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from repoctx.errors import RepoctxError
from repoctx.files import atomic_write
from repoctx.packer.shards.plan import Shard

_SCHEMA = "repoctx.shards/1"
_FOLDER = "shards"
_PLANS = 4
"""Plans that are kept: each window and each way to show the repository has its own, and with it a
copy of the repository in the ledger."""


def load_shards(state: Path, key: str) -> tuple[Shard, ...]:
    """Return the plan that was kept under the key; empty when there is none."""
    try:
        stored = json.loads(_path(state, key).read_bytes())
        if stored["schema"] != _SCHEMA:
            return ()
        return tuple(map(_shard, stored["shards"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def save_shards(state: Path, key: str, shards: Sequence[Shard]) -> None:
    """Keep the plan in place of the one before."""
    path = _path(state, key)
    value = {"schema": _SCHEMA, "shards": [asdict(shard) for shard in shards]}
    with suppress(OSError, RepoctxError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(path, json.dumps(value, separators=(",", ":")).encode())


def drop_old_shards(state: Path) -> dict[str, tuple[Shard, ...]]:
    """Delete the plans used longest ago, and return them by key: what hangs on them can go too."""
    dropped = {}
    with suppress(OSError):
        plans = sorted((state / _FOLDER).glob("*.json"), key=lambda plan: -plan.stat().st_mtime)
        for old in plans[_PLANS:]:
            dropped[old.stem] = load_shards(state, old.stem)
            old.unlink(missing_ok=True)
    return dropped


def _shard(value: Any) -> Shard:
    lists = (value[name] for name in ("members", "repeated", "outlined"))
    members, repeated, outlined = (tuple(map(str, paths)) for paths in lists)
    return Shard(int(value["number"]), members, repeated, outlined)


def _path(state: Path, key: str) -> Path:
    return state / _FOLDER / f"{key}.json"
