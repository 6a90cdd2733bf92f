"""The context at a glance: how much goes along, what it costs, and every file's level."""

from repoctx.tui.context.gauge import Gauge
from repoctx.tui.context.panel import ContextPanel

__all__ = ["ContextPanel", "Gauge"]
