"""Time to the first word at a real local inference server: cold, warm, and after an edit.

    python -m venv L; L/bin/pip install gguf "llama-cpp-python[server]"   # builds for minutes
    python tests/benchmarks/local_server.py --python L/bin/python [--bytes 12000] [--json]

A model of random weights is made on the spot (llama architecture, two layers, one token a byte), so
nothing is downloaded and the answers mean nothing; what is measured is how much of a prompt the
server reads again. ``repoctx ask`` itself asks: a first question, another about the same
repository, one after a file in the middle was edited, and, for comparison, one after the same edit
without what the ledger remembers. The exit status is 1 when no prefix was reused.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WINDOW = 32_768

MAKE_MODEL = """
import sys, gguf, numpy
width, hidden, heads, layers, window = 64, 128, 4, 2, int(sys.argv[2])
tokens = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{n:02X}>".encode() for n in range(256)]
chosen = numpy.random.default_rng(7)
out = gguf.GGUFWriter(sys.argv[1], "llama")
out.add_context_length(window); out.add_embedding_length(width); out.add_block_count(layers)
out.add_feed_forward_length(hidden); out.add_head_count(heads); out.add_head_count_kv(heads)
out.add_layer_norm_rms_eps(1e-5); out.add_rope_dimension_count(width // heads)
out.add_vocab_size(len(tokens)); out.add_tokenizer_model("llama"); out.add_token_list(tokens)
out.add_token_scores([0.0] * len(tokens))
out.add_token_types([2, 3, 3] + [6] * 256)
out.add_bos_token_id(1); out.add_eos_token_id(2); out.add_unk_token_id(0)
out.add_add_space_prefix(False)
def tensor(name, *shape, scale=0.1):
    out.add_tensor(name, (chosen.standard_normal(shape) * scale).astype(numpy.float32))
tensor("token_embd.weight", len(tokens), width)
words = numpy.zeros((len(tokens), width), numpy.float32)
words[3 + 97 : 3 + 123] = chosen.standard_normal((26, width)) * 3  # it only ever says letters
out.add_tensor("output.weight", words)
out.add_tensor("output_norm.weight", numpy.ones(width, numpy.float32))
for n in range(layers):
    for name in ("attn_norm", "ffn_norm"):
        out.add_tensor(f"blk.{n}.{name}.weight", numpy.ones(width, numpy.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"blk.{n}.{name}.weight", width, width)
    for name in ("ffn_gate", "ffn_up"):
        tensor(f"blk.{n}.{name}.weight", hidden, width)
    tensor(f"blk.{n}.ffn_down.weight", width, hidden)
out.write_header_to_file(); out.write_kv_data_to_file(); out.write_tensors_to_file(); out.close()
"""


@contextmanager
def serving(python: str, folder: Path) -> Iterator[str]:
    """Make the model, start the server, and yield its address."""
    model = folder / "tiny.gguf"
    subprocess.run([python, "-c", MAKE_MODEL, str(model), str(WINDOW)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--model", str(model), "--n_ctx", str(WINDOW), "--port", str(port)]
    arguments += ["--chat_format", "chatml", "--model_alias", "tiny"]
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(
            [python, "-m", "llama_cpp.server", *arguments], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        wait(url, folder / "server.log")
        yield url
    finally:
        server.kill()
        server.wait()


def wait(url: str, log: Path) -> None:
    """Return when the server answers; SystemExit with the end of its log after a minute."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/models", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"the server does not start: {log.read_text()[-500:]}")


def repository(root: Path, size: int) -> None:
    """Write about so many bytes of source in ten files."""
    root.mkdir()
    for number in range(10):
        line = f"def f{number}_{{}}(x):\n    return x + {number}\n\n"
        text = "".join(line.format(n) for n in range(size // 10 // len(line)))
        (root / f"m{number}.py").write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)


def first_word(root: Path, url: str, question: str) -> float:
    """Ask through the command line; return the seconds to the first word after the upload."""
    asked = [sys.executable, "-m", "repoctx", "ask", question, "-C", str(root), "--json"]
    ran = subprocess.run(
        [*asked, "--model", "tiny", "--base-url", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    found = [event["seconds"] for event in events if event["event"] == "first_token"]
    if ran.returncode or not found:
        raise SystemExit(f"no answer: {events[-1:]}")
    return float(found[0])


def edit(file: Path, old: str, new: str) -> None:
    """Change one line of a file."""
    file.write_text(file.read_text().replace(old, new, 1))


def measured(folder: Path, url: str, size: int) -> dict[str, float]:
    """Return the seconds of each question."""
    root, state = folder / "repository", folder / "home"
    repository(root, size)
    seconds = {"cold": first_word(root, url, "What does f3 return?")}
    seconds["warm"] = first_word(root, url, "And f7, what does it return?")
    edit(root / "m4.py", "return x + 4", "return x - 4")
    seconds["one file edited"] = first_word(root, url, "What does f4 return now?")
    # The order of a new pack is the same; only the edit stands where the file does.
    shutil.rmtree(state)
    seconds["edited, without the ledger"] = first_word(root, url, "What does f4 return now?")
    return {name: round(value, 2) for name, value in seconds.items()}


def main() -> int:
    """Measure, print, and return 1 when a warm question took half as long as a cold one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="has llama_cpp and gguf")
    parser.add_argument("--bytes", type=int, default=12_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variable in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[variable] = str(folder / "home")
        os.environ["REPOCTX_OUTPUT_TOKENS"] = "4"
        with serving(options.python, folder) as url:
            seconds = measured(folder, url, options.bytes)
    figures = {"seconds": seconds, "load": round(os.getloadavg()[0], 1)}
    lines = [f"{name}: {value} s" for name, value in seconds.items()] + [f"load {figures['load']}"]
    sys.stdout.write((json.dumps(figures) if options.json else "\n".join(lines)) + "\n")
    warm = max(seconds["warm"], seconds["one file edited"])
    return 0 if warm * 2 < seconds["cold"] else 1


if __name__ == "__main__":
    sys.exit(main())
