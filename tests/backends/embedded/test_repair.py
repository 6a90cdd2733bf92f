"""A failing check leads to a small edit that makes it pass; every project here is a real one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendSettings, Cancellation, CheckFailure, Request
from repoctx.backends.embedded import create
from repoctx.errors import CancelledError, RefusedError, RepoctxError
from repoctx.patches.plan import plan
from repoctx.patches.reply import parse_reply
from repoctx.sandbox import run_check
from tests.waiting import AGES, PATIENCE, soon

pytestmark = pytest.mark.usefixtures("sandboxed", "no_leftovers")

Ask = Callable[..., Any]
MakeRepository = Callable[..., Path]
UNITTEST = f"{sys.executable} -m unittest"
PYTEST = f"{sys.executable} -m pytest -q"


def mend(root: Path, text: str) -> None:
    """Write what the reply proposes."""
    changes = plan(root, parse_reply(text))
    assert not changes.conflicts
    assert len(changes.files) == 1
    for change in changes.files:
        assert change.after is not None
        (root / change.path).write_bytes(change.after.content)


def test_a_wrong_comparison_is_found_and_mended(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    root = repository(shop)
    answer = ask(root, "free shipping starts at 50", UNITTEST)
    assert "`shop/prices.py:8`" in answer.text
    assert "A passing patch may be wrong" in answer.text
    mend(root, answer.text)
    assert "if total >= FREE_SHIPPING:" in (root / "shop/prices.py").read_text()
    assert run_check(UNITTEST, root).exit_code == 0


@pytest.mark.parametrize("at", ["path", "environment"])
def test_a_repository_within_a_folder_of_python_is_the_persons_own_code(
    repository: MakeRepository, shop: dict[str, str], ask: Ask, monkeypatch: Any, at: str
) -> None:
    root, python = repository(shop, name="venv/src/repository"), sys.executable
    venv = root.parent.parent
    if at == "path":
        monkeypatch.setenv("PYTHONPATH", str(venv))
        (venv / "private.txt").write_text("not to be seen by what runs")
    else:
        subprocess.run([python, "-m", "venv", "--without-pip", str(venv)], check=True)
        python = str(venv / "bin/python")
    answer = ask(root, "free shipping starts at 50", f"{python} -m unittest")
    mend(root, answer.text)
    assert "if total >= FREE_SHIPPING:" in (root / "shop/prices.py").read_text()


def test_pytest_checks_are_understood(repository: MakeRepository, ask: Ask) -> None:
    root = repository(
        {
            "stack.py": "class Stack:\n    def __init__(self):\n        self.items = []\n\n"
            "    def push(self, item):\n        self.items.append(item)\n\n"
            "    def peek(self):\n        return self.items[0]\n",
            "test_stack.py": "import pytest\nfrom stack import Stack\n\n\n"
            "@pytest.fixture\ndef stack():\n    s = Stack()\n    s.push(1)\n    s.push(2)\n"
            "    return s\n\n\ndef test_peek(stack):\n    assert stack.peek() == 2\n\n\n"
            "def test_push(stack):\n    assert len(stack.items) == 2\n",
        }
    )
    mend(root, ask(root, "peek returns the wrong end", PYTEST).text)
    assert "return self.items[-1]" in (root / "stack.py").read_text()


def test_a_program_is_a_check_too(repository: MakeRepository, ask: Ask) -> None:
    root = repository(
        {
            "mean.py": "def mean(numbers):\n    return sum(numbers) / (len(numbers) - 1)\n",
            "main.py": "from mean import mean\n\nassert mean([1, 2, 3]) == 2\n",
        }
    )
    mend(root, ask(root, "wrong mean", f"{sys.executable} main.py").text)
    assert run_check(f"{sys.executable} main.py", root).exit_code == 0


def test_what_stands_outside_functions_is_mended_as_well(
    repository: MakeRepository, ask: Ask
) -> None:
    root = repository(
        {
            "limits.py": "MAXIMUM = 11\n\n\ndef fits(size):\n    return size <= MAXIMUM\n",
            "test_limits.py": "import unittest\nfrom limits import fits, MAXIMUM\n\n\n"
            "class T(unittest.TestCase):\n    def test_fits(self):\n"
            "        self.assertTrue(fits(10))\n        self.assertFalse(fits(11))\n"
            "        self.assertEqual(MAXIMUM, 10)\n",
        }
    )
    mend(root, ask(root, "the limit is 10", UNITTEST).text)
    assert (root / "limits.py").read_text().startswith("MAXIMUM = 10\n")


def test_a_lambda_at_the_top_of_a_module_is_mended(repository: MakeRepository, ask: Ask) -> None:
    root = repository(
        {
            "keys.py": "second, first = lambda p: p[1], lambda p: p[1]\n",
            "test_keys.py": "import unittest\nfrom keys import first, second\n\n\n"
            "class T(unittest.TestCase):\n    def test_keys(self):\n"
            "        self.assertEqual((first('ab'), second('ab')), ('a', 'b'))\n",
        }
    )
    mend(root, ask(root, "the first key is wrong", UNITTEST).text)
    assert (root / "keys.py").read_text() == "second, first = lambda p: p[1], lambda p: p[0]\n"


def test_tests_that_cannot_even_be_imported_are_mended(
    repository: MakeRepository, ask: Ask
) -> None:
    root = repository(
        {
            "table.py": "NAMES = ['a', 'b']\nFIRST = NAMES[2]\n\n\n"
            "def first():\n    return FIRST\n",
            "test_table.py": "import unittest\nfrom table import first\n\n\n"
            "class T(unittest.TestCase):\n    def test_first(self):\n"
            "        self.assertEqual(first(), 'a')\n",
        }
    )
    mend(root, ask(root, "index error", UNITTEST).text)
    assert run_check(UNITTEST, root).exit_code == 0


def test_code_that_never_ends_is_mended(repository: MakeRepository, ask: Ask) -> None:
    root = repository(
        {
            "count.py": "def digits(n):\n    count = 1\n    while n < 10:\n"
            "        n = n // 10\n        count += 1\n    return count\n",
            "test_count.py": "import unittest\nfrom count import digits\n\n\n"
            "class T(unittest.TestCase):\n    def test_one(self):\n"
            "        self.assertEqual(digits(7), 1)\n\n    def test_three(self):\n"
            "        self.assertEqual(digits(123), 3)\n",
        }
    )
    mend(root, ask(root, "it hangs", UNITTEST, timeout=3).text)
    assert run_check(UNITTEST, root, timeout=PATIENCE).exit_code == 0


def test_any_other_command_is_run_once_for_each_try(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    shop["tests/check.py"] = "from shop.prices import third\nassert third([1, 2, 3]) == 3\n"
    shop["shop/prices.py"] += "\n\ndef third(prices):\n    return prices[3]\n"
    root = repository(shop)
    check = f"PYTHONPATH=. {sys.executable} tests/check.py > log.txt 2>&1 || (cat log.txt; exit 1)"
    answer = ask(root, "index out of range", check)
    mend(root, answer.text)
    assert run_check(check, root).exit_code == 0


def test_when_nothing_passes_it_says_so_and_shows_suspicious_lines(
    repository: MakeRepository, ask: Ask
) -> None:
    root = repository(
        {
            "story.py": "def title():\n    return 'The Wind'\n",
            "test_story.py": "import unittest\nfrom story import title\n\n\n"
            "class T(unittest.TestCase):\n    def test_title(self):\n"
            "        self.assertEqual(title(), 'War and Peace')\n",
        }
    )
    answer = ask(root, "wrong title", UNITTEST)
    assert "found none" in answer.text
    assert "- `story.py:2`: `return 'The Wind'`" in answer.text
    assert "SEARCH" not in answer.text


FORGERIES = {
    "noise": "\\xff\\x00 not a report\\n" + "[" * 3000 + "\\n",
    "a wrong shape": '{"ready": true, "tests": 7, "lines": null}\\n',
    "wrong kinds of values": '{"id": [1], "outcome": {}}\\n{"id": 1, "outcome": "pass"}\\n',
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_code_that_forges_reports_from_inside_is_not_believed(
    repository: MakeRepository, make_request: Callable[..., Request], forgery: str
) -> None:
    root = repository(
        {
            "story.py": "def title():\n    return 'The Wind'\n",
            "test_story.py": "import os, unittest\nfrom story import title\n\n"
            "for descriptor in range(3, 30):\n    try:\n"
            f"        os.write(descriptor, b'{FORGERIES[forgery]}')\n"
            "    except OSError:\n        pass\n\n\n"
            "class T(unittest.TestCase):\n    def test_title(self):\n"
            "        self.assertEqual(title(), 'War and Peace')\n",
        }
    )
    check = CheckFailure(UNITTEST, 1, "")
    asked = make_request(root, "mend it", check=check, seconds=8)
    try:
        text = "".join(getattr(e, "text", "") for e in create(BackendSettings()).stream(asked))
    except RepoctxError as error:
        text = error.message
    assert "SEARCH" not in text


def test_the_working_tree_is_never_touched(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    shop["tests/test_prices.py"] += (
        "\n    def test_writes(self):\n        open('left_behind.txt', 'w').write('x')\n"
    )
    root = repository(shop)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    (root / "left_behind.txt").unlink(missing_ok=True)
    result = run_check(f"{UNITTEST} tests.test_prices.PricesTest.test_limit", root)
    check = CheckFailure(UNITTEST, result.exit_code, result.output)
    from repoctx.backends.embedded.repair import Repair
    from repoctx.packer.walk import walk
    from repoctx.sandbox import confinement

    list(Repair(walk(root), check, confinement(), lambda: False, 2 * PATIENCE).run())
    shutil.rmtree(root / "shop/__pycache__", ignore_errors=True)
    shutil.rmtree(root / "tests/__pycache__", ignore_errors=True)
    assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before


def test_the_same_search_finds_the_same_repair_and_the_same_rivals(
    repository: MakeRepository, shop: dict[str, str], ask: Ask
) -> None:
    root = repository(shop)
    first, second = (ask(root, "mend it", UNITTEST).text for _ in range(2))
    assert "rival edit" in first
    assert first.count("<<<<<<< SEARCH") == 1
    assert first.partition("shop/prices.py\n")[2] == second.partition("shop/prices.py\n")[2]


def test_cancelling_ends_the_search_soon(
    repository: MakeRepository, make_request: Callable[..., Request]
) -> None:
    root = repository(
        {
            "slow.py": "import time\n\n\ndef value():\n    time.sleep(0.2)\n    return 1\n",
            "test_slow.py": "import unittest\nfrom slow import value\n\n\n"
            "class T(unittest.TestCase):\n    def test_value(self):\n"
            "        self.assertEqual(value(), 'never')\n",
        }
    )
    switch = Cancellation()
    check = CheckFailure(UNITTEST, 1, "")
    asked = make_request(root, "mend it", check=check, seconds=AGES, cancellation=switch)
    threading.Timer(1.5, switch.throw).start()
    with soon(), pytest.raises(CancelledError):
        list(create(BackendSettings()).stream(asked))


def test_closing_the_stream_ends_the_search(
    repository: MakeRepository, shop: dict[str, str], make_request: Callable[..., Request]
) -> None:
    check = CheckFailure(UNITTEST, 1, "")
    stream = create(BackendSettings()).stream(make_request(repository(shop), "x", check=check))
    for _ in range(4):
        next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator; the fixture looks for leftovers


def test_without_a_sandbox_nothing_is_run_and_the_answer_is_quotation(
    repository: MakeRepository, shop: dict[str, str], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise RefusedError("There is no sandbox on this machine.", "install bubblewrap")

    monkeypatch.setattr("repoctx.sandbox.confinement", refuse)
    text = ask(repository(shop), "where is `shipping` computed?", UNITTEST).text
    assert text.startswith("I did not search for a repair. There is no sandbox on this machine.")
    assert "install bubblewrap" in text
    assert "`shop/prices.py:6` defines `shipping`" in text


def test_a_check_that_passes_in_the_sandbox_is_not_repaired(
    repository: MakeRepository, shop: dict[str, str], make_request: Callable[..., Request]
) -> None:
    shop["shop/prices.py"] = shop["shop/prices.py"].replace("total >", "total >=")
    check = CheckFailure(UNITTEST, 1, "it failed because of the network")
    asked = make_request(repository(shop), "mend it", check=check, seconds=2 * PATIENCE)
    text = "".join(getattr(e, "text", "") for e in create(BackendSettings()).stream(asked))
    assert "I could not search for a repair" in text
