"""A pack shows notebooks as cells and large data by its head, says so, and counts both exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiktoken

from repoctx.packer.graph import import_graph
from repoctx.packer.index import Index
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.rank import search
from repoctx.packer.select import Level
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]
Reference = Callable[[str], tiktoken.Encoding]

KEY = b"k" * 32
FORMATS = ("xml", "markdown", "jsonl")
SECRET = "AKIA" + "Q3EGRTL6V2NPX7DC"
OTHER_SECRET = "AKIA" + "Z5MQWERTYXCVBNKL"
OPTIONS = PackOptions(redaction_key=KEY, data_limit=500)


def notebook(*cells: tuple[str, str]) -> str:
    made = []
    for kind, source in cells:
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
        if kind == "code":
            text = [f"printed {OTHER_SECRET}\n"]
            output = {"output_type": "stream", "name": "stdout", "text": text}
            cell |= {"outputs": [output], "execution_count": 1}
        made.append(cell)
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)


NOTEBOOK = notebook(
    ("markdown", "# Exploring\n\nSome words."),
    ("code", f'%matplotlib inline\nfrom shop.prices import total\nkey = "{SECRET}"'),
    ("code", "def wonderful(first, second):\n    return total(first) + second"),
)
ROWS = "id,key,price\n" + "".join(f"{n},{SECRET},{n}.5\n" for n in range(500))
FILES: dict[str, str | bytes] = {
    "analysis/explore.ipynb": NOTEBOOK,
    "analysis/broken.ipynb": NOTEBOOK[:-20],
    "shop/__init__.py": "",
    "shop/prices.py": "def total(x):\n    return x\n",
    "data/rows.csv": ROWS,
    "data/small.csv": "a,b\n1,2\n",
}


def pack(root: Path, index: Index, options: PackOptions = OPTIONS) -> Pack:
    return build_pack(walk(root, index), index, options)


def text_of(packed: Pack) -> str:
    return "".join(packed.chunks())


def level(packed: Pack, path: str) -> tuple[Level, str]:
    (found,) = (d for d in packed.documents if d.path == path)
    return found.level, found.reason


def test_a_notebook_is_shown_as_its_cells_and_its_outputs_are_not(
    repository: MakeRepository, index: Index
) -> None:
    packed = pack(repository({"a.ipynb": NOTEBOOK}), index)
    assert level(packed, "a.ipynb") == (Level.FULL, "")
    text = text_of(packed)
    assert "<document_content>\n# %% [markdown]\n# # Exploring\n#\n# Some words.\n\n# %%\n" in text
    assert SECRET not in text
    assert OTHER_SECRET not in text
    assert "printed" not in text
    assert packed.redacted == 1
    assert "without outputs" in packed.manifest


def test_a_secret_over_several_lines_of_prose_is_replaced(
    repository: MakeRepository, index: Index
) -> None:
    body = "\n".join("MIIEowIBAAKCAQEAx4UbaDzY5xjW6hc9jwN0mX33XpTDVW1qAv" for _ in range(8))
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    for kind in ("code", "markdown", "raw"):
        cells = notebook((kind, f"{begin}\n{body}\n{end}"), ("code", "x = 1"))
        text = text_of(pack(repository({f"{kind}.ipynb": cells}), index))
        assert "MIIEowIBAAKCAQEAx4UbaDzY5xjW6hc9jwN0mX33XpTDVW1qAv" not in text


def test_large_data_is_shown_by_its_head_and_the_manifest_says_so(
    repository: MakeRepository, index: Index
) -> None:
    packed = pack(repository(FILES), index)
    text = text_of(packed)
    reason = f"data, {len(ROWS):,} bytes: head and shape"
    assert level(packed, "data/rows.csv") == (Level.OUTLINE, reason)
    assert f"- data/rows.csv: outline; {reason}\n" in packed.manifest
    assert f"<document_outline>\ncsv, {len(ROWS):,} bytes: 500 rows of 3 columns" in text
    assert SECRET not in text
    assert level(packed, "data/small.csv") == (Level.FULL, "")
    assert level(packed, "analysis/broken.ipynb")[0] is Level.OUTLINE
    explained = packed.explain("data/rows.csv")
    assert reason in explained
    assert "`repoctx config data_limit 0` shows all of it" in explained


def test_with_no_limit_data_is_shown_in_full(repository: MakeRepository, index: Index) -> None:
    root = repository(FILES)
    assert level(pack(root, index), "data/rows.csv")[0] is Level.OUTLINE
    packed = pack(root, index, replace(OPTIONS, data_limit=0, redact=False))
    assert level(packed, "data/rows.csv") == (Level.FULL, "")
    assert ROWS in text_of(packed)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("budget", [None, 2500, 1200, 700])
def test_the_count_is_exact_and_a_warm_pack_is_the_same(
    repository: MakeRepository,
    index: Index,
    reference: Reference,
    form: str,
    budget: int | None,
) -> None:
    root = repository(FILES)
    options = replace(OPTIONS, format=form, budget=budget)
    first = pack(root, index, options)
    text = text_of(first)
    assert first.tokens == len(reference("o200k_base").encode(text, disallowed_special=()))
    assert first.bytes == len(text.encode())
    assert budget is None or first.tokens <= budget
    again = pack(root, index, options)
    assert (text_of(again), again.tokens, again.levels) == (text, first.tokens, first.levels)


def test_a_budget_gives_notebooks_and_small_data_an_outline(
    repository: MakeRepository, index: Index
) -> None:
    cells = [("markdown", "## The part")]
    body = "    first = first + second * 12\n" * 40
    cells += [("code", f"def step_{n}(first, second):\n{body}") for n in range(6)]
    files = {"long.ipynb": notebook(*cells), "rows.csv": ROWS[:9000]}
    root = repository(files)
    packed = pack(root, index, replace(OPTIONS, data_limit=0, budget=1500))
    assert level(packed, "long.ipynb") == (Level.OUTLINE, "budget")
    text = text_of(packed)
    assert "    2  ## The part\n    5  def step_0(first, second)" in text
    assert level(packed, "rows.csv") == (Level.OUTLINE, "budget")
    assert "  price: number\n" in text


def test_the_imports_of_a_notebook_count(repository: MakeRepository, index: Index) -> None:
    snapshot = walk(repository(FILES), index)
    graph = import_graph(snapshot, index)
    edges = {(graph.paths[a], graph.paths[b]) for a, b in graph.edges}
    assert edges == {("analysis/explore.ipynb", "shop/prices.py")}
    shown = [d.path for d in pack(snapshot.root, index).documents]
    assert shown.index("shop/prices.py") < shown.index("analysis/explore.ipynb")


def test_search_finds_cells_by_the_lines_that_are_shown(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(FILES)
    (hit, *_) = search(walk(root, index), index, "wonderful first second")
    assert (hit.path, hit.symbol) == ("analysis/explore.ipynb", "wonderful")
    text = text_of(pack(root, index)).partition("explore.ipynb</source>\n<document_content>\n")[2]
    lines = text.split("\n")
    assert all(lines[number - 1] == line for number, line in hit.lines)


def test_explaining_a_notebook_or_a_pointer_says_what_is_not_there(
    repository: MakeRepository, index: Index
) -> None:
    oid = "4d7a2146" * 8
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 123456789\n"
    packed = pack(repository({"a.ipynb": NOTEBOOK, "model.bin": pointer}), index)
    assert "notebook: 3 cells, without the outputs and metadata" in packed.explain("a.ipynb")
    assert level(packed, "model.bin") == (Level.FULL, "")
    explained = packed.explain("model.bin")
    assert f"Git LFS pointer, 123,456,789 bytes elsewhere, sha256:{oid}" in explained
