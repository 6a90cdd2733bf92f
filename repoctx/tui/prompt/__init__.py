"""Where the person types: several lines, a history, completion of ``@path`` and ``/command``."""

from repoctx.tui.prompt.history import History
from repoctx.tui.prompt.prompt import Prompt

__all__ = ["History", "Prompt"]
