"""``python -m repoctx`` is the same as ``repoctx``."""

from repoctx.cli import main

main()
