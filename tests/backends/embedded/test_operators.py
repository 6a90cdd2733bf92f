"""Each kind of edit turns a common mistake into what was meant, and only makes Python."""

from __future__ import annotations

import ast
import textwrap

import pytest

from repoctx.backends.embedded.candidates import Candidate, candidates
from repoctx.backends.embedded.operators import KINDS
from repoctx.backends.embedded.source import Source


def edits(code: str) -> list[Candidate]:
    source = Source("m.py", textwrap.dedent(code))
    weights = dict.fromkeys(range(1, len(source.lines) + 1), 1.0)
    return list(candidates({"m.py": source}, {"m.py": weights}))


def results(code: str) -> set[str]:
    return {candidate.source.applied(candidate.edits) for candidate in edits(code)}


MISTAKES = {
    "bound": ("if n < limit:", "if n <= limit:"),
    "sense": ("if a == b:", "if a != b:"),
    "identity": ("if a is b:", "if a is not b:"),
    "connective": ("if a and b:", "if a or b:"),
    "missing not": ("if a:", "if not a:"),
    "needless not": ("if not a:", "if a:"),
    "missing condition": ("while a: x = b is None", "while a and b is None: x = b is None"),
    "needless condition": ("if a and b:", "if a:"),
    "operator": ("x = a + b", "x = a - b"),
    "augmented operator": ("x += a", "x -= a"),
    "update": ("x = a", "x += a"),
    "operands": ("x = a - b", "x = b - a"),
    "needless term": ("x = a + b", "x = a"),
    "sign": ("x = -a", "x = a"),
    "number": ("x = a[0]", "x = a[-1]"),
    "off by one": ("x = a[b]", "x = a[b - 1]"),
    "precedence": ("x = (a + b) * c", "x = (a - b) * c"),
    "range": ("for i in range(a): pass", "for i in range(1, a): pass"),
    "slice": ("x = a[:b]", "x = a[:b + 1]"),
    "open slice": ("x = a[1:b]", "x = a[1:]"),
    "variable": ("x = a", "x = b"),
    "function": ("x = min(a, b); y = max(a, b)", "x = max(a, b); y = max(a, b)"),
    "method": ("a.append(b)", "a.extend(b)"),
    "attribute": ("x = a.left.value; y = a.right", "x = a.left.value; y = a.left"),
    "truth": ("x = True", "x = False"),
    "string": ("x = 'a'; y = 'b'", "x = 'b'; y = 'b'"),
    "arguments": ("x = f(a, b)", "x = f(b, a)"),
    "element order": ("a, b = b, a", "b, a = b, a"),
    "branches": ("x = a if b else c", "x = c if b else a"),
    "needless argument": ("x = f(a, b)", "x = f(a)"),
    "wrapper": ("x = sorted(a)", "x = a"),
    "missing wrapper": ("x = a", "x = len(a)"),
    "call": ("x = a.done; y = b.done()", "x = a.done(); y = b.done()"),
    "key": ("x = a[b]", "x = a.get(b)"),
    "filter": ("x = [i for i in a if i]", "x = [i for i in a ]"),
    "return": ("f(a)", "return f(a)"),
    "yield": ("yield f(a)", "yield a"),
    "result": ("return a", "return b"),
    "loop": ("if a:\n        b()", "while a:\n        b()"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_common_mistake_is_one_edit_from_what_was_meant(name: str) -> None:
    wrong, right = MISTAKES[name]
    body = "def f(a, b, c, n, limit):\n    {}\n"
    if wrong.endswith(":"):
        body = "def f(a, b, c, n, limit):\n    {}\n        return 1\n"
    assert body.format(right) in results(body.format(wrong))


STATEMENTS = {
    "a return that stands in the loop is moved behind it": (
        "def f(a):\n    for x in a:\n        g(x)\n        return a\n",
        "def f(a):\n    for x in a:\n        g(x)\n    return a\n",
    ),
    "a statement that stands behind the loop is moved into it": (
        "def f(a):\n    n = 0\n    for x in a:\n        g(x)\n    n += 1\n    return n\n",
        "def f(a):\n    n = 0\n    for x in a:\n        g(x)\n        n += 1\n    return n\n",
    ),
    "two statements are exchanged": (
        "def f(a):\n    b = a\n    a = 1\n    return b\n",
        "def f(a):\n    a = 1\n    b = a\n    return b\n",
    ),
    "a statement is removed": (
        "def f(a):\n    a.sort()\n    return a\n",
        "def f(a):\n    return a\n",
    ),
    "a block that would be empty passes": (
        "def f(a):\n    if a:\n        g(a)\n",
        "def f(a):\n    if a:\n        pass\n",
    ),
    "an early exit is added": (
        "def f(a):\n    return a[0]\n",
        "def f(a):\n    if not a:\n        return None\n    return a[0]\n",
    ),
    "a statement runs only if": (
        "def f(a, b):\n    g(a)\n    if b:\n        g(b)\n",
        "def f(a, b):\n    if b:\n        g(a)\n    if b:\n        g(b)\n",
    ),
    "an if is dropped": (
        "def f(a):\n    if a:\n        g(a)\n        h(a)\n    return a\n",
        "def f(a):\n    g(a)\n    h(a)\n    return a\n",
    ),
    "a loop counts": (
        "def f(n):\n    i = 0\n    while i < n:\n        g(i)\n",
        "def f(n):\n    i = 0\n    while i < n:\n        g(i)\n        i += 1\n",
    ),
    "a statement is repeated elsewhere": (
        "def f(a):\n    if a:\n        a.close()\n        return 1\n    return 2\n",
        "def f(a):\n    if a:\n        a.close()\n        return 1\n    a.close()\n    return 2\n",
    ),
    "a statement is repeated for another variable": (
        "def f(a, b):\n    a.close()\n    return 1\n",
        "def f(a, b):\n    a.close()\n    b.close()\n    return 1\n",
    ),
    "a variable follows another": (
        "def f(a):\n    last = None\n    for x in a:\n        g(last, x)\n",
        "def f(a):\n    last = None\n    for x in a:\n        g(last, x)\n        last = x\n",
    ),
    "an index is kept in range": (
        "def f(a, i):\n    g(a[i])\n",
        "def f(a, i):\n    if i < len(a):\n        g(a[i])\n",
    ),
    "a shared default is made in each call": (
        "def f(a, seen=[]):\n    seen.append(a)\n    return seen\n",
        "def f(a, seen=None):\n    if seen is None:\n        seen = []\n"
        "    seen.append(a)\n    return seen\n",
    ),
    "self is added": (
        "class A:\n    def __init__(self):\n        self.x = 1\n\n"
        "    def f(self, x):\n        return x\n",
        "class A:\n    def __init__(self):\n        self.x = 1\n\n"
        "    def f(self, x):\n        return self.x\n",
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_are_mended(name: str) -> None:
    wrong, right = STATEMENTS[name]
    assert right in results(wrong)


SAMPLE = '''
"""Documentation stays."""
from __future__ import annotations
import os

LIMIT = 3  # a comment

class Queue:
    """More of it."""
    size: int = 0

    def push(self, item, *, first=False, tags=()):
        """And more."""
        try:
            if first and item is not None: self.items.insert(0, item)
            else:
                self.items.append(item)
        except (KeyError, ValueError) as error:
            raise RuntimeError(f"é {item!r} {error}") from error
        finally:
            self.size += 1
        return [x for x in self.items if x != "ü"][:LIMIT]

async def run(queue, n: int = 2):
    async for x in queue:
        with open("a") as f, open("b") as g:
            yield lambda y: (x + y) * -n, {**x, "k": [*f]}, not x or (n := 1)
    while True:
        match x:
            case [a, b] if a: return
            case _: break
    else:
        del x; assert n, "message"
'''


def test_edits_of_all_kinds_of_syntax_keep_to_their_place() -> None:
    found = edits(SAMPLE)
    assert len(found) > 500
    good = 0
    for candidate in found[::4]:
        text = candidate.source.applied(candidate.edits)
        first, last, unit = candidate.unit()
        lines = candidate.source.lines
        assert "".join(lines[: first - 1]) + unit + "".join(lines[last:]) == text
        assert text.startswith('\n"""Documentation stays."""\nfrom __future__ import annotations')
        try:
            ast.parse(text)
            good += 1
        except SyntaxError:
            continue
    assert good > 0.9 * len(found[::4])


def test_every_kind_of_edit_is_of_some_use() -> None:
    samples = [wrong for wrong, _ in STATEMENTS.values()] + [SAMPLE]
    for wrong, _ in MISTAKES.values():
        after = "\n        return 1\n" if wrong.endswith(":") else "\n"
        samples.append(f"def f(a, b, c, n, limit):\n    {wrong}{after}")
    used = {candidate.kind.name for sample in samples for candidate in edits(sample)}
    assert used == {kind.name for kind in KINDS}


def test_candidates_come_in_the_same_order_every_time() -> None:
    first, second = ([c.edits for c in edits(SAMPLE)] for _ in range(2))
    assert first == second


def test_candidates_come_best_first() -> None:
    scores = [candidate.score for candidate in edits(SAMPLE)]
    assert scores == sorted(scores, reverse=True)


def test_the_first_candidates_of_a_large_program_are_the_likeliest_of_all() -> None:
    code = "".join(f"def f{n}(a, b):\n    return a + b if a < b else b\n" for n in range(500))
    source = Source("m.py", code)
    weights = dict.fromkeys(range(1, 1001), 1.0)
    found = candidates({"m.py": source}, {"m.py": weights})
    assert [next(found).kind.prior for _ in range(100)] == [1.0] * 100


def test_suspicious_lines_are_tried_before_others() -> None:
    source = Source("m.py", "def f(a, b):\n    x = a + b\n    y = a - b\n    return x, y\n")
    found = list(candidates({"m.py": source}, {"m.py": {2: 0.2, 3: 1.0, 4: 0.2}}))
    assert {candidate.line for candidate in found[:5]} == {3}


def test_lines_without_suspicion_are_left_alone() -> None:
    source = Source(
        "m.py", "def f(a, b):\n    x = a + b\n    return x\n\n\ndef g(a):\n    return a\n"
    )
    found = list(candidates({"m.py": source}, {"m.py": {2: 1.0}}))
    assert {c.line for c in found if c.edits[0].start < c.edits[0].end} <= {2, 3}
    assert all(c.unit()[0] == 1 for c in found)


def test_windows_line_ends_survive() -> None:
    source = Source("m.py", "def f(a):\r\n    if a < 1:\r\n        return a\r\n    return 2\r\n")
    weights = {2: 1.0, 3: 1.0, 4: 1.0}
    for candidate in candidates({"m.py": source}, {"m.py": weights}):
        text = source.applied(candidate.edits)
        assert text.count("\r\n") == text.count("\n")
