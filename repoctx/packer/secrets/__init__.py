"""Find secrets, replace them by placeholders, and put them back: no file is hidden for a key in it.

``find`` joins what four finders see: vendors' forms (``tokens``, ``rules``), values given to names
like ``password`` (``assignments``), keys, URLs and headers (``places``), and files with formats of
their own (``files``). ``placeholders`` replaces and restores.
"""

from repoctx.packer.secrets.files import rules_key
from repoctx.packer.secrets.find import VERSION, Secret, find_secrets
from repoctx.packer.secrets.placeholders import redact, restore

__all__ = ["VERSION", "Secret", "find_secrets", "redact", "restore", "rules_key"]
