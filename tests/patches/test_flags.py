"""What runs unasked needs consent of its own: which files those are, and every way to apply them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import repoctx
from repoctx.errors import RefusedError
from repoctx.patches.edits import EXECUTABLE, SYMLINK, FileState
from repoctx.patches.flags import name_flags
from repoctx.patches.paths import path_flags
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply
from repoctx.patches.review import Review
from repoctx.session import accept_all, accept_flagged_too

PLAIN = FileState(b"x")

FLAGGED = {
    "continuous integration": [
        *(".github/workflows/ci.yml", ".GitHub/Workflows/ci.yml", ".github/actions/x/action.yml"),
        *(".gitlab-ci.yml", ".gitlab/ci/build.yml", ".circleci/config.yml", "Jenkinsfile"),
        *("ci/Jenkinsfile.release", "azure-pipelines.yml", ".azure-pipelines/build.yml"),
        *(
            ".buildkite/pipeline.yml",
            ".drone.yml",
            ".woodpecker/x.yml",
            ".travis.yml",
            ".cirrus.yml",
        ),
        *("bitbucket-pipelines.yml", ".gitea/workflows/x.yml", ".readthedocs.yaml", "action.yml"),
    ],
    "git hook": [
        *("hooks/pre-commit", "x/hooks/post-checkout", ".githooks/any", ".husky/pre-commit"),
        *("lefthook.yml", "lefthook.toml", ".pre-commit-config.yaml", ".lintstagedrc.json"),
        *("lint-staged.config.mjs", "commitlint.config.js", ".simple-git-hooks.json"),
    ],
    "git configuration": [
        *(".gitattributes", "sub/.gitattributes", ".gitmodules", ".gitconfig", ".lfsconfig"),
        ".config/git/config",
    ],
    "version control folder": [".hg/hgrc", ".jj/repo/config.toml", ".svn/wc.db"],
    "editor configuration": [
        *(".vscode/settings.json", "sub/.vscode/tasks.json", ".idea/workspace.xml", ".exrc"),
        *(".nvim.lua", ".vimrc", ".dir-locals.el", "my.code-workspace", "x.sublime-project"),
        *(
            ".devcontainer/devcontainer.json",
            ".devcontainer.json",
            ".zed/tasks.json",
            ".gitpod.yml",
        ),
        *(".helix/languages.toml", ".VSCode/Settings.json"),
    ],
    "assistant configuration": [
        *(".mcp.json", ".claude/settings.json", ".cursor/mcp.json", ".codex/config.toml"),
        *(".gemini/settings.json", ".aider.conf.yml", ".windsurf/x.md", ".roo/mcp.json"),
        *(".repoctx.toml", ".config/repoctx/config.toml", "opencode.json", ".continue/config.yaml"),
    ],
    "assistant instructions": [
        *("AGENTS.md", "sub/CLAUDE.md", "GEMINI.md", ".cursorrules", ".windsurfrules"),
        ".github/copilot-instructions.md",
    ],
    "start-up file": [
        *(".envrc", ".env", "mise.toml", ".tool-versions", "flake.nix", ".bashrc", ".zshenv"),
        *(".profile", ".ssh/config", "lib/evil.pth", "sitecustomize.py", ".pdbrc", ".Rprofile"),
        *(".config/fish/config.fish", ".gdbinit"),
    ],
    "package manager configuration": [
        *(".npmrc", ".yarnrc.yml", ".yarn/releases/yarn.cjs", ".pnpmfile.cjs", "pip.conf"),
        *(".cargo/config.toml", "rust-toolchain.toml", ".mvn/extensions.xml", "nuget.config"),
        *("gradle/wrapper/gradle-wrapper.properties", ".bundle/config"),
    ],
    "runs on install": [
        *("setup.py", "sub/Setup.py", "build.rs", "crates/x/build.rs", "binding.gyp", "Gemfile"),
        *("x.gemspec", "ext/extconf.rb", "Podfile", "mix.exs"),
    ],
    "installed packages": [
        *(".venv/bin/python", "web/node_modules/.bin/tsc", "src/__pycache__/a.cpython-311.pyc"),
    ],
    "part of a git folder": ["store/HEAD"],
}
EACH = [(flag, path) for flag, paths in FLAGGED.items() for path in paths]
UNFLAGGED = [
    *(
        "src/a.py",
        "Makefile",
        "tests/test_a.py",
        "README.md",
        ".gitignore",
        "Dockerfile",
        "tox.ini",
    ),
    *(
        "src/hooks/useState.ts",
        "hooks/index.js",
        "docs/head.md",
        "package-lock.json",
        "workflows/a",
    ),
    *(".github/ISSUE_TEMPLATE.md", ".github/dependabot.yml", ".editorconfig", "heading"),
    *(
        "go.mod",
        "Cargo.toml",
        "requirements.txt",
        "vite.config.ts",
        "eslint.config.js",
        "src/env.py",
    ),
    *("compose.yml", "build.gradle", "CMakeLists.txt", "pytest.ini", "src/venv/__init__.py"),
    *(".env.example", "docs/agents.rst", "tests/conftest.py", "setup.cfg", ".prettierrc"),
    *("scripts/build.sh", "pnpm-workspace.yaml", ".nvmrc", ".python-version", "src/install.py"),
]


@pytest.mark.parametrize(("flag", "path"), EACH)
def test_what_runs_unasked_is_flagged(flag: str, path: str) -> None:
    assert flag in path_flags(path, PLAIN, FileState(b"y"))


@pytest.mark.parametrize("path", UNFLAGGED)
def test_what_runs_only_with_the_project_is_not_flagged(path: str) -> None:
    assert path_flags(path, PLAIN, FileState(b"y")) == ()


@pytest.mark.parametrize(("flag", "path"), EACH)
def test_no_way_of_writing_the_letters_hides_a_flag(flag: str, path: str) -> None:
    """On a file system that ignores case these are one file."""
    for spelled in (path.upper(), path.swapcase(), path.title()):
        assert flag in name_flags(spelled)


@pytest.mark.parametrize(("flag", "path"), EACH)
def test_new_deleted_and_renamed_files_are_flagged_as_changed_ones_are(
    flag: str, path: str
) -> None:
    assert flag in path_flags(path, None, PLAIN)
    assert flag in path_flags(path, PLAIN, None)
    assert flag in path_flags(path, PLAIN, PLAIN, old_path="src/a.py")
    assert flag in path_flags("src/a.py", PLAIN, PLAIN, old_path=path)


def test_the_executable_bit_is_flagged_when_it_is_gained() -> None:
    run = FileState(b"x", EXECUTABLE)
    assert path_flags("a", None, run) == ("becomes executable",)
    assert path_flags("a", PLAIN, run) == ("becomes executable",)
    assert path_flags("a", run, run) == ()
    assert path_flags("a", run, PLAIN) == ()


@pytest.mark.parametrize(
    ("path", "target", "outside"),
    [
        ("l", b"a", False),
        ("d/l", b"../a", False),
        ("l", b"../a", True),
        ("d/l", b"../../a", True),
        ("l", b"/etc/passwd", True),
        ("l", b".git/config", True),
        ("d/l", b"../.git", True),
    ],
)
def test_links_are_flagged_and_those_that_lead_out_more_so(
    path: str, target: bytes, outside: bool
) -> None:
    (flag,) = path_flags(path, None, FileState(target, SYMLINK))
    assert flag == ("symbolic link to outside the root" if outside else "symbolic link")


def test_replacing_a_link_is_flagged() -> None:
    assert path_flags("l", FileState(b"a", SYMLINK), PLAIN) == ("replaces a symbolic link",)


RUNNING = {
    "package.json": [
        ('{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest", "postinstall": "sh x"}}'),
        ('{"scripts": {"prepare": "tsc"}}', '{"scripts": {}}'),
        ("{}", '{"lint-staged": {"*": "sh x"}}'),
        ("{}", '{"husky": {"hooks": {"pre-commit": "sh x"}}}'),
        ('{"packageManager": "pnpm@9"}', '{"packageManager": "pnpm@https://example.org/x.tgz"}'),
    ],
    "composer.json": [("{}", '{"scripts": {"post-install-cmd": "sh x"}}')],
    "pyproject.toml": [
        ("", '[build-system]\nrequires = ["evil"]\n'),
        (
            "[build-system]\nrequires = []\n",
            '[build-system]\nrequires = []\nbackend-path = ["."]\n',
        ),
        ("", '[tool.hatch.build.hooks.custom]\npath = "x.py"\n'),
        ("", '[tool.poetry.build]\nscript = "x.py"\n'),
    ],
}
QUIET = {
    "package.json": [
        (
            '{"scripts": {"test": "jest"}}',
            '{"scripts": {"test": "vitest"}, "dependencies": {"a": "1"}}',
        ),
        ('{"packageManager": "pnpm@9"}', '{"packageManager": "pnpm@10"}'),
        ("{}", "[" * 100_000),
        ("{}", '{"scripts": 1, "name": "x"}'),
        ("[1]", "[2]"),
    ],
    "composer.json": [("{}", '{"require": {"a": "1"}}')],
    "pyproject.toml": [
        ("", '[project]\nname = "x"\ndependencies = ["a"]\n'),
        ("", "[tool.ruff]\nline-length = 100\n"),
        ("", "not toml ["),
        ("", "tool = 1\n"),
    ],
}


def _pairs(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(name, *pair) for name, pairs in table.items() for pair in pairs]


@pytest.mark.parametrize(("name", "old", "new"), _pairs(RUNNING))
def test_of_a_manifest_the_parts_that_run_unasked_are_flagged(
    name: str, old: str, new: str
) -> None:
    before, after = FileState(old.encode()), FileState(new.encode())
    for path in (name, f"web/{name.upper()}"):
        assert path_flags(path, before, after) == ("script that runs on install",)
    assert path_flags(name, None, after) or path_flags(name, before, None)
    moved = path_flags(name, after, after, old_path="notes.txt")
    assert bool(moved) == bool(path_flags(name, None, after))


@pytest.mark.parametrize(("name", "old", "new"), _pairs(QUIET))
def test_of_a_manifest_the_other_parts_are_not_flagged(name: str, old: str, new: str) -> None:
    assert path_flags(name, FileState(old.encode()), FileState(new.encode())) == ()


# Consent, on every way to a file

HOOK = ".husky/pre-commit"
WAYS = {
    "created": f"*** Begin Patch\n*** Add File: {HOOK}.x\n+sh x\n*** End Patch\n",
    "edited": f"{HOOK}\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n",
    "rewritten": f"{HOOK}\n```\nnew\n```\n",
    "deleted": f"*** Begin Patch\n*** Delete File: {HOOK}\n*** End Patch\n",
    "renamed to": f"*** Begin Patch\n*** Update File: a.py\n*** Move to: {HOOK}.x\n*** End Patch\n",
    "renamed from": f"*** Begin Patch\n*** Update File: {HOOK}\n*** Move to: b.py\n*** End Patch\n",
    "copied to": f"```diff\ndiff --git a/a.py b/{HOOK}.x\ncopy from a.py\ncopy to {HOOK}.x\n```\n",
    "made executable": "```diff\ndiff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n```\n",
    "linked": "```diff\ndiff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
    "@@ -0,0 +1 @@\n+../x\n\\ No newline at end of file\n```\n",
}
FILES = {HOOK: "old\n", "a.py": "a\n"}
Make = Callable[..., Path]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_flagged_is_accepted_along_with_the_rest(
    repository: Make, way: str, tmp_path: Path
) -> None:
    root = repository(FILES)
    changes = plan(root, parse_reply(WAYS[way]))
    assert changes.conflicts == ()
    assert [bool(change.flags) for change in changes.files] == [True]
    assert Review(changes).accept_rest().result().files == ()
    with pytest.raises(RefusedError) as caught:
        accept_all(changes)
    assert caught.value.hint
    assert accept_flagged_too(changes) is changes
    with pytest.raises(RefusedError):
        repoctx.apply(root, WAYS[way])
    assert sorted(p.name for p in root.iterdir()) == [".git", ".husky", "a.py"]
    repoctx.apply(root, WAYS[way], allow_flagged=True)


@pytest.mark.parametrize("way", ["created", "deleted", "renamed from"])
def test_the_command_refuses_in_one_line_until_told(repository: Make, run: Any, way: str) -> None:
    root = repository(FILES)
    ran = run("apply", "-", "--json", cwd=root, stdin=WAYS[way])
    assert ran.code == 5
    assert len(ran.err.splitlines()) == 2
    assert "nothing was written" in ran.err
    assert run("log", cwd=root).out == ""
    if way == "created":
        told = run("apply", "-", "--allow-flagged", "--json", cwd=root, stdin=WAYS[way])
        assert told.json["files"][0]["flags"] == ["git hook"]
        assert run("undo", cwd=root).code == 0
        assert run("redo", cwd=root).code == 0
        assert (root / f"{HOOK}.x").read_text() == "sh x\n"


def test_flags_hold_in_each_of_several_roots(repository: Make, run: Any) -> None:
    for name in ("one", "two"):
        repository(FILES, name=name)
    roots = ("-C", "one", "-C", "two")
    reply = WAYS["edited"].replace(HOOK, f"two/{HOOK}")
    ran = run("apply", "-", *roots, stdin=reply)
    assert ran.code == 5
    assert f"two/{HOOK}: git hook" in ran.err
    assert run("apply", "-", "--allow-flagged", *roots, stdin=reply).code == 0
