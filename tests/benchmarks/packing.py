"""Measure packing against tiktoken alone: CPU, wall and memory, in one run on one machine.

    python tests/benchmarks/packing.py REPOSITORY [--repeat 3] [--peer "command {repository}"]
    python tests/benchmarks/packing.py REPOSITORY --profile
    python tests/benchmarks/packing.py --synthetic 200000

Works on a clone in a temporary folder. Every row is the median of its repetitions; each runs in a
process of its own and writes the pack to /dev/null. Ratios are of CPU time to tiktoken alone.

``--profile`` prints what each stage costs by itself, in one thread: their sum says what a pack
could not cost less than. ``--synthetic`` packs small files in nested folders, a tenth of them and
all: time should grow tenfold, and memory by some hundred bytes a file.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PUBLISH = """
import hashlib, sys
from base64 import b64encode
from pathlib import Path
from repoctx.packer.vocabulary import vocabulary
url = b"https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
tokens = enumerate(vocabulary("o200k_base").tokens())
lines = (b"%s %d\\n" % (b64encode(token), rank) for rank, token in tokens)
Path(sys.argv[1], hashlib.sha1(url).hexdigest()).write_bytes(b"".join(lines))
"""

TIKTOKEN_ALONE = """
import subprocess, sys
from pathlib import Path
root = Path(sys.argv[1])
import tiktoken
encoding = tiktoken.get_encoding("o200k_base")
listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
tokens = 0
for name in filter(None, listed.stdout.split(b"\\0")):
    path = root / name.decode("utf-8", "surrogateescape")
    if path.is_symlink() or not path.is_file():
        continue
    content = path.read_bytes()
    if b"\\0" not in content[:8192]:
        tokens += len(encoding.encode_ordinary(content.decode("utf-8", "replace")))
print(tokens)
"""

PACK = """
import sys
from pathlib import Path
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.walk import walk
root, cache, redact, budget = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
options = PackOptions(redact=redact == "redact", redaction_key=bytes(32), budget=budget or None)
with open_index(cache) as index, open("/dev/null", "wb") as output:
    pack = build_pack(walk(root, index), index, options)
    for chunk in pack.chunks():
        output.write(chunk.encode())
print(pack.tokens)
"""

STAGES = """
import sys, time
from pathlib import Path
from repoctx.files import blob_id
from repoctx.packer.examine import readable
from repoctx.packer.graph import imports_kind, link, scan_imports
from repoctx.packer.index import open_index
from repoctx.packer.kinds import HEAD, Kind, refine_kind
from repoctx.packer.order import ordered_paths
from repoctx.packer.pack import PackOptions
from repoctx.packer.reading import reading
from repoctx.packer.render import format_named
from repoctx.packer.select import Level
from repoctx.packer.snapshot import SYMLINK
from repoctx.packer.tokens import tokenizer
from repoctx.packer.walk import walk
spent = {}
def stage(name, work, *arguments):
    started = time.process_time()
    made = work(*arguments)
    spent[name] = spent.get(name, 0.0) + time.process_time() - started
    return made
spent["start and imports"] = time.process_time()
root, cache = Path(sys.argv[1]), Path(sys.argv[2])
redaction = PackOptions(redaction_key=bytes(32)).scope.redaction
with open_index(cache) as index:
    cold = stage("walk, nothing known", walk, root, index)
    snapshot = stage("walk, all known", walk, root, index)
    stage("load the tokenizer", tokenizer()._loaded)
    facts = {}
    contents = snapshot.read_all(snapshot.files)
    for _ in snapshot.files:
        file, content = stage("read, verify SHA-1", next, contents)
        stage("  of it SHA-1", blob_id, content)
        if file.mode == SYMLINK or refine_kind(file.kind, content[:HEAD]) is Kind.BINARY:
            continue
        if imports_kind(file.path):
            facts[file.path] = stage("find imports", scan_imports, file.path, content)
        text, _ = stage("decode", readable, file.path, content, None)
        shown, _ = stage("decode, find secrets", readable, file.path, content, redaction)
        parts = stage("render", format_named("xml").parts, file.path, Level.FULL, shown)
        stage("count tokens", tokenizer().count_joined, parts)
        stage("encode", lambda: [part.encode() for part in parts])
    graph = stage("link", link, snapshot, facts)
    stage("order", ordered_paths, graph)
    stage("link and order, first", reading, snapshot, facts, index)
    stage("link and order, known", reading, snapshot, facts, index)
for name, seconds in spent.items():
    print(f"{name:<28} {seconds:7.3f} CPU-s")
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    cpu: float
    """Seconds, of it and its children."""
    wall: float
    peak: float
    """Resident memory in MiB."""
    output: str


def main() -> None:
    """Print one row a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repository", type=Path, nargs="?")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--budget", type=int, default=0, help="also pack within so many tokens")
    parser.add_argument("--peer", help="another packer; {repository} stands for the clone")
    parser.add_argument("--profile", action="store_true", help="what each stage costs instead")
    parser.add_argument("--synthetic", type=int, metavar="N", help="pack N small files instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        if arguments.synthetic:
            synthetic(arguments.synthetic, Path(folder))
        elif arguments.profile:
            print(profile(arguments.repository, Path(folder)), end="")  # noqa: T201
        else:
            report(arguments, Path(folder))


def profile(repository: Path, folder: Path) -> str:
    """Return a table of stages, in the order of their work."""
    root = _clone(repository, folder)
    return _run(_python(STAGES, root, folder / "cache")).output


def synthetic(files: int, folder: Path) -> None:
    """Pack a tenth of the files and all of them, outside git and in it, cold and warm."""
    print(f"{'':<24}{'CPU-s':>9}{'wall s':>9}{'peak MiB':>10}")  # noqa: T201
    for number in (files // 10, files):
        _write_synthetic(folder / f"plain{number}", number)
        shutil.copytree(folder / f"plain{number}", folder / f"git{number}")
        for command in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *command], cwd=folder / f"git{number}", check=True)
    for place in ("plain", "git"):
        small, large = (_pack_twice(folder, f"{place}{n}") for n in (files // 10, files))
        for name, few, many in zip(("cold", "warm"), small, large, strict=True):
            for number, cost in ((files // 10, few), (files, many)):
                print(_synthetic_row(f"{place} {name} {number:,}", cost))  # noqa: T201
            growth = (many.peak - few.peak) * 2**20 / (files - files // 10)
            print(  # noqa: T201
                f"  times {many.cpu / few.cpu:.1f} CPU, {many.wall / few.wall:.1f} wall; "
                f"{growth:.0f} bytes more memory a file",
                flush=True,
            )


def _pack_twice(folder: Path, name: str) -> list[Cost]:
    command = _python(PACK, folder / name, folder / f"cache of {name}", "redact", 0)
    return [_run(command) for _ in range(2)]


def _synthetic_row(name: str, cost: Cost) -> str:
    return f"{name:<24}{cost.cpu:>9.2f}{cost.wall:>9.2f}{cost.peak:>10.0f}"


def _write_synthetic(root: Path, files: int) -> None:
    """Write modules of a few lines, 50 a folder and 20 folders a folder, that import each other."""
    for number in range(files):
        folder = root / f"area{number // 1000:03}" / f"part{number // 50 % 20:02}"
        if number % 50 == 0:
            folder.mkdir(parents=True, exist_ok=True)
        need = f"from area{number // 3000:03}.part00.module{number // 3000 * 1000} import value"
        body = f"def value(x):\n    return x + {number}\n" * 3
        (folder / f"module{number}.py").write_text(f"{need}\n\n\n{body}")


def report(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure everything on a clone in the folder."""
    _publish_vocabulary(folder / "tiktoken")
    root = _clone(arguments.repository, folder)
    alone = 0.0
    for name, costs in rows(arguments, root, folder):
        cpu = statistics.median(cost.cpu for cost in costs)
        alone = alone or cpu
        row = {
            "what": name,
            "cpu_seconds": round(cpu, 3),
            "of_tiktoken": round(cpu / alone, 3),
            "wall_seconds": round(statistics.median(cost.wall for cost in costs), 3),
            "peak_mib": round(max(cost.peak for cost in costs)),
            "said": costs[-1].output.strip().split("\n")[-1][:40],
        }
        print(json.dumps(row) if arguments.json else _drawn(row), flush=True)  # noqa: T201


def rows(
    arguments: argparse.Namespace, root: Path, folder: Path
) -> Iterator[tuple[str, list[Cost]]]:
    """Yield the name and the costs of each measurement; tiktoken alone is the first."""
    repeat: int = arguments.repeat

    def times(work: Callable[[int], Cost]) -> list[Cost]:
        return [work(number) for number in range(repeat)]

    def pack(cache: str, redact: str = "redact", budget: int = 0) -> Cost:
        return _run(_python(PACK, root, folder / cache, redact, budget))

    def edited(number: int) -> Cost:
        _edit(root, number)
        return pack("cold0")

    yield "tiktoken alone", times(lambda _: _run(_python(TIKTOKEN_ALONE, root)))
    yield "cold", times(lambda number: pack(f"cold{number}"))
    yield "cold, no secrets scan", times(lambda number: pack(f"plain{number}", "show"))
    yield "warm", times(lambda _: pack("cold0"))
    yield "warm, one file edited", times(edited)
    if budget := arguments.budget:
        yield f"first with budget {budget}", [pack("cold0", budget=budget)]
        yield f"warm with budget {budget}", times(lambda _: pack("cold0", budget=budget))
    if arguments.peer:
        command = arguments.peer.replace("{repository}", shlex.quote(str(root)))
        yield "peer", times(lambda _: _run(["/bin/sh", "-c", command]))


def _clone(repository: Path | None, folder: Path) -> Path:
    if repository is None:
        raise SystemExit("name a repository, or give --synthetic N")
    root = folder / "clone"
    subprocess.run(["git", "clone", "-q", repository, root], check=True)
    return root


def _publish_vocabulary(cache: Path) -> None:
    """Put the vocabulary where tiktoken keeps what it has downloaded, so that it needs no network.

    tiktoken itself checks that the content is what it would have downloaded. A process of its own
    does it: the memory of this one would count as that of those it starts.
    """
    cache.mkdir()
    _run(_python(PUBLISH, cache))
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)


def _edit(root: Path, number: int) -> None:
    """Append a line to a source file of ordinary size."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, check=True)
    names = (root / os.fsdecode(name) for name in listed.stdout.splitlines())
    sources = [path for path in names if path.suffix in (".py", ".rs", ".go", ".ts", ".js", ".c")]
    sized = sorted(sources, key=lambda path: path.stat().st_size)
    with sized[len(sized) // 2].open("a") as file:
        file.write(f"// edited {number}\n")


def _python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def _run(command: Sequence[str]) -> Cost:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, time.perf_counter() - started, usage.ru_maxrss / 1024, output)


def _drawn(row: dict[str, object]) -> str:
    return (
        f"{row['what']:<28} {row['cpu_seconds']:>7} CPU-s  {row['of_tiktoken']:>6} x"
        f"  {row['wall_seconds']:>7} s  {row['peak_mib']:>4} MiB  {row['said']}"
    )


if __name__ == "__main__":
    main()
