"""What the model has been shown: a frozen base and the updates since, so that its prefix is cached.

``base`` writes a pack once, ``updates`` says what changed since, ``economy`` decides when a new
base is cheaper, ``store`` keeps all of it, and ``ledger`` puts them together.
"""

from repoctx.packer.ledger.economy import Economy, room_for_base
from repoctx.packer.ledger.ledger import Ledger
from repoctx.packer.ledger.prepared import Outlook, Prepared, Segment, Standing

__all__ = ["Economy", "Ledger", "Outlook", "Prepared", "Segment", "Standing", "room_for_base"]
