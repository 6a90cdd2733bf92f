"""A small project with a fault, asked about as a session does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from repoctx.backends.base import (
    BackendSettings,
    Cancellation,
    CheckFailure,
    Context,
    Limits,
    Request,
    Workspace,
)
from repoctx.backends.embedded import create
from repoctx.errors import RefusedError
from repoctx.events import Event, Notice, Progress, TextDelta, Usage
from repoctx.sandbox import confinement, run_check
from tests.waiting import PATIENCE

SHOP = {
    "shop/__init__.py": "",
    "shop/prices.py": '''"""Prices in cents."""

FREE_SHIPPING = 5000


def shipping(total):
    """Large orders ship for free."""
    if total > FREE_SHIPPING:
        return 0
    return 490


def with_tax(cents, percent):
    return cents + cents * percent // 100
''',
    "tests/__init__.py": "",
    "tests/test_prices.py": """import unittest

from shop.prices import shipping, with_tax


class PricesTest(unittest.TestCase):
    def test_small(self):
        self.assertEqual(shipping(4999), 490)

    def test_limit(self):
        self.assertEqual(shipping(5000), 0)

    def test_large(self):
        self.assertEqual(shipping(9000), 0)

    def test_tax(self):
        self.assertEqual(with_tax(1000, 19), 1190)
""",
}


@dataclass(frozen=True)
class Answer:
    events: list[Event]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def notices(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Notice)]

    @property
    def tried(self) -> int:
        return max((e.done for e in self.events if isinstance(e, Progress)), default=0)

    @property
    def usage(self) -> Usage:
        return next(event for event in self.events if isinstance(event, Usage))


Ask = Callable[..., Answer]


def request(
    root: Path,
    cache: Path,
    question: str,
    check: CheckFailure | None = None,
    seconds: float | None = None,
    cancellation: Cancellation | None = None,
) -> Request:
    context = Context(lambda: iter(()), 0, "o200k_base")
    workspace = Workspace(root, cache, check)
    limits = Limits(seconds=seconds)
    return Request("", context, (), question, limits, workspace, cancellation or Cancellation())


@pytest.fixture
def make_request(tmp_path: Path) -> Callable[..., Request]:
    (tmp_path / "cache").mkdir()
    return lambda root, question, **more: request(root, tmp_path / "cache", question, **more)


@pytest.fixture
def ask(make_request: Callable[..., Request]) -> Ask:
    """A function that asks the backend, after running the check when there is one."""

    def ask(root: Path, question: str, check: str = "", timeout: float = PATIENCE) -> Answer:
        failure = None
        if check:
            result = run_check(check, root, timeout=timeout)
            assert result.exit_code != 0
            failure = CheckFailure(check, result.exit_code, result.output)
        asked = make_request(root, question, check=failure, seconds=2 * PATIENCE)
        return Answer(list(create(BackendSettings()).stream(asked)))

    return ask


@pytest.fixture
def shop() -> dict[str, str]:
    """A package with a wrong comparison, and its tests."""
    return dict(SHOP)


@pytest.fixture
def sandboxed() -> None:
    """Skips where this machine has no sandbox."""
    try:
        confinement()
    except RefusedError as error:
        pytest.skip(str(error))


@pytest.fixture
def no_leftovers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails when a test leaves a scratch folder or a process behind."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    with tempfile.TemporaryDirectory(prefix="repoctx-test-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        os.chmod(folder, 0o711)
        yield
        assert os.listdir(folder) == []
    assert children.read_text() == before
