"""What a run of the tests says about where the fault is, and how long a try may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from repoctx.backends.embedded.candidates import Candidate, candidates
from repoctx.backends.embedded.source import Source
from repoctx.backends.embedded.suspicion import Weights, definitions, from_output, ochiai
from repoctx.errors import RepoctxError
from repoctx.packer.walk import Kind, Snapshot

_MOST_FILES = 40
"""The most suspicious files that are searched."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Suspicious lines of the files that may be changed."""

    sources: Mapping[str, Source]
    weights: Mapping[str, Weights]
    failing: tuple[str, ...] = ()
    """Names of the tests that fail."""
    passing: int = 0
    quick_seconds: float = 2.0
    """Processor time that the failing tests may take in a try."""
    modules: tuple[str, ...] = ()
    """Modules outside the repository that the tests load."""

    def candidates(self) -> Iterator[Candidate]:
        """Yield what to try, in order."""
        return candidates(self.sources, self.weights)

    def suspects(self, count: int) -> list[tuple[str, int, str]]:
        """Return the most suspicious lines: path, line number, text."""
        ranked = sorted(
            (-weight, path, line)
            for path, lines in self.weights.items()
            for line, weight in lines.items()
            if path in self.sources and "".join(self.sources[path].lines[line - 1 : line]).strip()
        )
        return [(path, line, self.sources[path].lines[line - 1].strip())
                for _, path, line in ranked[:count]]  # fmt: skip


def from_report(snapshot: Snapshot, report: Mapping[str, Any], *, script: bool) -> Evidence | None:
    """Read a worker's first report; None when no test failed in a file that may be changed.

    The report is the sandbox's word: what does not have its shape raises ``RepoctxError``.
    """
    try:
        tests = [(str(n), str(f), bool(p), float(s), bool(h)) for n, f, p, s, h in report["tests"]]
        counts = {
            str(path): {int(line): (int(f), int(p)) for line, (f, p) in lines.items()}
            for path, lines in report["lines"].items()
        }
        modules = tuple(str(name) for name in report["modules"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RepoctxError("The tests in the sandbox gave a report that makes no sense.") from error
    failing = [test for test in tests if not test[2]]
    if not failing:
        return None
    test_files = set() if script else {file for _, file, *_ in tests}
    weights = _allowed(snapshot, ochiai(counts, len(failing)), test_files)
    sources = parsed(snapshot, weights)
    if not sources:
        return None
    for path, lines in definitions(sources, weights).items():
        weights[path] = lines | weights[path]
    slowest = max((s for *_, s, hung in tests if not hung), default=0.0)
    quick = 0.1 + 4 * (sum(s for *_, s, hung in failing if not hung) + slowest)
    names = tuple(name for name, *_ in failing)
    return Evidence(sources, weights, names, len(tests) - len(failing), quick, modules)


def from_failure(snapshot: Snapshot, output: str) -> Evidence | None:
    """Read a check's output: the lines that its tracebacks name; None when there are none."""
    paths = [file.path for file in snapshot.files if file.path.endswith(".py")]
    weights = _allowed(snapshot, from_output(output, paths), set())
    sources = parsed(snapshot, weights)
    return Evidence(sources, weights) if sources else None


def parsed(snapshot: Snapshot, weights: Mapping[str, Weights]) -> dict[str, Source]:
    """Parse the most suspicious files; one that is not UTF-8 or does not parse is left out."""
    ranked = sorted(weights, key=lambda path: (-max(weights[path].values(), default=0.0), path))
    chosen = set(ranked[:_MOST_FILES])
    sources = {}
    for file in snapshot.files:
        if file.path in chosen:
            try:
                sources[file.path] = Source(file.path, snapshot.read(file).decode("utf-8"))
            except (SyntaxError, ValueError, RecursionError, RepoctxError):
                continue
    return sources


def _allowed(
    snapshot: Snapshot, weights: Mapping[str, Weights], test_files: Iterable[str]
) -> dict[str, Weights]:
    """Keep the repository's own Python code: a test is never changed to make it pass."""
    kinds = {file.path: file.kind for file in snapshot.files if file.mode != 0o120000}
    tests = tuple(test_files)
    named = {
        path: dict(lines)
        for path, lines in weights.items()
        if path.endswith(".py") and path in kinds and not any(t.endswith("/" + path) for t in tests)
    }
    code = {path: lines for path, lines in named.items() if kinds[path] is not Kind.TEST}
    return code or {path: lines for path, lines in named.items() if not _is_test_name(path)}


def _is_test_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("test") or name.endswith("_test.py") or name == "conftest.py"
