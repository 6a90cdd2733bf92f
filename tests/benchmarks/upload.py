"""Measure a whole question against a loopback server: memory, CPU and speed, by stage.

    python tests/benchmarks/upload.py [--megabytes 40] [--repository R] [--rewritten 0.2]
        [--chunked] [--json]

A synthetic repository of that size (4 bytes are about a token), or a clone of R, is asked about
four times, each in a process of its own: the first question (the base is written), one with nothing
changed, one after a file changed, and one through a command (no ledger; the prompt is spooled);
with ``--rewritten`` once more after that share of the files was turned upside down.
Another process receives, counts and keeps what comes; the text that it has must be the pack's own,
packed anew without any of the code that sends. Peak memory is that of the asking process alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any

Rows = dict[str, dict[str, Any]]

QUESTION = "What is it?"
FILE_BYTES = 20_000
ANSWER = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Fine."},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)

# The repository


def synthetic(root: Path, size: int) -> None:
    """Write a repository of about so many bytes of source, no two files alike."""
    chosen = random.Random(7)
    words = ["".join(chosen.choices("abcdefghijklmnoprstuvwy", k=6)) for _ in range(3000)]
    root.mkdir()
    for number in range(max(1, size // FILE_BYTES)):
        folder = root / f"p{number // 100}"
        folder.mkdir(exist_ok=True)
        text = "".join(source_lines(chosen, words, FILE_BYTES))
        (folder / f"m{number}.py").write_text(text)
    git(root, "init", "-q")
    git(root, "-c", "core.compression=0", "add", "-A")


def source_lines(chosen: random.Random, words: list[str], size: int) -> Iterator[str]:
    """Yield lines of plain code until there are so many bytes."""
    while size > 0:
        a, b, c, d = chosen.choices(words, k=4)
        line = f"def {a}_{b}({c}):\n    return {c} + {chosen.randrange(999)}  # {d}\n\n"
        size -= len(line)
        yield line


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


# The other side: a server, and a command


def serve(folder: Path) -> None:
    """Keep each body in a file of the folder, and answer in five letters; runs until killed."""

    class Handler(BaseHTTPRequestHandler):
        count = 0

        def do_POST(self) -> None:
            Handler.count += 1
            with open(folder / f"{Handler.count}.body", "wb") as file:
                for piece in self.pieces():
                    file.write(piece)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(ANSWER)

        def pieces(self) -> Iterator[bytes]:
            if length := self.headers["Content-Length"]:
                yield from read_all(self.rfile, int(length))
                return
            while size := int(self.rfile.readline(), 16):
                yield from read_all(self.rfile, size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


def read_all(file: BufferedIOBase, left: int) -> Iterator[bytes]:
    """Yield so many bytes in pieces."""
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        left -= len(piece)
        yield piece


# The asking process


@dataclass
class Meter:
    """Peak memory, CPU and time since the last look."""

    cpu: float = 0.0
    wall: float = 0.0

    def look(self) -> dict[str, float]:
        used, now = time.process_time(), time.monotonic()
        found = {
            "peak_mib": peak(),
            "cpu_s": round(used - self.cpu, 2),
            "wall_s": round(now - self.wall, 2),
        }
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        self.cpu, self.wall = used, now
        return found


def peak() -> float:
    """Return the high-water mark of this process's resident memory, in MiB."""
    status = Path("/proc/self/status").read_text()
    kib = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return round(int(kib) / 1024, 1)


def ask(root: Path, settings: dict[str, Any]) -> None:
    """Ask once, and print the figures of each stage as JSON."""
    meter = Meter(time.process_time(), time.monotonic())
    from repoctx.events import Estimated, Failed, Packed, Progress
    from repoctx.session import open_session

    figures: dict[str, object] = {}
    sent = 0
    for event in open_session(root, **settings).ask(QUESTION):
        if isinstance(event, Failed):
            raise SystemExit(f"{event.message} ({event.hint})")
        if isinstance(event, Packed):
            figures["pack"] = meter.look()
        elif isinstance(event, Estimated):
            figures |= {"prepare": meter.look(), "tokens": event.input_tokens}
            figures["cached"] = event.cached_tokens
            if settings["backend"] == "openai":
                import openai  # noqa: F401 - its import is no part of the upload

                figures["client"] = meter.look()
        elif isinstance(event, Progress) and event.stage == "upload":
            sent = event.done
        elif isinstance(event, Progress) and event.stage == "waiting":
            figures |= {"upload": meter.look(), "bytes": sent}
    figures["answer"] = meter.look()
    sys.stdout.write(json.dumps(figures) + "\n")


def in_child(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return ran.stdout


# The runs


def packed_digest(root: Path) -> tuple[str, int]:
    """Return the hash and the length of the pack's text, from ``pack`` alone."""
    code = (
        "import hashlib, sys; from repoctx.session import open_session\n"
        "project = open_session(sys.argv[1]).project; seen = hashlib.sha256(); size = 0\n"
        "with project.opened() as (snapshot, index):\n"
        "    for chunk in project.pack(snapshot, index).chunks():\n"
        "        size += len(chunk); seen.update(chunk.encode('utf-8', 'replace'))\n"
        "print(seen.hexdigest(), size)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True, check=True
    )
    digest, size = ran.stdout.split()
    return digest, int(size)


def context_of(body: Path) -> str:
    """Return the repository's text of a request as it arrived."""
    user = json.loads(body.read_bytes())["messages"][1]["content"]
    if not isinstance(user, str):
        user = "".join(block["text"] for block in user)
    return str(user).removesuffix(f"\n{QUESTION}\n")


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def changed(root: Path) -> str:
    """Add a line to a file in the middle of the repository; return the line."""
    files = sorted(path for path in root.rglob("*.py") if ".git" not in path.parts)
    line = f"ADDED_{os.urandom(4).hex()} = 1"
    with open(files[len(files) // 2], "a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    return line


def turned(root: Path, share: float) -> str:
    """Write so many of the files with their lines in reverse; return what one of them holds now."""
    files = sorted(path for path in root.rglob("*.py") if ".git" not in path.parts)
    text = ""
    for file in files[:: int(1 / share)]:
        text = "".join(reversed(file.read_text().splitlines(keepends=True)))
        file.write_text(text)
    return text[:200]


def measured(root: Path, folder: Path, url: str, more: Mapping[str, str], rewritten: float) -> Rows:
    """Ask in the four ways, check what arrived, and return the figures."""
    settings = json.dumps({"backend": "openai", "model": "m", "base_url": url, **more})
    digest, size = packed_digest(root)
    rows: Rows = {}
    for number, name in enumerate(("first", "nothing changed", "one file changed"), 1):
        line = changed(root) if name == "one file changed" else ""
        figures = json.loads(in_child("--ask", str(root), settings))
        context = context_of(folder / f"{number}.body")
        update = context[size:]
        figures["right"] = (
            digest_of(context[:size]) == digest
            and (line in update)
            and (bool(update) == bool(line))
        )
        rows[name] = figures
    if rewritten:
        text = turned(root, rewritten)
        figures = json.loads(in_child("--ask", str(root), settings))
        figures["right"] = text in context_of(folder / "4.body")
        rows["many files rewritten"] = figures
    command = [sys.executable, "-c", SINK, str(folder / "command.body")]
    figures = json.loads(
        in_child("--ask", str(root), json.dumps({"backend": "exec", "command": command}))
    )
    prompt = (folder / "command.body").read_bytes().decode()
    _, _, prompt = prompt.partition("# Repository\n\n")
    figures["right"] = digest_of(prompt.rpartition("\n\n# User")[0]) == packed_digest(root)[0]
    return rows | {"a command": figures}


SINK = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, open(sys.argv[1], 'wb'))"


def loopback_speed(size: int = 200 << 20) -> float:
    """Return what two plain sockets reach here, in MB/s: the most that an upload could."""
    a, b = socket.socketpair()
    child = os.fork()
    if child == 0:
        a.close()  # or there is no end of the stream
        while b.recv(1 << 16):
            pass
        os._exit(0)
    b.close()
    began, piece = time.monotonic(), bytes(1 << 16)
    for _ in range(size // len(piece)):
        a.sendall(piece)
    a.close()
    os.waitpid(child, 0)
    return size / 1e6 / (time.monotonic() - began)


def main() -> int:
    """Measure, print, and return 1 when what arrived was not what the pack says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=40)
    parser.add_argument("--repository", type=Path)
    parser.add_argument("--rewritten", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--chunked", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    if options.ask:
        ask(Path(options.ask[0]), json.loads(options.ask[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = _run(Path(folder), options)
    return 0 if all(row["right"] for row in rows.values()) else 1


def _run(folder: Path, options: argparse.Namespace) -> Rows:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = str(folder / "home")
    root, bodies = folder / "repository", folder / "bodies"
    bodies.mkdir()
    if options.repository:
        git(folder, "clone", "-q", str(options.repository.resolve()), str(root))
    else:
        synthetic(root, options.megabytes * 1_000_000)
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(bodies)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        more = {"upload": "chunked"} if options.chunked else {}
        rows = measured(root, bodies, url, more, options.rewritten)
    finally:
        server.kill()
        server.wait()
    sys.stdout.write(json.dumps(rows) + "\n" if options.json else _table(rows))
    return rows


def _table(rows: Rows) -> str:
    lines = [f"load {os.getloadavg()[0]:.1f}; plain sockets reach {loopback_speed():.0f} MB/s"]
    for name, row in rows.items():
        lines.append(f"{name}: {row['tokens']:,} tokens, right: {row['right']}")
        for stage in ("pack", "prepare", "client", "upload", "answer"):
            if isinstance(figures := row.get(stage), dict):
                lines.append(
                    f"  {stage:8} peak {figures['peak_mib']:6.1f} MiB"
                    f"  CPU {figures['cpu_s']:6.2f} s  wall {figures['wall_s']:6.2f} s"
                )
        if isinstance(size := row.get("bytes"), int) and size:
            wall = max(0.001, row["upload"]["wall_s"])
            lines.append(f"  {size / 1e6:.1f} MB at {size / 1e6 / wall:.0f} MB/s")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
