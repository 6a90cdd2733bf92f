"""``python -m repoctx`` is the same as ``repoctx``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder may be hostile, and its git.py is not GitPython

from repoctx.cli import main

main()
