"""What of a package's manifest runs by itself: install scripts, hooks, the build program."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from repoctx.patches.edits import FileState

_NPM_SCRIPTS = (
    *("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"),
    *("prepublish", "dependencies", "pnpm:devPreinstall"),
)
"""The scripts that ``npm install``, or pnpm's and yarn's, runs unasked."""
_NPM_KEYS = ("husky", "lint-staged", "simple-git-hooks", "gitHooks", "pre-commit")
"""Commands that run at a commit, each in the key of the tool that runs it."""
_COMPOSER_SCRIPTS = (
    *("pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd"),
    *("post-autoload-dump", "pre-autoload-dump", "post-root-package-install"),
    *("post-create-project-cmd", "pre-operations-exec", "post-package-install", "command"),
)


def running_parts(path: str, state: FileState | None) -> dict[str, Any]:
    """Return the parts of a manifest that run unasked; letters' case does not matter.

    Empty for other files, and for a manifest that cannot be read: then nothing can run it either.
    """
    name = path.casefold().rpartition("/")[2]
    if state is None or name not in _READERS:
        return {}
    load, pick = _READERS[name]
    try:
        manifest = load(state.content)
    except (ValueError, RecursionError):
        return {}
    return pick(manifest) if isinstance(manifest, dict) else {}


def _of_npm(manifest: dict[str, Any]) -> dict[str, Any]:
    scripts = _table(manifest, "scripts")
    running = {name: scripts[name] for name in _NPM_SCRIPTS if name in scripts}
    running |= {key: manifest[key] for key in _NPM_KEYS if key in manifest}
    manager = manifest.get("packageManager")
    if isinstance(manager, str) and "://" in manager:  # corepack downloads and runs it
        running["packageManager"] = manager
    return running


def _of_composer(manifest: dict[str, Any]) -> dict[str, Any]:
    scripts = _table(manifest, "scripts")
    return {name: scripts[name] for name in _COMPOSER_SCRIPTS if name in scripts}


def _of_python(manifest: dict[str, Any]) -> dict[str, Any]:
    """The build program and each tool's settings for it; both run on ``pip install .``."""
    tools = _table(manifest, "tool")
    settings = {tool: _table(tools, tool).get("build") for tool in tools}
    kept = {tool: build for tool, build in settings.items() if build is not None}
    return kept | {"build-system": manifest["build-system"]} if "build-system" in manifest else kept


def _table(manifest: dict[str, Any], key: str) -> dict[str, Any]:
    found = manifest.get(key)
    return found if isinstance(found, dict) else {}


def _toml(content: bytes) -> Any:
    import tomllib  # 10 ms, and few changes touch such a file

    return tomllib.loads(content.decode("utf-8", "surrogateescape"))


_READERS: dict[str, tuple[Callable[[bytes], Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "package.json": (json.loads, _of_npm),
    "composer.json": (json.loads, _of_composer),
    "pyproject.toml": (_toml, _of_python),
}
