"""Measure repair: how many of the 40 Python programs of QuixBugs does the embedded backend mend?

    python tests/benchmarks/quixbugs.py --repo DIR [--seconds 60] [--only NAME] [--json]

Each program becomes a small project with its tests from the repository, and goes the product's way:
the check fails, the embedded backend answers, the answer is planned and written, the check runs
again. A repair is *repaired* when the check then passes. It is *equal* when it also gives the same
results as the repository's corrected program on inputs made from the test data by small random
changes; programs whose input is a graph of objects are not compared. Everything of the set runs in
the sandbox, the checks before and after as well. ``pytest`` must be installed for this Python.

QuixBugs: Lin et al., SPLASH 2017, https://github.com/jkoppel/QuixBugs. It is public and old: a
score on it is a ceiling, not a forecast.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from repoctx.backends.base import BackendSettings, CheckFailure, Context, Limits, Request, Workspace
from repoctx.backends.embedded import create, repair
from repoctx.events import Progress, TextDelta
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply
from repoctx.sandbox import Bounds, CommandResult, Job, confinement, run

COMPARE = """
import copy, importlib.util, json, random, signal, sys, types
def load(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, sys.argv[1])
def vary(value, rng):
    if isinstance(value, bool): return value
    if isinstance(value, int): return max(0, value + rng.randint(-3, 3)) if value >= 0 else value
    if isinstance(value, float): return value * rng.choice([1, 0.5, 2])
    if isinstance(value, list):
        varied = [vary(item, rng) for item in value]
        if varied and rng.random() < 0.3: varied.pop(rng.randrange(len(varied)))
        try: return sorted(varied) if value == sorted(value) else varied
        except TypeError: return varied
    if isinstance(value, str) and value and rng.random() < 0.5:
        at = rng.randrange(len(value)); return value[:at] + rng.choice(value) + value[at + 1:]
    return value
def call(function, arguments):
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        result = function(*copy.deepcopy(arguments))
        if isinstance(result, types.GeneratorType): result = list(result)
        return json.dumps(result, default=lambda o: sorted(o, key=repr))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
class Late(BaseException): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
sys.setrecursionlimit(2000)
repaired, correct = load("repaired.py"), load("correct.py")
inputs = [json.loads(line)[0] for line in open("inputs.json")]
inputs = [i if isinstance(i, list) else [i] for i in inputs]
rng, compared, same = random.Random(0), 0, 0
for number in range(400):
    chosen = rng.choice(inputs)
    arguments = chosen if number < len(inputs) else [vary(item, rng) for item in chosen]
    try: wanted = call(correct, arguments)
    except (Exception, Late): continue  # outside what the program is for
    compared += 1
    try: same += call(repaired, arguments) == wanted
    except (Exception, Late): pass
print(json.dumps([compared, same]))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    program: str
    repaired: bool
    equal: bool | None
    """None when it was not compared."""
    seconds: float
    candidates: int
    rivals: int
    edit: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repo", type=Path, required=True, help="a checkout of QuixBugs")
    parser.add_argument("--seconds", type=float, default=60.0, help="for one program")
    parser.add_argument("--only", default="", help="names of programs, with commas between")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    repair.SECONDS = options.seconds  # the product stops at 60
    outcomes = []
    for name in programs(options.repo):
        if not options.only or name in options.only.split(","):
            outcomes.append(measure(options.repo, name, options.seconds))
            if not options.json:
                sys.stdout.write(line(outcomes[-1]) + "\n")
                sys.stdout.flush()
    whole = json.dumps([asdict(o) for o in outcomes]) if options.json else summary(outcomes)
    sys.stdout.write(whole + "\n")
    return 0


def programs(repo: Path) -> Iterator[str]:
    for test in sorted((repo / "python_testcases").glob("test_*.py")):
        name = test.stem.removeprefix("test_")
        if (repo / "python_programs" / f"{name}.py").exists():
            yield name


def measure(repo: Path, name: str, seconds: float) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="quixbugs-") as folder:
        root = Path(folder, "project")
        project(repo, name, root)
        command = f"{sys.executable} -m pytest -q -x python_testcases/test_{name}.py"
        before = checked(command, root)
        if before.exit_code == 0:
            raise SystemExit(f"{name}: the check passes before any repair")
        began = time.monotonic()
        reply, tried = answer(root, Path(folder, "cache"), command, before, seconds)
        took = time.monotonic() - began
        changes = plan(root, parse_reply(reply))
        for change in changes.files:
            assert change.after is not None
            (root / change.path).write_bytes(change.after.content)
        passes = bool(changes.files) and checked(command, root).exit_code == 0
        equal = same(repo, name, root) if passes else None
        edit = reply.partition("<<<<<<< SEARCH\n")[2].partition(">>>>>>> REPLACE")[0]
        return Outcome(name, passes, equal, took, tried, reply.count("→"), edit)


def project(repo: Path, name: str, root: Path) -> None:
    """Copy the program, its tests and their data; nothing of the other programs."""
    wanted = [
        "conftest.py", "python_testcases/load_testdata.py", "python_testcases/node.py",
        f"python_testcases/test_{name}.py", f"python_programs/{name}.py",
        "python_programs/node.py", f"json_testcases/{name}.json",
    ]  # fmt: skip
    for path in wanted:
        if (repo / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repo / path, root / path)


def checked(command: str, root: Path) -> CommandResult:
    """Run the check confined: the set's code is as unknown as any."""
    prefixes = (Path(sys.prefix), Path(sys.base_prefix))
    argv = ("/bin/sh", "-c", f"timeout 60 {command}")
    return run(confinement(), Job(argv, root, root, prefixes, bounds=Bounds(seconds=90)))


def answer(
    root: Path, cache: Path, command: str, before: CommandResult, seconds: float
) -> tuple[str, int]:
    """Ask the backend as a session does; return its text and how many edits it tried."""
    cache.mkdir()
    failure = CheckFailure(command, before.exit_code, before.output)
    nothing = Context(lambda: iter(()), 0, "")
    limits = Limits(seconds=seconds)
    request = Request("", nothing, (), "make it pass", limits, Workspace(root, cache, failure))
    text, tried = "", 0
    for event in create(BackendSettings()).stream(request):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Progress):
            tried = max(tried, event.done)
    return text, tried


def same(repo: Path, name: str, root: Path) -> bool | None:
    inputs = repo / "json_testcases" / f"{name}.json"
    if not inputs.exists():
        return None
    with tempfile.TemporaryDirectory(prefix="quixbugs-compare-") as folder:
        shutil.copy(inputs, Path(folder, "inputs.json"))
        shutil.copy(root / "python_programs" / f"{name}.py", Path(folder, "repaired.py"))
        shutil.copy(repo / "correct_python_programs" / f"{name}.py", Path(folder, "correct.py"))
        argv = (sys.executable, "-c", COMPARE, name)
        prefixes = (Path(sys.prefix), Path(sys.base_prefix))
        bounds = Bounds(seconds=300, cpu_seconds=300)
        result = run(confinement(), Job(argv, Path(folder), Path(folder), prefixes, bounds=bounds))
    try:
        compared, equal = json.loads(result.output)
    except ValueError:
        return None
    return bool(compared > 20 and compared == equal)


def line(outcome: Outcome) -> str:
    state = "repaired" if outcome.repaired else "-"
    equal = {True: "equal", False: "DIFFERS", None: ""}[outcome.equal]
    return (
        f"{outcome.program:28} {state:9} {equal:8} {outcome.seconds:6.1f} s"
        f" {outcome.candidates:6} tried, {outcome.rivals} rivals"
    )


def summary(outcomes: list[Outcome]) -> str:
    repaired = [o for o in outcomes if o.repaired]
    compared = [o for o in repaired if o.equal is not None]
    median = statistics.median(o.seconds for o in repaired) if repaired else 0.0
    return (
        f"repaired {len(repaired)} of {len(outcomes)}; of {len(compared)} compared,"
        f" {sum(bool(o.equal) for o in compared)} equal the corrected program;"
        f" {sum(o.seconds <= 60 for o in repaired)} within 60 s each, median {median:.1f} s,"
        f" all {sum(o.seconds for o in outcomes):.0f} s"
    )


if __name__ == "__main__":
    raise SystemExit(main())
