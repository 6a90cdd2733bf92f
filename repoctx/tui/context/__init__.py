"""The context at a glance: how much goes along, what it costs, and every file's level.

``Looking`` keeps the glance up to date, ``Gauge`` and ``ContextPanel`` draw it.
"""

from repoctx.tui.context.gauge import Gauge
from repoctx.tui.context.looking import Looking
from repoctx.tui.context.panel import ContextPanel

__all__ = ["ContextPanel", "Gauge", "Looking"]
