"""A budget is kept to the token, and the manifest says what gave way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiktoken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.packer.index import Index, open_index
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.walk import walk
from repoctx.packer.worth import Signals

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
