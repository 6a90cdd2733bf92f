"""A stand-in for a model server: OpenAI's Chat Completions on loopback, with a fixed speed.

    python loopback.py --port 8000 --workers 8 --seconds-per-token 0.00001

Each worker answers one request at a time; the others wait, as in a server that is full. A request
takes the given time for every token (four bytes) that does not begin like an earlier request, so
cached prefixes are as quick as they should be. The answer says what came in.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = 64  # bytes that are cached or not: 16 tokens
BYTES_A_TOKEN = 4
KEPT = 64  # prompts whose prefixes are cached


class Server(ThreadingHTTPServer):
    """Answers at a fixed speed, a few requests at a time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, workers: int, seconds_per_token: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.workers = threading.Semaphore(workers)
        self.seconds_per_token = seconds_per_token
        self._prompts: deque[bytes] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def usage(self, prompt: bytes) -> dict[str, Any]:
        """Return what the prompt takes, and remember it."""
        with self._lock:
            cached = max((shared(prompt, old) for old in self._prompts), default=0)
            self._prompts.append(prompt)
        return {
            "prompt_tokens": len(prompt) // BYTES_A_TOKEN,
            "completion_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": cached // BYTES_A_TOKEN},
        }


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = "\n".join(map(text_of, request["messages"])).encode()
        with self.server.workers:
            usage = self.server.usage(prompt)
            new = usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"]
            time.sleep(new * self.server.seconds_per_token)
            self._answer(f"I was sent {usage['prompt_tokens']} tokens, {new} of them new.", usage)

    def _answer(self, text: str, usage: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
        for value in ({"choices": [choice]}, {"choices": [], "usage": usage}):
            self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, format: str, *args: Any) -> None:
        pass


def text_of(turn: dict[str, Any]) -> str:
    """Return the text of a turn; an image counts by its length."""
    content = turn["content"]
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def shared(one: bytes, other: bytes) -> int:
    """Return the bytes at the beginning that both have, in whole blocks."""
    low, high = 0, min(len(one), len(other)) // BLOCK
    while low < high:
        middle = (low + high + 1) // 2
        if one[: middle * BLOCK] == other[: middle * BLOCK]:
            low = middle
        else:
            high = middle - 1
    return low * BLOCK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000, help="0 for any that is free")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seconds-per-token", type=float, default=0.0)
    options = parser.parse_args()
    with Server(options.port, options.workers, options.seconds_per_token) as server:
        print(server.url, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
