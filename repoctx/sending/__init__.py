"""One question on its way to a backend: pack, say what it will cost, refuse, stream the answer.

``destination`` is who answers and what they take, ``shipment`` the repository as one request
carries it, ``estimate`` what that will cost, ``purse`` whether it may, ``billing`` what it did
cost, and ``stream`` puts them together. ``glance`` tells what the next question would send, file
by file, without sending it; ``status`` adds what stands;
``keepalive`` keeps what was sent cached.
"""

from repoctx.sending.destination import Destination, destination_of
from repoctx.sending.purse import Confirm, Purse
from repoctx.sending.stream import send

__all__ = ["Confirm", "Destination", "Purse", "destination_of", "send"]
