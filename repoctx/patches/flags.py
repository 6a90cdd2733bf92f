"""Files to look at twice: those that run, or change what runs, without anybody running the project.

The rule that keeps the list short: opening the folder in an editor, entering it with a shell,
committing, pushing, or installing packages is enough. Source, tests, ``Makefile``, ``setup.py`` and
``conftest.py`` are not here: they run when the person runs the project, as every changed file does,
and a warning at each of them would teach people to ignore warnings. Precedents: CVE-2025-53773
(editor settings), CVE-2025-54135 (assistant settings), CVE-2025-48384 (submodules).
"""

from __future__ import annotations

import json
import posixpath
from typing import Any

from repoctx.patches.edits import EXECUTABLE, SYMLINK, FileState

_BY_NAME = {
    "continuous integration": (
        ".gitlab-ci.yml .travis.yml .drone.yml .cirrus.yml .appveyor.yml appveyor.yml jenkinsfile "
        "azure-pipelines.yml bitbucket-pipelines.yml cloudbuild.yaml"
    ),
    "git hook": (
        ".pre-commit-config.yaml lefthook.yml .lefthook.yml lefthook.toml .overcommit.yml"
    ),
    "git configuration": ".gitattributes .gitmodules .gitconfig .lfsconfig",
    "editor configuration": (
        ".devcontainer.json .exrc .nvimrc .nvim.lua .vimrc .dir-locals.el .sublime-project"
    ),
    "assistant configuration": ".mcp.json .repoctx.toml .cursorrules .aider.conf.yml",
    "start-up file": (
        ".envrc .bashrc .bash_profile .profile .zshrc .zshenv .zprofile mise.toml .mise.toml "
        ".tool-versions sitecustomize.py usercustomize.py"
    ),
    "package manager configuration": (
        ".npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs bunfig.toml .pypirc pip.conf nuget.config "
        "gradle-wrapper.properties maven-wrapper.properties"
    ),
    "part of a git folder": "head",
}
_BY_FOLDER = {
    "continuous integration": (
        ".github/workflows .github/actions .gitea/workflows .forgejo/workflows .circleci "
        ".buildkite .woodpecker .teamcity .ci"
    ),
    "git hook": ".husky .githooks .lefthook",
    "editor configuration": ".vscode .idea .devcontainer .zed .vs .fleet",
    "assistant configuration": ".claude .cursor .codex .gemini .repoctx",
    "start-up file": ".ssh .direnv",
    "package manager configuration": ".cargo .yarn .mvn .bundle",
}
_GIT_HOOKS = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg "
    "commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update "
    "post-receive post-update push-to-checkout pre-auto-gc post-rewrite fsmonitor-watchman"
)
_INSTALL_SCRIPTS = ("preinstall", "install", "postinstall", "prepare", "prepublish")
"""The scripts that ``npm install`` runs unasked."""


def name_flags(path: str) -> tuple[str, ...]:
    """Return the reasons that the path itself gives; letters' case does not matter."""
    folder, _, name = path.casefold().rpartition("/")
    flags = [flag for flag, names in _BY_NAME.items() if name in names.split()]
    for flag, folders in _BY_FOLDER.items():
        if flag not in flags and any(_lies_in(folder, known) for known in folders.split()):
            flags.append(flag)
    if name in _GIT_HOOKS.split() and _lies_in(folder, "hooks"):  # but not `src/hooks/useState.ts`
        flags.append("git hook")
    if name.endswith(".code-workspace"):
        flags.append("editor configuration")
    if name.endswith(".pth"):
        flags.append("start-up file")
    return tuple(flags)


def content_flags(path: str, before: FileState | None, after: FileState | None) -> tuple[str, ...]:
    """Return the reasons that lie in mode and content."""
    if after is None:
        return ()
    flags = []
    if after.mode == EXECUTABLE and (before is None or before.mode != EXECUTABLE):
        flags.append("becomes executable")
    if after.mode == SYMLINK:
        outside = _leads_out(path, after.content)
        flags.append("symbolic link to outside the root" if outside else "symbolic link")
    elif before is not None and before.mode == SYMLINK:
        flags.append("replaces a symbolic link")
    if path.casefold().rpartition("/")[2] == "package.json" and (
        _install_scripts(after) != _install_scripts(before)
    ):
        flags.append("script that runs on install")
    return tuple(flags)


def _lies_in(folder: str, known: str) -> bool:
    return f"/{known}/" in f"/{folder}/"


def _leads_out(path: str, target: bytes) -> bool:
    text = target.decode("utf-8", "surrogateescape")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    return text.startswith("/") or joined.split("/")[0] in ("..", ".git")


def _install_scripts(state: FileState | None) -> dict[str, Any]:
    try:
        package = json.loads(state.content) if state else {}
    except (ValueError, RecursionError):
        return {}
    scripts = package.get("scripts") if isinstance(package, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {name: scripts[name] for name in _INSTALL_SCRIPTS if name in scripts}
