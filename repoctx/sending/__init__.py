"""One question on its way to a backend: pack, say what it will cost, refuse, stream the answer.

``destination`` is who answers and what they take, ``shipment`` the repository as one request
carries it, ``estimate`` what that will cost, and ``stream`` puts them together.
"""

from repoctx.sending.destination import Destination, destination_of
from repoctx.sending.stream import send

__all__ = ["Destination", "destination_of", "send"]
