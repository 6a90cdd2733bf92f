"""Start git so that nothing a repository says can run a program or reach the network.

A repository's own configuration and attributes can name programs (fsmonitor, filters, textconv,
hooks, a pager, gpg) that ordinary commands such as ``status``, ``diff`` and ``log`` run. Only
plumbing that was measured to run none of them is used, and the environment here blanks each one
besides. GitPython does no more than start the processes: its ``Repo`` runs filters and hooks in
``is_dirty``, fails on names that are not UTF-8, and leaks in a process that lives long.
"""

from __future__ import annotations

import os
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from repoctx.errors import RefusedError, RepoctxError
from repoctx.git.gitpython import load

if TYPE_CHECKING:
    from git.cmd import Git

Settings = tuple[tuple[str, str], ...]
"""Names of git's configuration and the values that replace a repository's own."""

PATIENCE = 300.0
"""Seconds for one listing; a FIFO named .gitignore would make git wait for ever."""

HARMLESS: Settings = (
    ("safe.bareRepository", "explicit"),  # a bare repository hidden in the tree is not entered
    ("core.alternateRefsCommand", "false"),
    ("core.askPass", "false"),
    ("core.attributesFile", os.devnull),
    ("core.editor", "false"),
    ("core.fsmonitor", "false"),
    ("core.gitProxy", ""),
    ("core.hooksPath", os.devnull),
    ("core.pager", "cat"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.sshCommand", "false"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("gpg.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("log.showSignature", "false"),  # with it, plain `git log` runs gpg.program
    ("protocol.allow", "never"),
    ("submodule.recurse", "false"),
)
_DRIVERS = {  # settings of the form <section>.<any name>.<key> that name a program
    "credential": ("helper",),
    "diff": ("command", "textconv"),
    "filter": ("clean", "process", "smudge"),
    "merge": ("driver",),
}
_MOST_DRIVERS = 500
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # stands above protocol.<name>.allow: no lazy fetch of blobs
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # a blob's id must be its content's
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
# Of the caller's GIT_* variables these say which repositories are found and trusted. The others
# (GIT_DIR and GIT_INDEX_FILE inside a hook, GIT_TRACE) would make git read or write elsewhere.
_KEPT = (
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_PYTHON_",
    "GIT_TEST_ASSUME_DIFFERENT_OWNER",  # git's own tests use it; it only makes git stricter
)


IMPOSED = ("LANGUAGE", "LC_ALL")
"""What GitPython sets, so that git speaks English."""


@dataclass(frozen=True, slots=True)
class Manner:
    """In what environment git runs."""

    hides: Callable[[str], bool]
    """Says of the caller's variables which git does not see."""
    variables: Mapping[str, str]
    """Set besides."""


def is_foreign(name: str) -> bool:
    """True for a variable of git's that could make it read or write elsewhere."""
    return name.startswith("GIT_") and not name.startswith(_KEPT)


READING = Manner(is_foreign, _ENVIRONMENT)
"""For questions; nothing is written, and no object is fetched."""


class GitError(RepoctxError):
    """Git ended with an error; ``complaint`` is what it wrote on its standard error."""

    def __init__(self, folder: Path, complaint: str) -> None:
        lines = complaint.strip().splitlines() or ["git stopped without a reason"]
        first = next((line for line in lines if line.startswith("fatal: ")), lines[0])
        reason = first.removeprefix("fatal: ")
        super().__init__(f"git cannot read {folder}: {reason}", "git fsck there may say more")
        self.complaint = complaint


class Process:
    """A running git. Leaving the ``with`` ends it, so that an abandoned one never stays behind."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        settings: Settings = HARMLESS,
        stdin: IO[bytes] | int | None = None,
        manner: Manner = READING,
    ) -> None:
        self._folder = folder
        # GitPython ends the process when this object of its own is collected: keep it.
        self._guard = start(folder, arguments, settings, stdin, manner)
        self._process = cast(subprocess.Popen[bytes], self._guard.proc)
        self._complaint: deque[bytes] = deque(maxlen=64)
        self._drains: list[threading.Thread] = []
        # Also when the object is forgotten, and before Python stops its threads at the end.
        self._end = weakref.finalize(self, _end, self._process, self._drains)

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill git if it still runs: it only reads, so nothing is left half done."""
        self._end()

    def finish(self, stdin: bytes | None = None) -> tuple[bytes, str]:
        """Return all that git writes, and its warnings.

        Raises GitError when it fails or takes longer than PATIENCE.
        """
        try:
            output, complaint = self._process.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise GitError(self._folder, f"no answer within {PATIENCE:g} s") from error
        if self._process.returncode != 0:
            raise GitError(self._folder, os.fsdecode(complaint))
        return output, os.fsdecode(complaint)

    def output(self) -> BufferedReader:
        """Return git's output, to be read as it comes."""
        # Unread complaints would fill their pipe and stop git.
        drain = threading.Thread(target=_drain, args=(self._process.stderr, self._complaint))
        drain.daemon = True
        drain.start()
        self._drains.append(drain)
        return cast(BufferedReader, self._process.stdout)

    def send(self, question: bytes) -> None:
        """Write to git's input, when it is a pipe; a dead git says so by its empty answer."""
        stdin = cast(BufferedWriter, self._process.stdin)
        with suppress(BrokenPipeError):
            stdin.write(question)
            stdin.flush()

    def check(self) -> None:
        """Wait for the end of a git that was read as it went; GitError when it failed."""
        code = self._process.wait()
        for drain in self._drains:
            drain.join()
        if code != 0:
            raise GitError(self._folder, os.fsdecode(b"".join(self._complaint)))


def run(
    folder: Path,
    arguments: Sequence[str],
    settings: Settings = HARMLESS,
    stdin: bytes | None = None,
    manner: Manner = READING,
) -> bytes:
    """Return what one git command writes; GitError when it fails."""
    pipe = None if stdin is None else subprocess.PIPE
    with Process(folder, arguments, settings, pipe, manner) as process:
        return process.finish(stdin)[0]


def settings_for(folder: Path) -> Settings:
    """Return HARMLESS and a blank for every driver that the configuration names a program for."""
    listing = run(folder, ("config", "--list", "-z", "--name-only"))
    names = {os.fsdecode(name) for name in listing.split(b"\0")}
    drivers = tuple((name, "") for name in sorted(names) if _names_a_program(name))
    if len(drivers) > _MOST_DRIVERS:
        raise RefusedError(f"the git configuration of {folder} names {len(drivers)} programs")
    return HARMLESS + drivers


def _names_a_program(name: str) -> bool:
    section, _, rest = name.partition(".")
    return rest.rpartition(".")[2] in _DRIVERS.get(section, ())


def start(
    folder: Path,
    arguments: Sequence[str],
    settings: Settings,
    stdin: IO[bytes] | int | None,
    manner: Manner = READING,
) -> Git.AutoInterrupt:
    """Start git with pipes for what it says; RepoctxError when there is none."""
    try:
        git = load(is_foreign)()
        from git.exc import GitCommandNotFound
    except ImportError as error:
        raise _not_installed() from error
    hidden = filter(manner.hides, dict.fromkeys((*os.environ, *IMPOSED)))
    foreign = [part for name in hidden for part in ("-u", name)]
    # The folder is an argument, because GitPython would expand "$HOME" or "~" in a working_dir.
    command = [git.GIT_PYTHON_GIT_EXECUTABLE, "--no-pager", "-C", str(folder), *arguments]
    try:
        process = git.execute(
            ["env", *foreign, *command] if foreign else command,
            istream=cast("BinaryIO | int | None", stdin),
            as_process=True,
            shell=False,
            env={**manner.variables, **_configuration(settings)},
        )
    except GitCommandNotFound as error:
        raise _not_installed() from error
    except OSError as error:
        raise RepoctxError(f"cannot run git: {error.strerror}") from error
    return process


def _not_installed() -> RepoctxError:
    return RepoctxError("git is not installed, or not on the PATH", "install git")


def _configuration(settings: Settings) -> dict[str, str]:
    """Return the settings as variables, after the caller's own of the same kind: the last wins."""
    if not settings:
        return {}
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isascii() and count.isdigit() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings, first):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def _drain(stream: IO[bytes], complaint: deque[bytes]) -> None:
    while piece := os.read(stream.fileno(), 4096):
        complaint.append(piece)


def _end(process: subprocess.Popen[bytes], drains: list[threading.Thread]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for drain in drains:  # they end with the process, and before their pipe is closed
        drain.join()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):  # what was not flushed to a dead process
                pipe.close()
