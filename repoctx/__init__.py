"""repoctx reads all of a code base, answers or changes it, and writes safely.

The public API is loaded on first use (PEP 562), so ``import repoctx`` is cheap and does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repoctx.session import Session, apply, open_session, pack, undo

__version__ = "0.1.0"
__all__ = ["Session", "__version__", "apply", "open_session", "pack", "undo"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import repoctx.session

        return getattr(repoctx.session, name)
    raise AttributeError(f"module 'repoctx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
