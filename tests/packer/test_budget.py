"""A budget is kept to the token, and the manifest says what gave way."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiktoken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.git import Repository
from repoctx.packer.index import Index, open_index
from repoctx.packer.manifest import Document
from repoctx.packer.outlines import Outliner
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.select import Candidate, Level, value_at
from repoctx.packer.walk import walk
from repoctx.packer.worth import Signals
from repoctx.project import open_project

Reference = Callable[[str], tiktoken.Encoding]
MakeRepository = Callable[..., Path]

KEY = b"k" * 32
FORMATS = ("xml", "markdown", "jsonl")
SECRET = "AKIA" + "Q3EGRTL6V2NPX7DC"
MODULE = '"""Module {n}."""\n\n\n' + "".join(
    f"def function_{i}(first, second):\n" + "    first = first + second * 12\n" * 12 + "\n\n"
    for i in range(6)
)


def pack(root: Path, index: Index, options: PackOptions | None = None) -> Pack:
    return build_pack(walk(root, index), index, options or PackOptions(redaction_key=KEY))


def text_of(packed: Pack) -> str:
    return "".join(packed.chunks())


def modules(count: int) -> dict[str, str]:
    return {f"pkg{n % 3}/module_{n:02}.py": MODULE.replace("{n}", str(n)) for n in range(count)}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Index]]:
    """A repository whose pack has about 40,000 tokens, with its index."""
    root = tmp_path_factory.mktemp("many")
    files = {**modules(30), "uv.lock": "x 1.2.3\n" * 500, "README.md": "# Many\n"}
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    (root / "image.png").write_bytes(b"\x89PNG\0")
    with open_index(tmp_path_factory.mktemp("cache")) as opened:
        yield root, opened


@pytest.mark.parametrize("form", FORMATS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(budget=st.integers(0, 45_000) | st.integers(100, 1_500))
def test_a_budget_is_never_exceeded(
    many: tuple[Path, Index], reference: Reference, form: str, budget: int
) -> None:
    root, index = many
    options = PackOptions(format=form, redaction_key=KEY, budget=budget)
    try:
        packed = pack(root, index, options)
    except UsageError as error:
        assert budget < 400
        least = int(re.findall(r"\d+", error.hint)[0])
        packed = pack(root, index, replace(options, budget=least))
        budget = least
    text = text_of(packed)
    assert packed.tokens == len(reference("o200k_base").encode_ordinary(text)) <= budget
    assert packed.bytes == len(text.encode())
    assert sum(packed.levels.values()) == 33


def test_a_budget_gives_outlines_before_names_and_says_so(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=12_000))
    assert packed.levels["outline"] > 5
    assert packed.levels["omitted"] == 0
    assert re.search(
        r"- pkg\d/module_\d\d\.py: outline; budget; \d+ tokens in full", text_of(packed)
    )
    assert packed.tokens > 11_000


def test_a_lock_file_gives_way_first_and_the_manifest_says_why(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=26_000))
    assert "- uv.lock: name; budget, lock; " in packed.manifest


def test_files_that_cannot_even_be_named_are_summed_up_by_folder(
    repository: MakeRepository, index: Index
) -> None:
    root = repository({f"data{n % 2}/deep/file_{n:04}.txt": "word " * 50 for n in range(400)})
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=3_000))
    assert re.search(r"- data0/deep/: \d+ files omitted; budget; \d+ tokens", packed.manifest)
    assert packed.levels["omitted"] > 200
    assert len(_omitted(packed)) == packed.levels["omitted"]


def test_what_is_relevant_to_the_question_is_full(many: tuple[Path, Index]) -> None:
    root, index = many
    relevance = {"pkg1/module_10.py": 3.0, "pkg2/module_20.py": 1.0}
    options = PackOptions(redaction_key=KEY, budget=7_000, signals=lambda: Signals(relevance))
    levels = {d.path: d.level for d in pack(root, index, options).documents}
    assert levels["pkg1/module_10.py"] == levels["pkg2/module_20.py"] == "full"


def test_a_large_budget_changes_nothing(many: tuple[Path, Index]) -> None:
    root, index = many
    whole = pack(root, index)
    bounded = pack(root, index, PackOptions(redaction_key=KEY, budget=whole.tokens))
    assert text_of(bounded) == text_of(whole)


def test_a_budgeted_pack_is_the_same_cold_and_warm(
    many: tuple[Path, Index], tmp_path: Path
) -> None:
    root, warm = many
    for budget in (1_000, 5_000, 20_000):
        options = PackOptions(redaction_key=KEY, budget=budget)
        pack(root, warm, replace(options, budget=budget + 700))  # knows other outlines
        with open_index(tmp_path / str(budget)) as cold:
            assert text_of(pack(root, cold, options)) == text_of(pack(root, warm, options))


def test_an_outline_shows_no_secret(repository: MakeRepository, index: Index) -> None:
    leak = f'def connect(key="{SECRET}"):\n' + "    key = key + key\n" * 400
    root = repository({"leak.py": leak, "b.py": leak.replace(SECRET, "none")})
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=900))
    assert packed.levels["outline"] >= 1
    assert SECRET not in text_of(packed)


def _omitted(packed: Pack) -> list[dict[str, str]]:
    omitted = packed.stats()["omitted"]
    assert isinstance(omitted, list)
    return omitted


def test_a_level_is_explained(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=12_000))
    path = next(d.path for d in packed.documents if d.level == "outline")
    explained = packed.explain(path)
    assert explained.startswith(f"{path}: outline, budget\ntokens: ")
    assert "kind: source; needed by 0 files" in explained


def test_a_path_without_a_level_is_an_error(many: tuple[Path, Index]) -> None:
    root, index = many
    with pytest.raises(UsageError, match=r"no/such\.py has no level"):
        pack(root, index).explain("no/such.py")


def test_why_a_file_is_not_higher_is_told_in_tokens(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=12_000))
    left = 12_000 - packed.tokens
    path = next(d.path for d in packed.documents if d.level == "outline")
    told = re.search(
        r"not full: its text in full costs ([\d,]+) tokens \(([\d,]+) more than now\), "
        r"more than the ([\d,]+) left",
        packed.explain(path),
    )
    assert told is not None
    full, more, said = (int(number.replace(",", "")) for number in told.groups())
    assert full > more > said == left
    assert re.search(r"centrality: place 1 of 33 \(1\.0\)", packed.explain(path))
    assert re.search(r"weight under a budget: 1; per token 0\.\d+, place \d+", packed.explain(path))


def paid(document: Document, outliner: Outliner) -> int:
    """Return the tokens of the file's document and of its line in the manifest."""
    facts, outline = document.facts, outliner.known(document.path)
    if facts is None or document.level is Level.OMITTED:
        return 0
    if document.level is Level.OUTLINE:
        assert outline is not None
        return outline.tokens + outline.line
    return facts.tokens if document.level is Level.FULL else facts.line


@settings(max_examples=25, deadline=None)
@given(budget=st.integers(400, 45_000))
def test_no_file_stays_lower_than_what_is_left_allows(
    many: tuple[Path, Index], budget: int
) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=budget))
    left, outliner = budget - packed.tokens, packed.source.outliner
    outliner.costs([d.path for d in packed.documents if d.path.endswith(".py")])
    for document in packed.documents:
        facts, outline = document.facts, outliner.known(document.path)
        assert facts is not None
        now = paid(document, outliner)
        if document.level is not Level.FULL and not facts.note:
            assert facts.tokens - now > left
        if document.level in (Level.NAME, Level.OMITTED) and outline is not None:
            assert outline.tokens + outline.line - now > left
        if document.level is Level.OMITTED and packed.levels["omitted"] == 1:
            assert facts.line > left


@settings(max_examples=25, deadline=None)
@given(budget=st.integers(2_000, 45_000), more=st.integers(1, 3_000))
def test_a_larger_budget_shows_no_less(many: tuple[Path, Index], budget: int, more: int) -> None:
    root, index = many
    values = []
    for tokens in (budget, budget + more):
        packed = pack(root, index, PackOptions(redaction_key=KEY, budget=tokens))
        if all(document.worth is None for document in packed.documents):
            return  # everything is there in full
        values.append(sum(_value(document) for document in packed.documents))
    assert values[1] >= values[0] * (1 - 1e-9)


def _value(document: Document) -> float:
    assert document.worth is not None
    assert document.facts is not None
    choice = Candidate(document.path, document.worth.weight, document.facts.tokens, 0, True)
    return value_at(choice, document.level)


def test_history_is_read_only_when_something_must_give_way(
    repository: MakeRepository, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(modules(4))
    project = open_project([root])
    snapshot = walk(root, index)
    whole = project.pack(snapshot, index)
    monkeypatch.delattr(Repository, "ancestors")
    project.pack(snapshot, index, question="module")
    project.pack(snapshot, index, question="module", budget=whole.tokens)
    with pytest.raises(AttributeError):
        project.pack(snapshot, index, budget=whole.tokens - 1)


def test_what_changes_often_is_shown_before_what_does_not(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(modules(12))
    busy = root / "pkg2/module_05.py"
    for number in range(5):
        busy.write_text(f"{busy.read_text()}# {number}\n")
        subprocess.run(("git", "commit", "-qam", "Change"), cwd=root, check=True)
    project = open_project([root])
    packed = project.pack(walk(root, index), index, budget=3_000)
    full = [document.path for document in packed.documents if document.level is Level.FULL]
    assert "pkg2/module_05.py" in full
    assert len(full) < 3
    assert "recent changes: 1.00 of the liveliest file's" in packed.explain("pkg2/module_05.py")
