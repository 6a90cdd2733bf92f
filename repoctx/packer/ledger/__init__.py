"""What the model has been shown: a frozen base and the updates since, so that its prefix is cached.

``base`` writes a pack once, ``updates`` says what changed since, ``economy`` decides when a new
base is cheaper, ``store`` keeps all of it, and ``ledger`` puts them together.
"""

from repoctx.packer.ledger.economy import Economy
from repoctx.packer.ledger.ledger import Ledger, Prepared, Segment

__all__ = ["Economy", "Ledger", "Prepared", "Segment"]
