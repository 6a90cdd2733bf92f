"""Whatever befalls the cache, the pack is right: two processes, a kill, a broken or full disk."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from repoctx.packer.index import FILE_NAME, open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.walk import walk
from tests.conftest import MakeRepository
from tests.waiting import next_line

PACK = """
import sys
from pathlib import Path
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.walk import walk
if len(sys.argv) > 3:
    print("ready", flush=True)
    sys.stdin.readline()
with open_index(Path(sys.argv[2])) as index:
    pack = build_pack(walk(Path(sys.argv[1]), index), index, PackOptions())
    sys.stdout.buffer.write("".join(pack.chunks()).encode())
    sys.stderr.write(index.note)
"""

KILLS = """
import os, random, signal, sys, time
from pathlib import Path
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.walk import walk
root, cache = Path(sys.argv[1]), Path(sys.argv[2])

def pack(key, cache):
    options = PackOptions(redaction_key=bytes([key]) * 32)  # with a new key nothing is known
    with open_index(cache) as index:
        text = "".join(build_pack(walk(root, index), index, options).chunks())
        assert index.note == "", index.note
    return text

pack(0, cache)  # which also loads the tokenizer
began = time.monotonic()
pack(255, cache)
whole = time.monotonic() - began
for number in range(1, 21):
    child = os.fork()
    if child == 0:
        for key in range(number, 255):
            pack(key, cache)
    time.sleep(random.Random(number).uniform(0, 1.2 * whole))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open_index(cache) as index:
        assert index.note == "", index.note
        assert index.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
assert pack(0, cache) == pack(0, Path(f"{cache}-fresh"))
"""

Damage = Callable[[Path], None]


@pytest.fixture
def root(repository: MakeRepository) -> Path:
    """Sixty files that import each other, some with secrets, settled enough to be remembered."""
    files = {f"p/m{n}.py": f"from p import m{n // 2}\nvalue = {n}\n" for n in range(60)}
    made = repository({**files, "p/__init__.py": "", "key.env": "PASSWORD=9fK2xq7Lm4Wz8Rt1\n"})
    time.sleep(2.1)  # the index remembers no file that may still change within its clock's tick
    return made


def pack_text(root: Path, cache: Path) -> tuple[str, str]:
    """The pack, and what the index has to say."""
    with open_index(cache) as index:
        text = "".join(build_pack(walk(root, index), index, PackOptions()).chunks())
        return text, index.note


def test_two_processes_pack_with_one_index_at_the_same_time(root: Path, tmp_path: Path) -> None:
    expected = pack_text(root, tmp_path / "other")[0]
    for _ in ("cold", "warm"):
        started = [start(root, tmp_path / "cache") for _ in range(2)]
        for process in started:  # each is ready to open it
            assert next_line(process.stdout) == b"ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        ended = [process.communicate(timeout=60) for process in started]
        assert [text.decode() for text, _ in ended] == [expected] * 2
        assert [note.decode() for _, note in ended] == [""] * 2


def test_a_broken_index_may_be_found_by_two_processes_at_once(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    expected = pack_text(root, cache)[0]
    (cache / FILE_NAME).write_bytes(b"not a database" * 400)
    started = [start(root, cache) for _ in range(3)]
    ended = [process.communicate(b"\n", timeout=60)[0] for process in started]
    assert [text.decode().removeprefix("ready\n") for text in ended] == [expected] * 3
    pack_text(root, cache)
    assert pack_text(root, cache) == (expected, "")


def test_a_packer_killed_at_any_moment_leaves_an_index_in_order(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLS, str(root), str(tmp_path / "cache")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr


def test_a_truncated_index_is_rebuilt(root: Path, tmp_path: Path) -> None:
    check_damages(root, tmp_path, [truncate(share) for share in (0.0, 0.1, 0.5, 0.9, 0.99)])


def test_garbage_in_the_index_never_reaches_the_pack(root: Path, tmp_path: Path) -> None:
    check_damages(root, tmp_path, [garbage(random.Random(seed)) for seed in range(40)])


def test_a_write_ahead_log_of_garbage_is_passed_over(root: Path, tmp_path: Path) -> None:
    check_damages(root, tmp_path, [garbage_logs(size) for size in (0, 1, 32, 5000)])


@pytest.mark.parametrize("state", ["size=64k", "size=200k", "remount,ro"])
def test_a_full_disk_or_a_read_only_folder_costs_time_and_not_the_run(
    root: Path, tmp_path: Path, state: str
) -> None:
    cache = tmp_path / "cache"
    expected = pack_text(root, cache)[0]
    script = "mount -t tmpfs -o size=64m none $0 && cp $1/* $0 && mount -o remount,ro none $0"
    if state != "remount,ro":
        script = f"mount -t tmpfs -o {state} none $0"
    saved = str(shutil.copytree(cache, tmp_path / "saved"))
    enter = ["unshare", "-rm", "sh", "-c"]
    if subprocess.run([*enter, script, str(cache), saved], capture_output=True).returncode != 0:
        pytest.skip("no file system of the test's own can be mounted here")
    command = [sys.executable, "-c", PACK, str(root), str(cache)]
    whole = [*enter, f'{script}; shift; exec "$@"', str(cache), saved, *command]
    ran = subprocess.run(whole, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, expected), ran.stderr
    assert "Traceback" not in ran.stderr


def check_damages(root: Path, tmp_path: Path, damages: Sequence[Damage]) -> None:
    """The pack is right in every run, and soon nothing is left of the damage.

    A garbled key may hide its row for a run or two: it is noticed when its neighbours are read.
    """
    cache = tmp_path / "cache"
    expected = pack_text(root, cache)[0]
    sound = (cache / FILE_NAME).read_bytes()
    for damage in damages:
        shutil.rmtree(cache)
        cache.mkdir()
        (cache / FILE_NAME).write_bytes(sound)
        damage(cache / FILE_NAME)
        runs = [pack_text(root, cache) for _ in range(2)]
        while runs[-1][1] and len(runs) < 5:
            runs.append(pack_text(root, cache))
        assert {text for text, _ in runs} == {expected}
        assert runs[-1][1] == ""


def truncate(share: float) -> Damage:
    def damage(file: Path) -> None:
        os.truncate(file, int(file.stat().st_size * share))

    return damage


def garbage(chance: random.Random) -> Damage:
    """A few bytes become others, at a place that holds something."""

    def damage(file: Path) -> None:
        content = bytearray(file.read_bytes())
        start = chance.choice([at for at, byte in enumerate(content) if byte])
        end = min(start + chance.choice((1, 8, 40, 4000)), len(content))
        flipped = bytes(byte ^ 1 for byte in content[start:end])
        content[start:end] = chance.choice((flipped, chance.randbytes(end - start)))
        file.write_bytes(content)

    return damage


def garbage_logs(size: int) -> Damage:
    def damage(file: Path) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").write_bytes(random.Random(size).randbytes(size))

    return damage


def start(root: Path, cache: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PACK, str(root), str(cache), "wait"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
