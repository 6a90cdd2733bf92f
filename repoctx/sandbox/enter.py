"""The last steps before a confined command starts; runs inside, as a program of its own.

It becomes a user that owns nothing, sets the limits, unpacks the files, and gives up every right;
what comes after it can take none of that back. A program and not a function called after fork():
that is not safe in a process with threads. Only the standard library, and little of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path

from repoctx.sandbox import mounts, rules, seccomp

FAILED = 125
"""The exit code when the sandbox itself could not be set up."""
_BOOT = """
import sys, types
root = sys.argv.pop(1)
for name in ("repoctx", "repoctx.sandbox"):  # without running the packages: half the start-up time
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [root + "/" + name.replace(".", "/")]
from repoctx.sandbox import enter
enter.main()
"""
_SET_PDEATHSIG, _CAPBSET_DROP, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 24, 36, 38


@dataclass(frozen=True, slots=True)
class Entry:
    """What to do before the command starts."""

    folder: str
    """The working folder; the files are unpacked there when there are any."""
    rlimits: dict[str, int]
    uid: int | None
    """The user to become; None when not started as root."""
    readable: tuple[str, ...] = ()
    """Landlock: paths that may be read; with ``writable`` empty Landlock is not used."""
    writable: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()

    def command(self, argv: tuple[str, ...], tree: int = -1) -> list[str]:
        """Return the command line that enters and then runs ``argv``.

        ``tree`` is an inherited descriptor of a tar file with the files.
        """
        python = os.path.realpath(sys.executable)
        parent = str(Path(__file__).resolve().parent.parent.parent)
        settings = json.dumps(asdict(self) | {"tree": tree})
        return [python, "-I", "-S", "-c", _BOOT, parent, settings, *argv]


def stranger_id() -> int | None:
    """Return a user id that no process or file has, when we are root and can become it."""
    return 0x70000000 + os.getpid() if os.geteuid() == 0 else None


def main() -> None:
    """Enter as ``sys.argv[1]`` says and become the command in the rest of it."""
    settings, argv = json.loads(sys.argv[1]), sys.argv[2:]
    tree = settings.pop("tree")
    entry = Entry(**settings)
    try:
        if entry.writable:
            _supervise()
        _enter(entry, tree)
        os.execvp(argv[0], argv)
    except (OSError, ValueError, tarfile.TarError) as error:
        os.write(2, f"sandbox: {error}\n".encode(errors="replace"))
        os._exit(FAILED)


def _enter(entry: Entry, tree: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if entry.uid is not None:
        if entry.writable:
            mounts.open_way((*entry.readable, *entry.writable), entry.uid)
        for capability in range(64):
            libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setresgid(entry.uid, entry.uid, entry.uid)
        os.setresuid(entry.uid, entry.uid, entry.uid)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    os.chdir(entry.folder)
    if tree >= 0:
        _unpack(tree)
    os.closerange(3, 256)
    for name, value in entry.rlimits.items():
        _limit(getattr(resource, name), value)
    if entry.writable:
        rules.restrict(entry.readable, entry.writable, entry.devices)
    seccomp.install(walled=not entry.writable)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _unpack(tree: int) -> None:
    with os.fdopen(tree, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        # Links may point anywhere: we are a stranger in here already.
        archive.extraction_filter = lambda member, _folder: member
        archive.extractall(".")


def _supervise() -> None:
    """Fork; the child returns, to enter as the leader of a process group that nothing can leave.

    The parent stays outside, and never returns: when the command or repoctx ends, or repoctx asks,
    it kills the whole group in one call (the kernel makes that atomic against fork) and reaps it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signals = {signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        return
    while signal.sigwait(signals) == signal.SIGCHLD and not _ended(child):
        pass
    _kill_group(child)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(ChildProcessError):
        while os.wait():
            pass
    os._exit(128 - code if code < 0 else code)


def _ended(child: int) -> bool:
    """Reap what was orphaned; True when the child itself is over (it is not reaped yet)."""
    any_child = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while (over := os.waitid(os.P_ALL, 0, any_child)) is not None:
        if over.si_pid == child:
            return True
        os.waitpid(over.si_pid, 0)
    return False


def _kill_group(leader: int) -> None:
    """The leader is not reaped yet, so its group's number cannot be someone else's."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):  # no group yet, or all of it is gone
            kill(leader, signal.SIGKILL)
