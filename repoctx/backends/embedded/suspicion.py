"""How suspicious each line is: run by tests that fail and not by tests that pass.

Ochiai's coefficient, the best of the simple spectrum-based measures in Abreu, Zoeteweij and van
Gemund, "On the accuracy of spectrum-based fault localization" (TAICPART 2007).
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping

from repoctx.backends.embedded.source import FUNCTIONS, Source, first_line, header_nodes

Weights = dict[int, float]
"""Line number -> suspicion, above 0 and at most 1."""

_DEFINED_ELSEWHERE = 0.5
"""A constant or a default is judged by the lines that use it, at half their suspicion."""
_FRAME = re.compile(r'File "([^"\n]{1,400})", line (\d{1,7})|^([^\s:]{1,400}\.py):(\d{1,7}):', re.M)


def ochiai(counts: Mapping[str, Mapping[int, tuple[int, int]]], failing: int) -> dict[str, Weights]:
    """Weigh lines by ``failing`` (all failing tests) and each line's (failing, passing) runs."""
    weights: dict[str, Weights] = {}
    for path, lines in counts.items():
        for number, (failed, passed) in lines.items():
            if failed:
                weight = failed / math.sqrt(failing * (failed + passed))
                weights.setdefault(path, {})[number] = weight
    return weights


def from_output(output: str, paths: Iterable[str]) -> dict[str, Weights]:
    """Weigh the lines that a traceback names, later frames more, and a little what is near them."""
    known = sorted(paths, key=len, reverse=True)
    weights: dict[str, Weights] = {}
    for match in _FRAME.finditer(output):
        named, number = match[1] or match[3], int(match[2] or match[4])
        path = next((p for p in known if named == p or named.endswith("/" + p)), None)
        if path is None:
            continue
        lines = weights.setdefault(path, {})
        for line in range(max(1, number - 15), number + 16):
            lines[line] = max(lines.get(line, 0.0), 1.0 / (1 + abs(line - number) / 3))
    return weights


def statement_weight(statement: ast.stmt, weights: Weights) -> float:
    """Return the suspicion of a statement's own lines, not of those nested in it."""
    body = getattr(statement, "body", None)
    end = statement.end_lineno or statement.lineno
    if isinstance(body, list) and body:
        end = max(statement.lineno, first_line(body[0]) - 1)
    return max((weights.get(line, 0.0) for line in range(statement.lineno, end + 1)), default=0.0)


def definitions(
    sources: Mapping[str, Source], weights: Mapping[str, Weights]
) -> dict[str, Weights]:
    """Weigh what runs at import, by the suspicion of the lines that use it: constants, defaults."""
    used: dict[str, float] = {}
    for path, source in sources.items():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
                weight = statement_weight(node, weights.get(path, {}))
                for expression in header_nodes(node) if weight else ():
                    name = str(getattr(expression, "id", getattr(expression, "attr", "")))
                    used[name] = max(used.get(name, 0.0), weight)
    return {
        path: _definitions(source, used, weights.get(path, {})) for path, source in sources.items()
    }


def _definitions(source: Source, used: Mapping[str, float], weights: Weights) -> Weights:
    found: Weights = {}
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS):
            inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            found[node.lineno] = max(weights.get(line, 0.0) for line in inside)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and not _in_function(source, node):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            found[node.lineno] = max((used.get(name, 0.0) for name in names), default=0.0)
    return {line: weight * _DEFINED_ELSEWHERE for line, weight in found.items() if weight}


def _in_function(source: Source, node: ast.AST) -> bool:
    return any(isinstance(ancestor, FUNCTIONS) for ancestor in source.ancestors(node))
