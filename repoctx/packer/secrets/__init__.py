"""Find secrets, replace them by placeholders, and put them back: no file is hidden for a key in it.

``find`` joins what four finders see: vendors' forms (``tokens``, ``rules``), values given to names
like ``password`` (``assignments``), keys, URLs and headers (``places``), and files with formats of
their own (``files``). ``placeholders`` replaces and restores; ``Redaction`` is what the others use,
with the person's key and allow-list in it.
"""

from repoctx.packer.secrets.files import rules_key
from repoctx.packer.secrets.find import VERSION, Secret, find_secrets
from repoctx.packer.secrets.placeholders import name_of, redact, restore
from repoctx.packer.secrets.redaction import Redaction, Restorer
from repoctx.packer.secrets.rules import public_beginning

__all__ = [
    "VERSION",
    "Redaction",
    "Restorer",
    "Secret",
    "find_secrets",
    "name_of",
    "public_beginning",
    "redact",
    "restore",
    "rules_key",
]
