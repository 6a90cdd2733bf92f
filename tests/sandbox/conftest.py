"""Real sandboxes around escape attempts, as root and as nobody, with only canaries at stake."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE

CHECKOUT = Path(__file__).resolve().parents[2]
NOBODY = 65534
SECRET = "canary-secret-5fd1"

RUNNER = """
import json, sys, tempfile
from pathlib import Path
config = json.loads(sys.argv[1])
sys.path.insert(0, config["checkout"])
from repoctx.errors import RefusedError
from repoctx.sandbox import Bounds, Job, run
from repoctx.sandbox.bubblewrap import bubblewrap
from repoctx.sandbox.confinement import verify
from repoctx.sandbox.landlock import landlock
try:
    found = {"bubblewrap": bubblewrap, "landlock": landlock}[config["confinement"]]()
    if not config["verified"]:
        verify(found)
except RefusedError as error:
    print(json.dumps({"refused": str(error)}))
    raise SystemExit
with tempfile.TemporaryDirectory(dir=config["scratch"]) as folder:
    Path(folder, "probe.py").write_text(config["program"])
    argv = (config["python"], "probe.py", json.dumps(config["arguments"]))
    readable = tuple(map(Path, config["readable"]))
    job = Job(argv, Path(folder), Path(folder), readable, bounds=Bounds(**config["bounds"]))
    result = run(found, job)
print(json.dumps({"exit_code": result.exit_code, "seconds": result.seconds,
                  "output": result.output, "timed_out": result.timed_out}))
"""


@dataclass(frozen=True)
class Variant:
    """A sandbox and the user that starts it."""

    confinement: str
    user: str

    def run(self, program: str, arguments: object = None, **bounds: float) -> dict[str, Any]:
        """Run a Python program in the sandbox, with a secret in the starter's environment."""
        with tempfile.TemporaryDirectory(prefix="repoctx-test-", dir="/tmp") as scratch:
            os.chmod(scratch, 0o777)
            return self._run_in(scratch, program, arguments, bounds)

    def _run_in(
        self, scratch: str, program: str, arguments: object, bounds: dict[str, float]
    ) -> dict[str, Any]:
        python, readable = self._python()
        config = {
            "checkout": str(CHECKOUT), "confinement": self.confinement, "program": program,
            "python": python, "readable": readable, "arguments": arguments, "bounds": bounds,
            "scratch": scratch, "verified": self in _VERIFIED,
        }  # fmt: skip
        starter = python if self.user == "nobody" else sys.executable
        command = [starter, "-c", RUNNER, json.dumps(config)]
        if self.user == "nobody" and os.geteuid() == 0:
            drop = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
            command = [*drop, *command]
        environment = os.environ | {"CANARY": SECRET}
        done = subprocess.run(
            command, env=environment, cwd="/", capture_output=True, text=True, timeout=120
        )
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        if "refused" in answer:
            pytest.skip(answer["refused"])
        _VERIFIED.add(self)
        return answer

    def _python(self) -> tuple[str, list[str]]:
        """An interpreter that a stranger can reach without help, unless bubblewrap mounts it."""
        own = os.path.realpath(sys.executable)
        if os.geteuid() != 0 or (self.confinement == "bubblewrap" and self.user == "root"):
            return own, [sys.base_prefix]
        if not os.path.exists("/usr/bin/python3"):
            pytest.skip("no Python that another user can start")
        return "/usr/bin/python3", []


_VERIFIED: set[Variant] = set()
"""Seen to work on this machine."""


@dataclass
class Outside:
    """Things that nothing in a sandbox may touch; world-writable, so rights do not protect them."""

    folder: Path
    tcp_port: int = 0
    udp_port: int = 0
    abstract: str = ""
    victim: int = 0
    """A process of the user who starts the sandbox."""
    lives: Callable[[], bool] = bool
    """Says whether the victim still runs; a dead one that nobody has waited for has its number."""
    heard: list[str] = field(default_factory=list)
    """What the servers were sent."""

    @property
    def file(self) -> Path:
        return self.folder / "file"


VARIANTS = [
    Variant(confinement, user)
    for user in (["root", "nobody"] if os.geteuid() == 0 else ["person"])
    for confinement in ("bubblewrap", "landlock")
]


@pytest.fixture(scope="session", params=VARIANTS, ids=lambda v: f"{v.confinement}-as-{v.user}")
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="session")
def outside(variant: Variant) -> Iterator[Outside]:
    """Canaries in /tmp: a file, a home with a key, servers, and a process."""
    folder = Path(tempfile.mkdtemp(prefix="repoctx-outside-", dir="/tmp"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield _furnished(Outside(folder), variant, stack)


def _furnished(outside: Outside, variant: Variant, stack: contextlib.ExitStack) -> Outside:
    folder = outside.folder
    folder.chmod(0o777)
    (folder / "home/.ssh").mkdir(parents=True)
    (folder / "home/.ssh/id_ed25519").write_text(SECRET)
    outside.file.write_text("untouched")
    for path in (
        outside.file,
        folder / "home",
        folder / "home/.ssh",
        folder / "home/.ssh/id_ed25519",
    ):
        path.chmod(0o777)
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    named, unnamed = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    outside.abstract = folder.name
    for server, address in (
        (tcp, ("127.0.0.1", 0)),
        (udp, ("127.0.0.1", 0)),
        (named, str(folder / "socket")),
        (unnamed, "\0" + outside.abstract),
    ):
        server.bind(address)
        stack.callback(server.close)
    (folder / "socket").chmod(0o777)
    outside.tcp_port, outside.udp_port = tcp.getsockname()[1], udp.getsockname()[1]
    for server, name in ((tcp, "tcp"), (named, "named"), (unnamed, "abstract")):
        server.listen()
        _listen(outside, name, server.accept)
    _listen(outside, "udp", lambda: udp.recv(10))
    user = NOBODY if variant.user == "nobody" and os.geteuid() == 0 else None
    # It outlives whatever else this worker has to do meanwhile.
    process = subprocess.Popen(["sleep", "3600"], user=user, env={"CANARY": SECRET})
    stack.callback(process.wait, PATIENCE)
    stack.callback(process.kill)
    outside.victim, outside.lives = process.pid, lambda: process.poll() is None
    return outside


def _listen(outside: Outside, name: str, receive: Callable[[], object]) -> None:
    def loop() -> None:
        with contextlib.suppress(OSError):
            while True:
                receive()
                outside.heard.append(name)

    threading.Thread(target=loop, daemon=True).start()


def living(marker: str) -> list[int]:
    """Processes whose command line has the marker, zombies not counted."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if marker.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(int(name))
    return found


@pytest.fixture
def survivors() -> Iterator[Callable[[str], list[int]]]:
    """A function that finds processes still alive after a while, by a marker.

    A killed process takes a moment to die, so they must have ``AGES`` to sleep. What was found is
    killed in the end.
    """
    seen: list[int] = []

    def find(marker: str) -> list[int]:
        deadline = time.monotonic() + PATIENCE
        while (found := living(marker)) and time.monotonic() < deadline:
            time.sleep(0.02)
        seen.extend(found)
        return found

    yield find
    for pid in seen:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
