"""Bills add up, over processes and months, and a broken record is kept beside a new one."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.costs import Bill, Costs, month_start, repository_key
from repoctx.costs.totals import added
from repoctx.errors import RepoctxError

BILL = Bill(
    repository="/src/api",
    conversation="c1",
    backend="openai",
    endpoint="https://api.openai.com/v1",
    model="m",
    input=1_000,
    cached=600,
    written=300,
    output=10,
    fresh=400,
    cost=0.5,
    saved=0.25,
    seconds=2.0,
    at=1_000.0,
)


def test_bills_add_up_by_repository_and_model(tmp_path: Path) -> None:
    costs = Costs(tmp_path)
    for bill in (
        BILL,
        BILL,
        replace(BILL, model="n", cost=None, saved=None),
        replace(BILL, repository="/src/web\0/src/odd\udcff\nname", cost=0.1),
    ):
        costs.add(bill)
    first, second, third = costs.totals()
    assert (first.repositories, first.model, first.requests) == (("/src/api",), "m", 2)
    assert (first.input, first.cached, first.written, first.output) == (2000, 1200, 600, 20)
    assert (first.cost, first.saved, first.unpriced) == (1.0, 0.5, 0)
    assert second.repositories == ("/src/web", "/src/odd\udcff\nname")
    assert (third.model, third.cost, third.unpriced) == ("n", 0.0, 1)
    assert [total.model for total in costs.totals(repository="/src/api")] == ["m", "n"]
    assert costs.totals(since=1_000.5) == []
    whole = added(costs.totals())
    assert (whole.requests, whole.unpriced) == (4, 1)
    assert whole.cost == pytest.approx(1.1)


def test_a_conversation_is_summed_and_the_last_one_is_known(tmp_path: Path) -> None:
    costs = Costs(tmp_path)
    assert costs.last_conversation("/src/api") == ""
    costs.add(replace(BILL, conversation="new", at=2_000.0))
    costs.add(replace(BILL, at=1_500.0))
    costs.add(replace(BILL, conversation="other", repository="/src/web", at=3_000.0))
    assert costs.last_conversation("/src/api") == "new"
    assert costs.conversation("new") == 0.5


def test_only_the_person_can_read_it(tmp_path: Path) -> None:
    Costs(tmp_path).add(BILL)
    assert stat.S_IMODE((tmp_path / "costs.sqlite").stat().st_mode) == 0o600


def test_two_processes_that_write_at_once_lose_no_bill(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from repoctx.costs import Bill, Costs\n"
        "costs = Costs(Path(sys.argv[1]))\n"
        "for n in range(15):\n"
        "    costs.add(Bill('r', 'c', 'openai', '', 'm', 1, 0, 0, 1, 1, 0.5, 0.0, None, float(n)))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    (total,) = Costs(tmp_path).totals()
    assert (total.requests, total.cost) == (30, 15.0)


@pytest.mark.parametrize("damage", ["garbage", "other tables", "broken page"])
def test_a_broken_record_is_moved_aside_and_said(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "costs.sqlite"
    Costs(tmp_path).add(BILL)
    if damage == "garbage":
        file.write_bytes(b"not a database, but long enough to look at" * 50)
    elif damage == "other tables":
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE bills")
        connection.close()
    else:
        content = bytearray(file.read_bytes())
        content[4096:8192] = os.urandom(4096)
        file.write_bytes(content)
    broken = file.read_bytes()
    costs = Costs(tmp_path)
    costs.add(BILL)
    (aside,) = tmp_path.glob("costs-broken-*.sqlite")
    assert aside.read_bytes() == broken
    assert str(aside) in costs.note
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    again = Costs(tmp_path)
    assert again.totals()[0].requests == 1
    assert again.note == ""


def test_two_processes_that_find_it_broken_move_it_once(tmp_path: Path) -> None:
    (tmp_path / "costs.sqlite").write_bytes(b"broken" * 1000)
    code = (
        "import sys; from pathlib import Path\n"
        "from repoctx.costs import Bill, Costs\n"
        "bill = Bill('r', 'c', 'openai', '', 'm', 1, 0, 0, 1, 1, 0.5, 0.0, None, 1.0)\n"
        "Costs(Path(sys.argv[1])).add(bill)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(list(tmp_path.glob("costs-broken-*.sqlite"))) == 1
    assert Costs(tmp_path).totals()[0].requests == 3


def test_a_record_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    Costs(tmp_path).add(BILL)
    with sqlite3.connect(tmp_path / "costs.sqlite") as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(RepoctxError, match="newer"):
        Costs(tmp_path).add(BILL)
    assert [path.name for path in tmp_path.iterdir()] == ["costs.sqlite"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 50) | st.none()), max_size=6))
def test_a_sum_is_the_sum_of_what_was_added(bills: list[tuple[int, float | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        costs = Costs(Path(folder))
        for number, (tokens, cost) in enumerate(bills):
            costs.add(replace(BILL, repository=f"/r{number % 3}", input=tokens, cost=cost))
        whole = added(costs.totals())
    assert whole.input == sum(tokens for tokens, _ in bills)
    assert whole.cost == pytest.approx(sum(cost or 0.0 for _, cost in bills))
    assert whole.unpriced == sum(cost is None for _, cost in bills)


def test_roots_have_one_key_whatever_their_order_and_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    other = tmp_path / "b"
    assert repository_key([tmp_path / "link", other]) == repository_key([other, tmp_path / "a"])


def test_a_month_begins_on_its_first_day_in_local_time() -> None:
    start = datetime.fromtimestamp(month_start(datetime(2026, 11, 25, 13, 5)))
    assert start == datetime(2026, 11, 1)
