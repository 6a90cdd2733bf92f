"""Base and updates together are the working tree, and what was sent is a prefix of the next."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.decoding import decode, is_binary
from repoctx.packer.ledger import Economy, Ledger
from repoctx.packer.ledger.prepared import Prepared
from repoctx.packer.worth import Signals

Make = Callable[..., Path]

CACHING = Economy(read=0.1, write=1.25, lifetime=300.0)
NAMES = ("a.py", "b.py", "sub/c.txt", "odd\nname.py", "d<x>.md", "byte\udcff.txt")
LINES = st.lists(
    st.sampled_from(
        [
            "one",
            "two",
            "",
            "</diff>",
            "</document_content>",
            "- x: name; y",
            "@@ -1 +1 @@",
            "\ud83d\ude00é",
        ]
    ),
    max_size=12,
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    text = "\n".join(draw(LINES)) + draw(st.sampled_from(["", "\n"]))
    raw = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return raw + draw(st.sampled_from([b"", b"", b"\xff\xfe raw", b"\0"]))


EDITS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.none() | contents(), max_size=4),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "state").mkdir()
    with Ledger(tmp_path / "state") as opened:
        yield opened


def text_of(prepared: Prepared) -> str:
    return "".join(piece for segment in prepared.segments for piece in segment.chunks())


def on_disk(root: Path) -> dict[str, str]:
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(".git/") and not is_binary(path.read_bytes()):
            found[name] = decode(path.read_bytes()).text
    return found


def write(root: Path, edit: dict[str, bytes | None]) -> None:
    for name, content in edit.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS, sends=st.lists(st.booleans(), min_size=6, max_size=6))
def test_after_any_edits_base_and_updates_are_the_tree_and_each_prompt_begins_with_the_last(
    packed: Any, read: Any, edits: list[dict[str, bytes | None]], sends: list[bool]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder, "root"), Path(folder, "state")
        root.mkdir()
        state.mkdir()
        (root / "kept.py").write_text("kept = 1\n" * 400)
        sent = ""
        for edit, is_sent in zip(edits, sends, strict=False):
            write(root, edit)
            with Ledger(state) as ledger:
                prepared = ledger.prepare("line", packed(root), CACHING, "model", at=0.0)
                text = text_of(prepared)
                assert read(prepared) == on_disk(root)
                if not prepared.reason:
                    assert text.startswith(sent)
                if is_sent:
                    prepared.sent("model", at=0.0)
                    sent = text
                prepared.close()


def test_what_was_not_sent_is_not_remembered(repository: Make, packed: Any, ledger: Ledger) -> None:
    root = repository({"a.py": "one\n" * 300})
    first = ledger.prepare("line", packed(root), CACHING, "model")
    first.close()
    assert ledger.standing("line") is None

    first = ledger.prepare("line", packed(root), CACHING, "model")
    first.sent("model")
    first.close()
    (root / "a.py").write_text("one\n" * 300 + "two\n")
    failed = ledger.prepare("line", packed(root), CACHING, "model")
    failed.close()
    standing = ledger.standing("line")
    assert standing is not None
    assert (standing.updates, standing.destinations["model"][0]) == (0, 0)


def test_a_reverted_edit_and_a_renamed_file_cost_a_line(
    repository: Make, packed: Any, read: Any, ledger: Ledger
) -> None:
    text = "".join(f"line {n}\n" for n in range(500))
    root = repository({"a.py": text, "b.py": text.replace("line", "row") * 5})

    def ask() -> Prepared:
        prepared = ledger.prepare("line", packed(root), CACHING, "model")
        assert read(prepared) == on_disk(root)
        prepared.sent("model")
        prepared.close()
        return prepared

    ask()
    (root / "a.py").write_text(text.replace("7", "seven"))
    long = ask().segments[-1].tokens
    (root / "a.py").write_text(text)
    assert ask().segments[-1].tokens < 40 < long
    (root / "b.py").rename(root / "c.py")
    assert ask().segments[-1].tokens < 40


def test_an_edit_is_a_diff_and_what_is_cached_is_known(
    repository: Make, packed: Any, ledger: Ledger
) -> None:
    root = repository({"a.py": "".join(f"x{n} = {n}\n" for n in range(900)), "z.py": "import a\n"})
    first = ledger.prepare("line", packed(root), CACHING, "model", at=0.0)
    assert (first.cached, first.reason) == (0, "first")
    first.sent("model", at=0.0)
    (root / "a.py").write_text((root / "a.py").read_text().replace("x450 = 450", "x450 = 1"))

    second = ledger.prepare("line", packed(root), CACHING, "model", at=100.0)
    assert second.cached == first.tokens
    assert text_of(second).endswith(
        '<update number="1">\n<change>\n<source>a.py</source>\n<diff>\n@@ -448,7 +448,7 @@\n'
        " x447 = 447\n x448 = 448\n x449 = 449\n-x450 = 450\n+x450 = 1\n x451 = 451\n"
        " x452 = 452\n x453 = 453\n</diff>\n</change>\n</update>\n"
    )
    second.sent("model", at=100.0)
    assert ledger.prepare("line", packed(root), CACHING, "model", at=399.0).cached == second.tokens
    assert ledger.prepare("line", packed(root), CACHING, "model", at=500.0).cached == 0
    assert ledger.prepare("line", packed(root), CACHING, "other", at=100.0).cached == 0


def test_without_a_cache_every_question_gets_a_fresh_pack(
    repository: Make, packed: Any, ledger: Ledger
) -> None:
    root = repository({"a.py": "one\n"})
    ledger.prepare("line", packed(root), Economy(lifetime=0), "exec").sent("exec")
    (root / "a.py").write_text("two\n")
    again = ledger.prepare("line", packed(root), Economy(lifetime=0), "exec")
    assert again.reason
    assert text_of(again) == "".join(packed(root).chunks())


def test_two_processes_that_ask_at_once_leave_one_truth(
    repository: Make, packed: Any, read: Any, tmp_path: Path, ledger: Ledger
) -> None:
    root = repository({"a.py": "one\n" * 200})
    ledger.prepare("line", packed(root), CACHING, "model", at=0.0).sent("model", at=0.0)
    (root / "a.py").write_text("one\n" * 200 + "two\n")
    with Ledger(tmp_path / "state") as other:
        mine = ledger.prepare("line", packed(root), CACHING, "model", at=1.0)
        (root / "b.py").write_text("new\n")
        theirs = other.prepare("line", packed(root), CACHING, "model", at=1.0)
        theirs.sent("model", at=1.0)
        mine.sent("model", at=1.0)
        after = other.prepare("line", packed(root), CACHING, "model", at=2.0)
    assert text_of(after) == text_of(theirs)
    assert read(after) == on_disk(root)


def test_a_file_that_was_shown_in_full_stays_so_under_a_budget(
    repository: Make, packed: Any, read: Any, ledger: Ledger
) -> None:
    files = {f"m{n}.py": f"def f{n}():\n" + "    return 1 + 2 + 3\n" * 60 for n in range(8)}
    root = repository(files)

    def ask(relevant: str) -> Any:
        pack = packed(root, budget=1800, signals=lambda: Signals({relevant: 1.0}))
        prepared = ledger.prepare("line", pack, CACHING, "model", at=0.0)
        prepared.sent("model", at=0.0)
        return prepared

    assert files.keys() > read(ask("m1.py")).keys() >= {"m1.py"}
    second = ask("m5.py")
    assert not second.reason
    assert read(second).keys() >= {"m1.py", "m5.py"}


def test_a_new_base_leaves_no_old_file_behind(
    repository: Make, packed: Any, ledger: Ledger, tmp_path: Path
) -> None:
    root = repository({"a.py": "one\n"})
    for text in ("two\n", "three\n", "four\n"):
        prepared = ledger.prepare("line", packed(root), Economy(lifetime=0), "model")
        prepared.sent("model")
        prepared.close()
        (root / "a.py").write_text(text)
    assert len(list((tmp_path / "state" / "ledger").iterdir())) == 1
    ledger.forget("line")
    assert list((tmp_path / "state" / "ledger").iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100])
def test_a_broken_ledger_starts_anew(
    repository: Make, packed: Any, tmp_path: Path, damage: bytes
) -> None:
    root = repository({"a.py": "one\n"})
    state = tmp_path / "state"
    state.mkdir()
    with Ledger(state) as ledger:
        ledger.prepare("line", packed(root), CACHING, "model").sent("model")
    for suffix in ("-wal", "-shm"):
        Path(f"{state}/ledger.sqlite{suffix}").unlink(missing_ok=True)
    (state / "ledger.sqlite").write_bytes(damage)
    with Ledger(state) as ledger:
        assert ledger.prepare("line", packed(root), CACHING, "model").reason == "first"


def test_a_base_whose_text_is_gone_is_written_anew(
    repository: Make, packed: Any, ledger: Ledger, tmp_path: Path
) -> None:
    root = repository({"a.py": "one\n"})
    ledger.prepare("line", packed(root), CACHING, "model").sent("model")
    for file in (tmp_path / "state" / "ledger").iterdir():
        file.unlink()
    assert ledger.prepare("line", packed(root), CACHING, "model").reason == "first"


def test_a_branch_that_comes_back_costs_little(
    repository: Make, packed: Any, read: Any, ledger: Ledger
) -> None:
    root = repository({f"m{n}.py": f"value = {n}\n" * 80 for n in range(20)})

    def ask() -> Prepared:
        prepared = ledger.prepare("line", packed(root), CACHING, "model", at=0.0)
        prepared.sent("model", at=0.0)
        assert read(prepared) == on_disk(root)
        return prepared

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)

    ask()
    git("checkout", "-q", "-b", "other")
    for n in range(6):
        (root / f"m{n}.py").write_text("other = 1\n" * 70)
    git("commit", "-q", "-am", "Other")
    there = ask().segments[-1].tokens
    git("checkout", "-q", "main")
    assert ask().segments[-1].tokens * 10 < there
    git("checkout", "-q", "other")
    assert ask().segments[-1].tokens * 10 < there
