"""The replay against prompts written out in full, over histories of every kind of change."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.backends.prices import ModelFacts, Rate
from repoctx.errors import UsageError
from repoctx.evals.cache import CacheReport, evaluate_cache
from repoctx.evals.models import DEFAULT_MODEL, priced_model
from repoctx.packer.tokens import tokenizer
from repoctx.project import Project, open_project
from repoctx.prompt import instructions

Make = Callable[..., Path]
Change = dict[str, str | None]

FACTS = ModelFacts("m", "p", 1_000_000, None, Rate(2.0), Rate(9.0), Rate(0.2), Rate(2.5))
count = tokenizer().count


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def commit(root: Path, change: Change) -> None:
    for path, text in change.items():
        (root / path).parent.mkdir(exist_ok=True)
        if text is None:
            (root / path).unlink()
        else:
            (root / path).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "A change")


def lines(name: str, number: int, **other: str) -> str:
    return "".join(other.get(f"n{n}", f"{name} line {n}") + "\n" for n in range(number))


@pytest.fixture
def scripted(repository: Make) -> Path:
    """Edits, an addition, a deletion, a rename, a revert, a merge and a commit of nothing."""
    files = {f"{name}.py": lines(name, 60) for name in "abcdefgh"}
    root = repository({**files, "main.py": "import a\nimport b\n", "README.md": "Read me.\n"})
    commit(root, {"d.py": lines("d", 60, n30="changed")})
    commit(root, {"new.py": lines("new", 20), "b.py": None})
    commit(root, {"h.py": None, "z.py": lines("h", 60)})
    git(root, "revert", "--no-edit", "HEAD")
    git(root, "checkout", "-q", "-b", "side")
    commit(root, {"e.py": lines("e", 60, n1="on the side")})
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "--no-edit", "side")
    commit(root, {})
    return root


def evaluated(root: Path, commits: int = 200, facts: ModelFacts = FACTS) -> CacheReport:
    return evaluate_cache(open_project([root]), facts, commits, lambda done, total: None)


def prompts(project: Project, order: Callable[[list[str]], list[str]]) -> list[str]:
    """Every prompt of the history written out, its documents put in order."""
    made = []
    for rev in reversed(git(project.root, "rev-list", "--first-parent", "HEAD").split()):
        with project.opened(rev) as (snapshot, index):
            text = "".join(project.pack(snapshot, index, rev=rev).chunks())
        documents = re.findall(r"(?s)<document>\n.*?</document>\n", text)
        _, manifest = text.rsplit("</documents>\n", 1)
        head = instructions("search_replace") + "<documents>\n"
        made.append(head + "".join(order(documents)) + "</documents>\n" + manifest)
    return made


def hits(texts: Sequence[str]) -> list[int]:
    """Tokens of the whole lines that each text begins with like the one before."""
    found = [0]
    for old, new in pairwise(texts):
        if old == new:
            found.append(count(new))
            continue
        pairs = zip(old.splitlines(True), new.splitlines(True), strict=False)
        found.append(
            count("".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
        )
    return found


def by_path(documents: list[str]) -> list[str]:
    return sorted(documents, key=lambda text: text.split("<source>")[1].split("</source>")[0])


@pytest.mark.parametrize(("name", "order"), [("path", by_path), ("dependency", list)])
def test_a_layout_keeps_what_two_prompts_written_out_begin_with(
    scripted: Path, name: str, order: Any
) -> None:
    series = evaluated(scripted).layouts[name].questions
    texts = prompts(open_project([scripted]), order)
    assert [asked.tokens for asked in series] == [count(text) for text in texts]
    assert [asked.hit for asked in series] == hits(texts)
    assert series[-1].hit == series[-1].tokens  # the commit of nothing


def test_costs_are_those_of_a_bill_done_by_hand(scripted: Path) -> None:
    report = evaluated(scripted)
    plain = [asked.tokens for asked in report.layouts["dependency"].questions]
    for series in report.layouts.values():
        for asked, whole in zip(series.questions, plain, strict=True):
            bill = (0.2 * asked.hit + 2.5 * (asked.tokens - asked.hit)) / (2.0 * whole)
            assert asked.cost == pytest.approx(bill)


def test_the_ledger_sends_only_what_changed_and_a_branch_merged_is_one_question(
    scripted: Path,
) -> None:
    report = evaluated(scripted)
    series = report.layouts["ledger"]
    assert report.commits == len(series.questions) == 7
    new = [asked.tokens - asked.hit for asked in series.questions]
    edit, add_and_delete, rename, revert, merge, nothing = new[1:]
    assert series.rebases == 0
    assert max(rename, revert) < 50 < edit < 100
    assert 50 < merge < 100 < add_and_delete < 250
    assert nothing == 0


def test_the_ledger_of_the_replay_is_what_questions_really_send(scripted: Path) -> None:
    """The same commits, checked out and packed one by one, through a ledger by hand."""
    from repoctx.packer.ledger import Economy, Ledger

    project = open_project([scripted])
    sent = []
    with tempfile.TemporaryDirectory() as state, Ledger(Path(state)) as ledger:
        for rev in reversed(git(scripted, "rev-list", "--first-parent", "HEAD").split()):
            git(scripted, "checkout", "-q", rev)
            with project.opened() as (snapshot, index):
                pack = project.pack(snapshot, index)
                prepared = ledger.prepare("line", pack, Economy(0.2, 2.5), "x", at=0.0)
                prepared.sent("x", at=0.0)
                texts = ("".join(segment.chunks()) for segment in prepared.segments)
                sent.append(instructions("search_replace") + "".join(texts))
                prepared.close()
    git(scripted, "checkout", "-q", "main")
    series = evaluated(scripted).layouts["ledger"].questions
    assert [asked.tokens for asked in series] == [count(text) for text in sent]
    assert [asked.hit for asked in series] == [0, *map(count, sent[:-1])]


NAMES = ("a.py", "k.md", "z.py", "sub/x.txt")
HISTORIES = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 40) | st.none(), max_size=3),
    min_size=2,
    max_size=6,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=HISTORIES)
def test_the_ledger_keeps_at_least_what_path_order_keeps(
    repository: Make, history: list[dict[str, int | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = repository({"m.py": lines("m", 300)}, name=os.path.join(folder, "r"))
        for number, step in enumerate(history):
            there = {path for path in NAMES if (root / path).exists()}
            change = {
                path: None if size is None else lines(f"{path} {number}", size)
                for path, size in step.items()
                if size is not None or path in there
            }
            commit(root, change)
        report = evaluated(root)
    assert report.layouts["ledger"].means()[1] >= report.layouts["path"].means()[1]


def test_only_the_last_commits_are_replayed_and_progress_is_told(scripted: Path) -> None:
    told: list[tuple[int, int]] = []
    report = evaluate_cache(
        open_project([scripted]), FACTS, 3, lambda done, total: told.append((done, total))
    )
    assert report.commits == 3
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_repository_larger_than_the_window_is_replayed_within_it(scripted: Path) -> None:
    from dataclasses import replace

    small = evaluated(scripted, facts=replace(FACTS, window=3_200))
    most = max(q.tokens for series in small.layouts.values() for q in series.questions)
    assert most <= 3_200 * 7 / 8


def test_where_there_is_no_past_a_sentence_says_so(repository: Make, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        evaluated(tmp_path)
    with pytest.raises(UsageError, match="no commit yet"):
        evaluated(repository({"a.py": "x\n"}, commit=False))


def test_a_commit_without_a_file_is_a_question_too(repository: Make) -> None:
    root = repository({})
    commit(root, {"a.py": "x = 1\n"})
    assert evaluated(root).commits == 2


def test_prices_are_found_by_name_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    own = open_project([tmp_path]).settings
    facts = priced_model(DEFAULT_MODEL, own)
    assert facts.cache_read.base < facts.input.base < facts.cache_write.base
    assert (facts.window or 0) >= 1_000_000
    with pytest.raises(UsageError, match="not known"):
        priced_model("no-such-model", own)


def test_the_command_prints_the_figures_and_draws_them(scripted: Path, run: Any) -> None:
    ran = run("eval", "cache", "--json", "--plot", "costs.svg", cwd=scripted)
    assert ran.code == 0, ran.err
    assert ran.json["schema"] == "repoctx.eval.cache/1"
    assert {key: ran.json[key] for key in ("repo", "commits", "model")} == {
        "repo": "repository",
        "commits": 7,
        "model": DEFAULT_MODEL,
    }
    layouts = ran.json["layouts"]
    assert list(layouts) == [
        *("path", "most-changed-last", "oldest-touched-first", "dependency", "ledger")
    ]
    assert all(0 <= each["hit"] <= 1 and each["cost"] > 0 for each in layouts.values())
    assert layouts["ledger"]["rebases"] == 0
    assert layouts["ledger"]["warm"]["cost"] < layouts["ledger"]["cost"]

    picture = ElementTree.parse(scripted / "costs.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    names = [e.text for e in picture.iter(f"{space}text") if e.get("class") == "name"]
    assert names == list(layouts)
    bars = [e.get("d", "").count("z") for e in picture.iter(f"{space}path") if e.get("class")]
    assert [n for n in bars if n] == [7] * 5

    table = run("eval", "cache", "--commits", "2", cwd=scripted)
    assert [line.split()[0] for line in table.out.splitlines()] == ["layout", *layouts]
