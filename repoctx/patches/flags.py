"""Files to look at twice: those that run, or change what runs, without anybody asking for it.

The rule: a path is here when what it holds can run, or choose a program that runs, because a person
opens the folder in an editor, enters it with a shell, clones or checks it out, commits, pushes,
installs packages, or starts another assistant in it. That holds for a change of such a file, a new
one, a deletion, and a rename to or from its name.

Not here is what runs when the person runs or builds the project, as every changed file does:
source, tests, ``Makefile``, ``Dockerfile``, ``build.gradle``, ``CMakeLists.txt``, ``tox.ini``, a
script without the executable bit. Nor is what an editor runs only after it asked for trust (linter
and bundler configuration), nor a list of dependencies: which packages are good is another question.
A warning at each of those would teach people to ignore warnings.

Of manifests that every change of a dependency touches (``package.json``, ``pyproject.toml``,
``composer.json``) only the parts that run count; see ``manifests``. Whatever the path, the
executable bit and symbolic links count too; bits beyond it are never granted.

Precedents: CVE-2025-53773 (editor settings), CVE-2025-54135 (assistant settings), CVE-2025-48384
(submodules). A flagged file needs consent of its own wherever a change is applied
(``--allow-flagged``, or a yes in the review; see ``consent``). ``undo`` and ``redo`` ask for none:
they bring back what was there or agreed to.
"""

from __future__ import annotations

import posixpath

from repoctx.patches.edits import EXECUTABLE, SYMLINK, FileState
from repoctx.patches.manifests import running_parts

_BY_NAME = {
    "continuous integration": (
        ".gitlab-ci.yml .gitlab-ci.yaml .travis.yml .drone.yml .drone.yaml .drone.star .cirrus.yml "
        ".cirrus.star .appveyor.yml appveyor.yml jenkinsfile azure-pipelines.yml buildspec.yml "
        "azure-pipelines.yaml bitbucket-pipelines.yml cloudbuild.yaml cloudbuild.yml circle.yml "
        ".woodpecker.yml .woodpecker.yaml wercker.yml .build.yml codemagic.yaml bitrise.yml "
        ".readthedocs.yml .readthedocs.yaml netlify.toml action.yml action.yaml .scrutinizer.yml"
    ),
    "git hook": (
        ".pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml prek.toml "
        "lefthook.yml lefthook.yaml lefthook.toml lefthook.json .lefthook.yml .lefthook.yaml "
        ".lefthook.toml .lefthook.json lefthook-local.yml .overcommit.yml .simple-git-hooks.json "
        ".simple-git-hooks.js .simple-git-hooks.cjs simple-git-hooks.json simple-git-hooks.js "
        ".huskyrc .huskyrc.js .huskyrc.json .lintstagedrc .lintstagedrc.json .lintstagedrc.js "
        ".lintstagedrc.cjs .lintstagedrc.mjs .lintstagedrc.yml .lintstagedrc.yaml "
        "lint-staged.config.js lint-staged.config.cjs lint-staged.config.mjs lint-staged.config.ts "
        "commitlint.config.js commitlint.config.cjs commitlint.config.mjs commitlint.config.ts "
        ".commitlintrc.js .commitlintrc.cjs .czrc captainhook.json grumphp.yml grumphp.yml.dist"
    ),
    "git configuration": ".gitattributes .gitmodules .gitconfig .lfsconfig",
    "editor configuration": (
        ".devcontainer.json .exrc .nvimrc .nvim.lua .vimrc .gvimrc .lvimrc .local.vimrc .nviminit "
        ".dir-locals.el .dir-locals-2.el .emacs .ycm_extra_conf.py .gitpod.yml .gitpod.dockerfile "
        ".replit replit.nix devfile.yaml .devfile.yaml"
    ),
    "assistant configuration": (
        ".mcp.json mcp.json .repoctx.toml .aider.conf.yml .aider.model.settings.yml opencode.json "
        "opencode.jsonc .opencode.json crush.json .crush.json .continuerc.json .roomodes"
    ),
    "assistant instructions": (
        "agents.md agents.override.md agent.md claude.md claude.local.md gemini.md warp.md "
        "crush.md qwen.md .cursorrules .windsurfrules .clinerules .roorules .goosehints .rules "
        "copilot-instructions.md"
    ),
    "start-up file": (
        ".envrc .env mise.toml .mise.toml mise.local.toml .mise.local.toml .rtx.toml "
        ".tool-versions .autoenv .autoenv.zsh .autoenv_leave.zsh devbox.json devenv.nix flake.nix "
        "shell.nix .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc "
        ".zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .xprofile .xinitrc .xsessionrc "
        ".tmux.conf .screenrc .pdbrc .pdbrc.toml .gdbinit .lldbinit .irbrc .pryrc .rprofile "
        ".renviron .ghci .ocamlinit .octaverc .psqlrc .sqliterc .hgrc .crontab sitecustomize.py "
        "usercustomize.py"
    ),
    "package manager configuration": (
        ".npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .pnpmfile.mjs bunfig.toml .pypirc pip.conf "
        "pip.ini uv.toml .condarc nuget.config .gemrc rust-toolchain rust-toolchain.toml "
        "gradle-wrapper.properties gradle-wrapper.jar maven-wrapper.properties maven-wrapper.jar"
    ),
    "runs on install": (
        "setup.py hatch_build.py binding.gyp build.rs gemfile gems.rb extconf.rb podfile mix.exs "
        "makefile.pl build.pl"
    ),
    "part of a git folder": "head",
}
_BY_FOLDER = {
    "continuous integration": (
        ".github/workflows .github/actions .gitea/workflows .gitea/actions .forgejo/workflows "
        ".forgejo/actions .gitlab/ci .gitlab-ci .circleci .buildkite .woodpecker .drone .teamcity "
        ".semaphore .azure-pipelines .azuredevops .azure/pipelines .builds .tekton .jenkins .ci"
    ),
    "git hook": ".husky .githooks .git-hooks .lefthook git-hooks .lefthook-local",
    "git configuration": ".config/git",
    "version control folder": ".hg .jj .svn .bzr",
    "editor configuration": (
        ".vscode .vscode-server .idea .devcontainer .zed .vs .fleet .nova .helix .vim .nvim "
        ".emacs.d .config/nvim .config/helix .theia .idx .codesandbox .ipython .jupyter"
    ),
    "assistant configuration": (
        ".claude .cursor .codex .gemini .repoctx .config/repoctx .local/state/repoctx .windsurf "
        ".clinerules .roo .continue .amazonq .kiro .junie .augment .qwen .opencode .crush .goose "
        ".agents .agent .factory .trae .mcp .aider .github/instructions .github/prompts "
        ".github/agents .github/chatmodes .github/hooks .github/skills"
    ),
    "start-up file": (
        ".ssh .direnv .mise .config/mise .config/fish .config/systemd .config/autostart .julia "
        "library/launchagents .local/bin .bashrc.d .zsh"
    ),
    "package manager configuration": ".cargo .yarn .mvn .bundle .config/pip .composer .pip",
    "installed packages": ".venv node_modules __pycache__ site-packages .eggs",
}
_BY_ENDING = {
    "editor configuration": (".code-workspace", ".sublime-project"),
    "start-up file": (".pth",),
    "runs on install": (".gemspec",),
    "installed packages": (".pyc",),
    "continuous integration": (".jenkinsfile",),
}
_GIT_HOOKS = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg "
    "commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update "
    "proc-receive post-receive post-update push-to-checkout pre-auto-gc post-rewrite "
    "reference-transaction sendemail-validate post-index-change fsmonitor-watchman"
)


def name_flags(path: str) -> tuple[str, ...]:
    """Return the reasons that the path itself gives; letters' case does not matter."""
    folder, _, name = path.casefold().rpartition("/")
    flags = [flag for flag, names in _BY_NAME.items() if name in names.split()]
    flags += [flag for flag, endings in _BY_ENDING.items() if name.endswith(endings)]
    for flag, folders in _BY_FOLDER.items():
        if flag not in flags and any(_lies_in(folder, known) for known in folders.split()):
            flags.append(flag)
    if name in _GIT_HOOKS.split() and _lies_in(folder, "hooks"):  # but not `src/hooks/useState.ts`
        flags.append("git hook")
    if name.startswith("jenkinsfile") and "continuous integration" not in flags:
        flags.append("continuous integration")
    return tuple(flags)


def content_flags(
    path: str, before: FileState | None, after: FileState | None, old_path: str | None = None
) -> tuple[str, ...]:
    """Return the reasons that lie in mode and content; ``before`` stood at ``old_path``."""
    flags = [] if after is None else _mode_flags(path, before, after)
    if running_parts(path, after) != running_parts(old_path or path, before):
        flags.append("script that runs on install")
    return tuple(flags)


def _mode_flags(path: str, before: FileState | None, after: FileState) -> list[str]:
    flags = []
    if after.mode == EXECUTABLE and (before is None or before.mode != EXECUTABLE):
        flags.append("becomes executable")
    if after.mode == SYMLINK:
        outside = _leads_out(path, after.content)
        flags.append("symbolic link to outside the root" if outside else "symbolic link")
    elif before is not None and before.mode == SYMLINK:
        flags.append("replaces a symbolic link")
    return flags


def _lies_in(folder: str, known: str) -> bool:
    return f"/{known}/" in f"/{folder}/"


def _leads_out(path: str, target: bytes) -> bool:
    text = target.decode("utf-8", "surrogateescape")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    return text.startswith("/") or joined.split("/")[0] in ("..", ".git")
