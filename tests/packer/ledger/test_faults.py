"""The ledger under faults: killed and competing processes, a disk that fails, files that vanish."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repoctx.packer.ledger import Economy, Ledger
from tests.backends.asking import on_disk

Make = Callable[..., Path]

CACHING = Economy(read=0.1, write=1.25, lifetime=300.0)
UNCACHED = Economy(lifetime=0)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def ledger(state: Path) -> Iterator[Ledger]:
    with Ledger(state) as opened:
        yield opened


def text_of(prepared: Any) -> str:
    return "".join(piece for segment in prepared.segments for piece in segment.chunks())


def bases(state: Path) -> list[str]:
    return sorted(file.name for file in (state / "ledger").iterdir())


def test_what_a_killed_process_left_is_deleted_and_what_another_is_sending_is_not(
    repository: Make, packed: Any, ledger: Ledger, state: Path
) -> None:
    root = repository({"a.py": "one\n" * 300})
    (state / "ledger" / "0123456789abcdef.base").write_bytes(b"half of a ba")
    sending = ledger.prepare("line", packed(root), CACHING, "model", at=0.0)
    text = text_of(sending)
    assert len(bases(state)) == 1
    with Ledger(state) as other:
        theirs = other.prepare("line", packed(root), CACHING, "model", at=0.0)
        assert len(bases(state)) == 2
        theirs.close()
    assert len(bases(state)) == 1
    sending.sent("model", at=0.0)
    sending.close()
    again = ledger.prepare("line", packed(root), CACHING, "model", at=1.0)
    assert not again.reason
    assert text_of(again) == text


def test_a_new_base_that_cannot_be_remembered_leaves_the_old_one(
    repository: Make, packed: Any, read: Any, ledger: Ledger, state: Path
) -> None:
    root = repository({"a.py": "one\n" * 300})
    ledger.prepare("line", packed(root), CACHING, "model", at=0.0).sent("model", at=0.0)
    old = bases(state)
    (root / "a.py").write_text("one\n" * 300 + "two\n")
    with sqlite3.connect(state / "ledger.sqlite") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON bases BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    rebased = ledger.prepare("line", packed(root), UNCACHED, "model", at=1.0)
    assert rebased.reason
    rebased.sent("model", at=1.0)
    rebased.close()
    assert bases(state) == old
    after = ledger.prepare("line", packed(root), CACHING, "model", at=2.0)
    assert not after.reason
    assert read(after) == on_disk(root)


def test_what_another_process_remembers_meanwhile_is_seen_whole_or_not_at_all(
    repository: Make, packed: Any, read: Any, ledger: Ledger, state: Path
) -> None:
    root = repository({"a.py": "one\n" * 300})
    ledger.prepare("line", packed(root), CACHING, "model", at=0.0).sent("model", at=0.0)
    (root / "a.py").write_text("one\n" * 300 + "two\n")
    with Ledger(state) as other:
        waiting = [other.prepare("line", packed(root), CACHING, "model", at=1.0)]
        (root / "a.py").write_text("one\n" * 300 + "three\n")

        def interrupt(statement: str) -> None:
            if waiting and statement.startswith("SELECT text, tokens FROM updates"):
                waiting.pop().sent("model", at=1.0)

        ledger._store._connection.set_trace_callback(interrupt)
        mine = ledger.prepare("line", packed(root), CACHING, "model", at=2.0)
        ledger._store._connection.set_trace_callback(None)
    assert not waiting
    assert read(mine) == on_disk(root)
    mine.sent("model", at=2.0)
    after = ledger.prepare("line", packed(root), CACHING, "model", at=3.0)
    assert read(after) == on_disk(root)


def test_a_base_of_another_process_is_never_taken_for_the_one_that_was_sent(
    repository: Make, packed: Any, ledger: Ledger, state: Path
) -> None:
    root = repository({"a.py": "one\n" * 300})
    ledger.prepare("line", packed(root), CACHING, "model", at=0.0).sent("model", at=0.0)
    mine = ledger.prepare("line", packed(root), CACHING, "slow", at=1.0)
    (root / "a.py").write_text("two\n" * 300)
    with Ledger(state) as other:
        other.prepare("line", packed(root), UNCACHED, "quick", at=2.0).sent("quick", at=2.0)
    mine.sent("slow", at=3.0)
    assert ledger.prepare("line", packed(root), CACHING, "slow", at=4.0).cached == 0


def test_a_base_that_cannot_be_opened_is_written_anew(
    repository: Make, packed: Any, read: Any, ledger: Ledger, state: Path
) -> None:
    root = repository({"a.py": "one\n" * 300})
    ledger.prepare("line", packed(root), CACHING, "model").sent("model")
    (file,) = (state / "ledger").iterdir()
    file.rename(state / "moved")
    file.symlink_to(state / "moved")
    again = ledger.prepare("line", packed(root), CACHING, "model")
    assert again.reason == "first"
    assert read(again) == on_disk(root)
    assert ledger.repeated("line", "model") is None


def test_a_file_changed_while_a_base_is_written_leaves_nothing(
    repository: Make, packed: Any, ledger: Ledger, state: Path
) -> None:
    from repoctx.errors import RepoctxError

    root = repository({"a.py": "one\n" * 300})
    pack = packed(root)
    (root / "a.py").write_text("two\n" * 300)
    with pytest.raises(RepoctxError):
        ledger.prepare("line", pack, CACHING, "model")
    assert bases(state) == []
