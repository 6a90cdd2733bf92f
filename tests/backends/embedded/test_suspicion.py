"""Lines that failing tests run and passing ones do not are the suspicious ones."""

from __future__ import annotations

import math

import pytest

from repoctx.backends.embedded.source import Source
from repoctx.backends.embedded.suspicion import definitions, from_output, ochiai


def test_a_line_that_only_failing_tests_run_is_certain() -> None:
    assert ochiai({"a.py": {1: (2, 0)}}, failing=2) == {"a.py": {1: 1.0}}


def test_a_line_that_no_failing_test_runs_is_innocent() -> None:
    assert ochiai({"a.py": {1: (0, 5), 2: (1, 0)}}, failing=1) == {"a.py": {2: 1.0}}


def test_passing_tests_make_a_line_less_suspicious() -> None:
    weights = ochiai({"a.py": {1: (1, 0), 2: (1, 3)}}, failing=1)["a.py"]
    assert weights[2] == pytest.approx(1 / math.sqrt(4))
    assert weights[1] > weights[2]


TRACEBACK = """Traceback (most recent call last):
  File "/home/someone/project/tests/test_a.py", line 5, in test
  File "/home/someone/project/pkg/a.py", line 40, in run
  File "/usr/lib/python3.12/json/decoder.py", line 7, in decode
pkg/b.py:12: AssertionError
"""


def test_a_traceback_names_lines_and_nearby_ones_are_less_suspicious() -> None:
    weights = from_output(TRACEBACK, ["pkg/a.py", "pkg/b.py", "a.py"])
    assert set(weights) == {"pkg/a.py", "pkg/b.py"}
    assert weights["pkg/a.py"][40] == 1.0
    assert 0 < weights["pkg/a.py"][45] < weights["pkg/a.py"][41] < 1
    assert weights["pkg/b.py"][12] == 1.0


def test_output_without_tracebacks_says_nothing() -> None:
    assert from_output("FAILED\n" * 1000 + "File " * 1000, ["a.py"]) == {}


def test_a_constant_is_as_suspicious_as_half_of_what_uses_it() -> None:
    limits = Source("limits.py", "LOW = 1\nHIGH = 2\n")
    use = Source("use.py", "import limits\n\n\ndef f(a, b=3):\n    return a > limits.HIGH\n")
    found = definitions({"limits.py": limits, "use.py": use}, {"use.py": {5: 0.8}})
    assert found["limits.py"] == {2: 0.4}
    assert found["use.py"] == {4: 0.4}  # the default of b
