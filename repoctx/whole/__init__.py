"""A question about a repository larger than the window: asked of every part, then put together.

``division`` makes the parts and says what all of it costs, ``parallel`` runs several requests at
once as one stream, ``findings`` is what they bring back, and ``asking`` puts it together.
"""

from repoctx.whole.asking import ask_whole

__all__ = ["ask_whole"]
