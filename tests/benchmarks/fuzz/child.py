"""The process in which libFuzzer runs one target: ``python -m fuzz.child TARGET FINDINGS FLAGS...``.

A broken promise is kept with the smallest input that shows it, and fuzzing goes on. What ends the
process (a hang, memory without end) is libFuzzer's to report.
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Target = Callable[[bytes], None]

atheris: Any = import_module("atheris")  # not everyone has it: mypy is not to ask for it


def main(name: str, findings: Path, flags: list[str]) -> None:
    """Fuzz until libFuzzer's flags say that it is enough."""
    with atheris.instrument_imports(include=["repoctx.patches"]):
        targets, mutation = import_module("fuzz.targets"), import_module("fuzz.mutation")

    def mutate(data: bytes, largest: int, seed: int) -> bytes:
        changed: bytes = mutation.mutated(data, largest, seed, atheris.Mutate)
        return changed

    atheris.Setup([name, *flags], guarded(targets.TARGETS[name], findings), custom_mutator=mutate)
    atheris.Fuzz()


def guarded(target: Target, findings: Path) -> Target:
    """Return the target, with what it raises written down instead."""

    def run(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            _keep(findings, data, error)

    return run


def _keep(findings: Path, data: bytes, error: Exception) -> None:
    """Write the input and the traceback, unless a smaller one of the same kind is there."""
    frames = [
        f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)
    ]
    kind = type(error).__name__ + " " + " ".join(frames[-2:])
    path = findings / hashlib.sha256(kind.encode()).hexdigest()[:12]
    if not path.exists() or path.stat().st_size > len(data):
        temporary = findings / "new"
        temporary.write_bytes(data)
        os.replace(temporary, path)
        told = traceback.format_exception(error)
        path.with_suffix(".txt").write_text("".join(told)[-4000:], "utf-8", "backslashreplace")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
