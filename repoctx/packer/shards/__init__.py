"""A repository larger than the window, in shards that fit: each file in full in one of them.

``links`` says which files belong together, ``clusters`` joins them, ``growing`` fills shards with
what was joined, ``plan`` keeps files where they were before, ``packs`` makes each shard a pack, and
``kept`` remembers the plan from question to question.
"""

from repoctx.packer.shards.kept import drop_old_shards, load_shards, save_shards
from repoctx.packer.shards.packs import Sharded, shard_packs
from repoctx.packer.shards.plan import Shard

__all__ = ["Shard", "Sharded", "drop_old_shards", "load_shards", "save_shards", "shard_packs"]
