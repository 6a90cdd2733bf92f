"""Read a check command: which test runner it starts, with which interpreter and arguments.

What cannot be read with certainty is no loss: the command is then run as it is, once for each try.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from repoctx.sandbox import run_check

Kind = Literal["unittest", "pytest", "script", "command"]

OLDEST_PYTHON = (3, 9)
"""What the worker inside the sandbox is written for."""
_PROBE = (  # sys is built in: any other import could be a file of the repository
    "import sys; print([sys.executable, sys.prefix, sys.base_prefix, sys.path[1:],"
    " tuple(sys.version_info[:2])])"
)
_RUNNERS = {"uv", "poetry", "pdm", "pipenv", "rye", "hatch"}
_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_FLAGS_WITH_VALUE = ("-W", "-X")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that a check uses, and what it needs to be readable."""

    executable: str
    prefix: str
    folders: tuple[Path, ...]
    """Its installation, its virtual environment and the folders on its path."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check command as read."""

    kind: Kind
    program: str
    """The interpreter as the command names it, or as the runner's own script does."""
    arguments: tuple[str, ...]
    """For the runner; for a script, the file and its arguments; for a command, the whole of it."""
    flags: tuple[str, ...] = ()
    """For the interpreter."""
    folder: str = "."
    """Where the command changes to first, relative to the root."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that the command itself sets."""
    path0: str = ""
    """What Python puts first on its path; empty for the working folder."""


def understand(command: str, root: Path) -> Check | None:
    """Return the check that a command line starts; None when it is anything but a plain one."""
    words = _words(command)
    folder = "."
    if len(words) > 3 and words[0] == "cd" and words[2] == "&&":
        folder, words = words[1], words[3:]
    if any(word and set(word) <= set("();<>|&") for word in words):
        return None
    environment = {}
    while words and (words[0] == "env" or _ASSIGNMENT.match(words[0])):
        name, sets, value = words.pop(0).partition("=")
        if sets:
            environment[name] = value
    if len(words) > 2 and words[0] == "timeout":
        words = words[2:]
    base = root / folder
    if len(words) > 2 and words[0] in _RUNNERS and words[1] == "run":
        words = [_in_environment(words[2], root), *words[3:]]
    check = _program(words, base) if words else None
    if check is None:
        return None
    return replace(check, folder=folder, environment=environment)


def plain_command(command: str) -> Check:
    """Return the check that runs a command line as it is, with the first Python that it names."""
    words = re.split(r"[\s;|&()<>'\"=]+", command)
    pythons = [word for word in words if _PYTHON.fullmatch(os.path.basename(word))]
    return Check("command", [*pythons, "python3"][0], (command,))


def interpreter(check: Check, root: Path) -> Interpreter | None:
    """Ask the check's interpreter for its folders; None when it does not run or is too old."""
    command = f"{shlex.quote(check.program)} -c {shlex.quote(_PROBE)}"
    result = run_check(command, root / check.folder, timeout=10)
    try:
        executable, prefix, base, path, version = ast.literal_eval(result.output.strip())
    except (ValueError, SyntaxError, TypeError):
        return None
    if result.exit_code or tuple(version) < OLDEST_PYTHON:
        return None
    real = Path(os.path.realpath(root))
    outside = [Path(entry) for entry in path if entry and os.path.isdir(entry)]
    folders = (Path(prefix), Path(base), *_links(executable))
    folders += tuple(entry for entry in outside if _is_apart(entry.resolve(), real))
    return Interpreter(executable, prefix, folders)


def _is_apart(folder: Path, root: Path) -> bool:
    """False for one in the root, and for one that holds it: a home, say, with all that is in it."""
    return not folder.is_relative_to(root) and not root.is_relative_to(folder)


def _words(command: str) -> list[str]:
    """Split as a shell does; nothing when the shell would put something else in."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return []
    quoted = "'" in command or '"' in command
    expands = any("$" in word or "`" in word or "\n" in word for word in words)
    globs = any(set(word) & set("*?[{~") for word in words)
    return [] if expands or (globs and not quoted) else words


def _program(words: list[str], base: Path) -> Check | None:
    program, rest = words[0], words[1:]
    name = os.path.basename(program)
    if name in ("pytest", "py.test"):
        return _pytest_script(program, rest, base)
    if not _PYTHON.fullmatch(name):
        return None
    flags: list[str] = []
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        flags.append(rest.pop(0))
        if flags[-1] in _FLAGS_WITH_VALUE and rest:
            flags.append(rest.pop(0))
    if len(rest) > 1 and rest[0] == "-m" and rest[1] in ("unittest", "pytest"):
        kind: Kind = "unittest" if rest[1] == "unittest" else "pytest"
        return Check(kind, program, tuple(rest[2:]), tuple(flags))
    if rest and rest[0].endswith(".py"):
        here = os.path.dirname(rest[0])
        return Check("script", program, tuple(rest), tuple(flags), path0=here)
    return None


def _pytest_script(program: str, rest: list[str], base: Path) -> Check | None:
    """Find the interpreter that the installed ``pytest`` command starts."""
    found = str(base / program) if os.sep in program else shutil.which(program)
    if found is None or not os.path.isfile(found):
        return None
    with open(found, "rb") as script:
        first = script.readline(500).decode("utf-8", "replace")
    named = first[2:].split()
    python = named[0] if named and _PYTHON.fullmatch(os.path.basename(named[0])) else ""
    if not python:  # a shim or a wrapper; it stands beside its Python
        python = os.path.join(os.path.dirname(found), "python")
    return Check("pytest", python, tuple(rest), path0=os.path.dirname(found))


def _in_environment(program: str, root: Path) -> str:
    """The program in the project's own virtual environment, where runners such as uv keep it."""
    for folder in (".venv", "venv"):
        found = root / folder / "bin" / program
        if found.exists():
            return str(found)
    return "/nonexistent"


def _links(executable: str) -> list[Path]:
    """The installations that a chain of links from an interpreter passes through."""
    found = []
    for _ in range(10):
        found.append(Path(os.path.abspath(executable)).parent.parent)
        if not os.path.islink(executable):
            break
        executable = os.path.join(os.path.dirname(executable), os.readlink(executable))
    return found
