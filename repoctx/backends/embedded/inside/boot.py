"""Start the worker: load this folder as a package under a name that no repository uses."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "_repoctx_inside", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["_repoctx_inside"] = package
    spec.loader.exec_module(package)
    importlib.import_module("_repoctx_inside.main").main()
