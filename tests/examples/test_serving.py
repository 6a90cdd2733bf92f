"""The examples of serving: commands and configurations agree, and the stand-in answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repoctx.config import load_settings
from tests.waiting import next_line, running

SERVING = Path(__file__).parents[2] / "examples/serving"
RECORDER = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
PROGRAMS = ("vllm", "ray", "llama-server", "python3")


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., list[str]]:
    """Run a script with programs that only write down how they were called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(RECORDER)
        (programs / name).chmod(0o755)
    calls = tmp_path / "calls"

    def run(script: str, *arguments: str, **variables: str) -> list[str]:
        calls.write_text("")
        path = f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin"
        environment = {"PATH": path, "CALLS": str(calls), **variables}
        command = ["sh", str(SERVING / script), *arguments]
        subprocess.run(command, env=environment, check=True, timeout=60)
        return calls.read_text().splitlines()

    return run


def settings_of(folder: str, home: Path) -> Any:
    target = home / "config/repoctx/config.toml"
    target.parent.mkdir(parents=True)
    shutil.copy(SERVING / folder / "config.toml", target)
    return load_settings(None)


def value(call: str, option: str) -> str:
    words = call.split()
    return words[words.index(option) + 1]


def test_vllm_serves_the_window_and_port_that_the_configuration_names(
    start: Callable[..., list[str]], home: Path
) -> None:
    (call,) = start("vllm/serve.sh", MODEL="some/model")
    settings = settings_of("vllm", home)
    name = settings["model"]
    assert value(call, "--served-model-name") == name
    assert settings["base_url"] == f"http://127.0.0.1:{value(call, '--port')}/v1"
    assert settings["models"][name]["window"] == int(value(call, "--max-model-len"))
    assert "--enable-prefix-caching" in call
    assert "--enable-prompt-tokens-details" in call


def test_vllm_on_several_machines_starts_ray_first(start: Callable[..., list[str]]) -> None:
    assert start("vllm/cluster.sh", "join", HEAD="10.0.0.1") == [
        "ray start --address=10.0.0.1:6379 --block"
    ]
    head, call = start("vllm/cluster.sh", "serve", MODEL="some/model", MACHINES="2")
    assert head == "ray start --head --port=6379"
    assert value(call, "--distributed-executor-backend") == "ray"
    assert (value(call, "--tensor-parallel-size"), value(call, "--pipeline-parallel-size")) == (
        "8",
        "2",
    )
    note = (SERVING / "vllm/config.toml").read_text()
    assert f"{value(call, '--max-model-len')} with cluster.sh" in note


def test_sglang_workers_stand_behind_a_router_that_knows_their_caches(
    start: Callable[..., list[str]], home: Path
) -> None:
    (worker,) = start("sglang/serve.sh", MODEL="some/model")
    urls = "http://10.0.0.1:30000 http://10.0.0.2:30000"
    (router,) = start("sglang/router.sh", WORKERS=urls)
    settings = settings_of("sglang", home)
    assert value(worker, "--served-model-name") == settings["model"]
    assert settings["models"]["own"]["window"] == int(value(worker, "--context-length"))
    assert "--enable-cache-report" in worker
    assert f"--worker-urls {urls} --policy cache_aware" in router
    assert settings["base_url"] == f"http://127.0.0.1:{value(router, '--port')}/v1"
    assert value(worker, "--port") in (SERVING / "sglang/config.toml").read_text()


def test_llama_cpp_gives_each_slot_the_window(start: Callable[..., list[str]], home: Path) -> None:
    (call,) = start("llamacpp/serve.sh", MODEL="model.gguf")
    settings = settings_of("llamacpp", home)
    slots = int(value(call, "--parallel"))
    assert settings["concurrency"] == slots
    assert int(value(call, "--ctx-size")) == slots * settings["models"]["own"]["window"]
    assert settings["base_url"] == f"http://127.0.0.1:{value(call, '--port')}/v1"


def test_a_script_without_a_model_says_what_it_wants(tmp_path: Path) -> None:
    for script in sorted(SERVING.glob("*/*.sh")):
        done = subprocess.run(
            ["sh", str(script)], env={"PATH": "/usr/bin:/bin"}, capture_output=True
        )
        assert done.returncode != 0
        assert b": the " in done.stderr or b"a .gguf" in done.stderr or b"join or" in done.stderr


@pytest.fixture
def stand_in() -> Iterator[str]:
    """The address of a running loopback.py."""
    command = [sys.executable, str(SERVING / "loopback.py"), "--port", "0", "--workers", "4"]
    with running(command, stdout=subprocess.PIPE, text=True) as server:
        yield next_line(server.stdout).strip()


def test_the_stand_in_answers_the_commands_of_the_readme(
    stand_in: str, repository: Callable[..., Path], run: Callable[..., Any]
) -> None:
    root = repository({f"m{n}.py": f"def f{n}():\n    return {n}\n" * 60 for n in range(12)})
    asked = ("ask", "what does it do?", "--whole", "--base-url", stand_in)
    more = ("--model", "stand-in", "--budget", "3000")
    assert " ".join(("repoctx ask", '"what does it do?"', *asked[2:4])) in (
        (SERVING / "README.md").read_text()
    )
    first, second = (run(*asked, *more, "--json", cwd=root) for _ in range(2))
    told = [{event["event"]: event for event in ran.events} for ran in (first, second)]
    assert [ran.code for ran in (first, second)] == [0, 0]
    assert told[0]["text_delta"]["text"].startswith("I was sent ")
    assert told[0]["estimated"]["calls"] > 3
    assert told[0]["estimated"]["cached_tokens"] == 0
    assert told[1]["estimated"]["cached_tokens"] > 5_000
    assert told[1]["usage"]["cached"] > told[0]["usage"]["cached"] + 5_000
