"""The first steps: what works without a model, and how to have one."""

from repoctx.tui.setup.screen import Setup
from repoctx.tui.setup.welcome import Welcome

__all__ = ["Setup", "Welcome"]
