"""A real chat-completions server on the loopback interface, told what to do by each test."""

from __future__ import annotations

import json
import select
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import (
    Backend,
    BackendSettings,
    Cancellation,
    Context,
    Limits,
    Message,
    Request,
)
from repoctx.backends.endpoint import parse_endpoint
from repoctx.backends.openai import OpenAIBackend
from tests.waiting import AGES, PATIENCE


@dataclass
class Answer:
    """What the server does with one request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Send only so many bytes of the body, then close."""
    reset: bool = False
    """Announce more bytes than are sent, so that the cut is seen as one."""
    pause: float = 0.0
    """Seconds between the pieces."""
    piece: int = 1 << 20
    hang: bool = False
    """After the body, wait until the client hangs up."""
    endless: bytes = b""
    """Send this again and again until the client hangs up."""
    before_headers: bool = False
    """Hang before the first byte."""
    deaf: bool = False
    """Do not read the body of the request; hang."""
    read: int | None = None
    """Read only so many bytes of the request, then answer (without a body: do not) and close."""


@dataclass
class Seen:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ChatServer:
    """Plays ``answers`` in order, the last one again and again, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer(self.stream("Hello, ", "world."))]
        self.pages: dict[str, Any] = {}
        """What is answered at other paths, as JSON; 404 for the rest."""
        self.asked: list[str] = []
        """These other paths, in order."""
        self.choose: Callable[[Seen], Answer] | None = None
        """Chooses the answer by the request, in place of ``answers``."""
        self.requests: list[Seen] = []
        self.reached = threading.Event()
        """Set when the server has come to the point where it hangs."""
        self.left = threading.Event()
        """Set when a client that was waited for hung up."""
        self.scheme = "http"
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign] # clients leave
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.http.server_address[1]}/v1"

    def use_tls(self, folder: Path) -> Path:
        """Speak TLS from now on; returns the certificate that a client must trust."""
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        command += " -subj /CN=here -addext subjectAltName=IP:127.0.0.1"
        files = ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run([*command.split(), *files], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.scheme = "https"
        return certificate

    def settings(self, **changes: Any) -> BackendSettings:
        return BackendSettings(
            **{"model": "m", "base_url": self.url, "timeout": PATIENCE, "retries": 0, **changes}
        )

    def backend(self, **changes: Any) -> Backend:
        """A backend for this server that backs off for milliseconds, not seconds."""
        settings = self.settings(**changes)
        return OpenAIBackend(settings, parse_endpoint(settings.base_url), pause=0.005)

    @staticmethod
    def event(value: Any) -> bytes:
        return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"

    @classmethod
    def delta(cls, text: str, **more: Any) -> bytes:
        return cls.event({"choices": [{"index": 0, "delta": {"content": text}, **more}]})

    @classmethod
    def stream(cls, *texts: str, finish: str = "stop", usage: Any = None) -> bytes:
        """The body of a whole streamed answer."""
        body = b"".join(map(cls.delta, texts))
        body += cls.event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if usage is not None:
            body += cls.event({"choices": [], "usage": usage})
        return body + b"data: [DONE]\n\n"


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            found = self.path in server.pages
            content = json.dumps(server.pages.get(self.path)).encode()
            self._send(Answer(content, status=200 if found else 404))

        def do_POST(self) -> None:
            if self.path in server.pages:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()
                return
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            if answer.deaf:
                self._hang()
                return
            if answer.read is not None:
                self.rfile.read(min(answer.read, int(self.headers["Content-Length"] or 1 << 40)))
                if answer.body:
                    self._send(answer)
                self.close_connection = True
                return
            try:
                body = self._body()
            except EOFError:
                return
            headers = {name.lower(): text for name, text in self.headers.items()}
            seen = Seen(self.path, headers, body)
            server.requests.append(seen)
            if server.choose is not None:
                answer = server.choose(seen)
            if answer.before_headers:
                self._hang()
                return
            self._send(answer)
            if answer.endless:
                self._repeat(answer.endless)
            if answer.hang:
                self._hang()

        def _body(self) -> bytes:
            if length := self.headers["Content-Length"]:
                return self._read(int(length))
            body = b""
            while size := int(self.rfile.readline() or b"0", 16):
                body += self._read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _read(self, size: int) -> bytes:
            content = self.rfile.read(size)
            if len(content) < size:
                raise EOFError  # the client has left
            return content

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, text in ({"Content-Type": "text/event-stream"} | answer.headers).items():
                self.send_header(name, text)
            body = answer.body[: answer.cut]
            if answer.reset:
                self.send_header("Content-Length", str(len(answer.body) + 1))
            self.end_headers()
            for at in range(0, len(body), answer.piece):
                self.wfile.write(body[at : at + answer.piece])
                time.sleep(answer.pause)

        def _repeat(self, piece: bytes) -> None:
            try:
                while True:
                    self.wfile.write(piece)
            except OSError:
                server.left.set()

        def _hang(self) -> None:
            """Wait until the client closes its side; data that it still sends is thrown away."""
            server.reached.set()
            end = time.monotonic() + AGES
            while time.monotonic() < end:
                if select.select([self.connection], [], [], 0.05)[0]:
                    try:
                        gone = not self.connection.recv(1024)
                    except OSError:
                        gone = True
                    if gone:
                        server.left.set()
                        return

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """The chat server; its address is ``server.url``."""
    running = ChatServer()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture
def answering() -> type[Answer]:
    """The class of the server's answers, for tests to fill ``server.answers``."""
    return Answer


@pytest.fixture
def ask() -> Callable[..., Request]:
    """A function that makes a request about a small repository."""

    def make(
        question: str = "What is it?",
        messages: tuple[tuple[str, str], ...] = (),
        context: tuple[str, ...] = ("<file>\n", "x = 1\n", "</file>\n"),
        tokens: int = 9,
        limits: Limits | None = None,
        cancellation: Cancellation | None = None,
    ) -> Request:
        return Request(
            instructions="Be brief.",
            context=Context(lambda: iter(context), tokens, "o200k_base"),
            messages=tuple(Message(role, text) for role, text in messages),  # type: ignore[arg-type]
            question=question,
            limits=limits or Limits(),
            cancellation=cancellation or Cancellation(),
        )

    return make
