"""A notebook is shown as its cells, and an edit of that text becomes an edit of its JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.errors import ConflictError
from repoctx.packer.views.notebook import Notebook, as_python, read_notebook
from repoctx.packer.views.put_back import new_notebook, put_back

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}


def code(source: str | list[str], **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": [OUTPUT]}
    return cell | {"source": source} | more


def prose(source: str | list[str], **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source} | more


def notebook(
    *cells: dict[str, Any], language: str = "python", minor: int = 4, **more: Any
) -> dict[str, Any]:
    metadata = {"kernelspec": {"name": "k", "language": language, "display_name": "K"}}
    version = {"nbformat": 4, "nbformat_minor": minor}
    return {"cells": list(cells), "metadata": metadata} | version | more


def read(value: object, **how: Any) -> Notebook:
    found = read_notebook(json.dumps(value, **({"indent": 1} | how)) + "\n")
    assert found is not None
    return found


SMALL = notebook(
    prose(["# Title\n", "\n", "Some *text*."]),
    code(["import os\n", "print(os.name)"], metadata={"tags": ["keep"]}),
    {"cell_type": "raw", "metadata": {}, "source": "as it is"},
    code([]),
    code("x = 'é'"),
)
VIEW = """\
# %% [markdown]
# # Title
#
# Some *text*.

# %%
import os
print(os.name)

# %% [raw]
# as it is

# %%

# %%
x = 'é'
"""


def test_cells_stand_in_the_percent_format_without_outputs() -> None:
    assert read(SMALL).text == VIEW


def test_the_comment_mark_is_that_of_the_kernels_language() -> None:
    cells = [prose("Text"), code("let x = 1;")]
    assert read(notebook(*cells, language="Rust")).text == (
        "// %% [markdown]\n// Text\n\n// %%\nlet x = 1;\n"
    )


def test_a_line_that_looks_like_a_cells_beginning_is_told_apart() -> None:
    found = read(notebook(code("# %%\n# # %% x\n# %%time"), prose("%%\n# %%")))
    assert found.text == (
        "# %%\n# # %%\n# # # %% x\n# %%time\n\n# %% [markdown]\n# # %%\n# # # %%\n"
    )
    assert put_back(found, found.text) == found.json


def test_a_notebook_of_format_3_is_read_and_edited() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Part"]},
        {
            "cell_type": "code",
            "collapsed": False,
            "input": ["1"],
            "language": "python",
            "metadata": {},
            "outputs": [OUTPUT],
            "prompt_number": 3,
        },
    ]
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    found = read(old | {"worksheets": [{"cells": cells, "metadata": {}}]})
    assert found.text == "# %% [heading 2]\n# Part\n\n# %%\n1\n"
    edited = json.loads(put_back(found, found.text.replace("1\n", "2\n") + "\n# %%\nnew\n"))
    _, second, third = edited["worksheets"][0]["cells"]
    assert (second["input"], second["outputs"], second["prompt_number"]) == (["2"], [], None)
    assert third["input"] == ["new"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "not JSON",
        '{"cells": [], "nbformat": 4',
        '{"cells": [], "nbformat": 4} x',
        '{"cells": [], "nbformat": 2}',
        '{"cells": [], "cells": [], "nbformat": 4}',
        '{"cells": [{"cell_type": "code"}], "nbformat": 4}',
        '{"cells": [{"cell_type": "other", "source": ""}], "nbformat": 4}',
        '{"cells": [{"cell_type": "code", "source": [1]}], "nbformat": 4}',
        '{"cells": [{"cell_type": "code", "source": "", "source": "x"}], "nbformat": 4}',
        '{"cells": {"a": 1}, "nbformat": 4}',
        '<<<<<<< HEAD\n{"cells": [], "nbformat": 4}',
        '{"cells": ' + "[" * 100_000,
        '{"metadata": ' + '{"a":' * 100_000,
        '{"metadata": ' + "[" * 50_000 + "]" * 50_000 + ', "cells": [], "nbformat": 4}',
        '{"metadata": [' + "[]," * 600_000 + '0], "cells": [], "nbformat": 4}',
        '{"metadata": ' + "9" * 5000 + ', "cells": [], "nbformat": 4}',
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_notebook_is_not_read_as_one(text: str) -> None:
    assert read_notebook(text) is None


def test_an_edited_cell_loses_its_outputs_and_keeps_the_rest() -> None:
    found = read(SMALL)
    edited = json.loads(put_back(found, VIEW.replace("os.name", "os.sep")))
    expected = json.loads(found.json)
    expected["cells"][1] |= {"outputs": [], "execution_count": None}
    expected["cells"][1]["source"][1] = "print(os.sep)"
    assert edited == expected


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"indent": 2},
        {"indent": 4, "ensure_ascii": False},
        {"indent": None},
        {"indent": None, "separators": (",", ":")},
    ],
    ids=str,
)
def test_an_edit_keeps_every_other_byte_and_the_files_layout(how: dict[str, Any]) -> None:
    found = read(SMALL, **how)
    edited = put_back(found, VIEW.replace("os.name", "os.sep").replace("'é'", "'ü'"))
    expected = json.loads(found.json)
    for cell in (expected["cells"][1], expected["cells"][4]):
        cell |= {"outputs": [], "execution_count": None}
    expected["cells"][1]["source"][1] = "print(os.sep)"
    expected["cells"][4]["source"] = "x = 'ü'"
    assert edited == read(expected, **how).json


@pytest.mark.parametrize("how", [{}, {"indent": None, "separators": (",", ":")}], ids=str)
def test_new_cells_are_valid_and_laid_out_as_their_neighbours(how: dict[str, Any]) -> None:
    found = read(SMALL | {"nbformat_minor": 5}, sort_keys=True, **how)
    text = VIEW.replace(
        "# %% [raw]", "# %%\nfirst()\nnew()\n\n# %% [markdown]\n# Text\n\n# %% [raw]"
    )
    edited = put_back(found, text)
    expected = json.loads(found.json)
    new = json.loads(edited)["cells"][2:4]
    ids = [cell["id"] for cell in new]
    assert len(set(ids)) == 2
    assert new == [
        code(["first()\n", "new()"], execution_count=None, outputs=[], id=ids[0]),
        prose(["Text"], id=ids[1]),
    ]
    expected["cells"][2:2] = new
    assert edited == read(expected, sort_keys=True, **how).json


def test_deleted_cells_go_and_the_others_stay() -> None:
    found = read(SMALL)
    for gone in range(5):
        expected = json.loads(found.json)
        del expected["cells"][gone]
        wanted = read(expected)
        assert put_back(found, wanted.text) == wanted.json


def test_the_last_cell_can_be_cut_off_with_or_without_its_blank_line() -> None:
    found = read(notebook(code("a"), code("b")))
    wanted = read(notebook(code("a"))).json
    assert put_back(found, "# %%\na\n\n") == put_back(found, "# %%\na\n") == wanted


def test_all_cells_can_go_and_come_back() -> None:
    found = read(SMALL)
    empty = read_notebook(put_back(found, ""))
    assert empty is not None
    assert (empty.cells, empty.text) == ((), "")
    again = read_notebook(put_back(empty, VIEW))
    assert again is not None
    assert again.text == VIEW


def test_a_cell_keeps_its_id_when_another_is_written_before_it() -> None:
    cells = [code("alpha = load()", id="a"), code("beta = alpha.mean()", id="b")]
    found = read(notebook(*cells, minor=5))
    text = "# %%\nimport os\n\n# %%\nalpha = load(1)\n\n# %%\nbeta = alpha.mean(2)\n"
    ids = [cell["id"] for cell in json.loads(put_back(found, text))["cells"]]
    assert ids[1:] == ["a", "b"]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1\n# %%\ny\n", "belongs to no cell"),
        ("# %% Load the data\ny\n", "begins no kind of cell"),
        ("# %% [markdown]\nText\n", "does not begin with `# `"),
    ],
)
def test_what_is_no_cell_is_a_conflict(text: str, reason: str) -> None:
    with pytest.raises(ConflictError, match=reason):
        put_back(read(SMALL), text)


def test_a_new_notebook_is_made_of_cells() -> None:
    text = "# %% [markdown]\n# Title\n\n# %%\nx = 1\n"
    made = json.loads(new_notebook(text))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert [cell["source"] for cell in made["cells"]] == [["Title"], ["x = 1"]]


def test_commands_of_ipython_are_comments_in_the_python_of_a_notebook() -> None:
    cells = [prose("import nothing"), code("%time x\nimport os\n  !ls"), code("%%bash\nimport y")]
    assert as_python(read(notebook(*cells)).text) == (
        "# %% [markdown]\n# import nothing\n\n# %%\n#%time x\nimport os\n#  !ls\n\n"
        "# %%\n#%%bash\n#import y\n"
    )


LINES = st.text(alphabet='# %m[]\\"\n\r\x0c\u2028é\ud800', max_size=12) | st.sampled_from(
    ["# %%", "# # %%", "# %% [markdown]", "%%", "x = 1\n", "x = 1\ny = 2", "\n\n", "#"]
)
SOURCES = st.lists(LINES, max_size=3).map("\n".join)
CELLS = st.builds(
    lambda kind, source, as_list, run: (
        {"metadata": {}, "cell_type": kind}
        | {"source": source.splitlines(keepends=True) if as_list else source}
        | ({"outputs": [OUTPUT] * run, "execution_count": run or None} if kind == "code" else {})
    ),
    st.sampled_from(["code", "markdown", "raw"]),
    SOURCES,
    st.booleans(),
    st.integers(0, 1),
)
NOTEBOOKS = st.builds(
    lambda cells, language, minor: notebook(*cells, language=language, minor=minor),
    st.lists(CELLS, max_size=5),
    st.sampled_from(["python", "scala", "octave"]),
    st.sampled_from([4, 5]),
)
LAYOUTS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 1, 4]),
        "sort_keys": st.booleans(),
        "ensure_ascii": st.just(True),
    }
)


@settings(max_examples=50, deadline=None)
@given(NOTEBOOKS, LAYOUTS)
def test_a_view_put_back_unchanged_is_the_very_same_file(value: Any, how: dict[str, Any]) -> None:
    found = read(value, **how)
    assert put_back(found, found.text) == found.json


@settings(max_examples=50, deadline=None)
@given(NOTEBOOKS, NOTEBOOKS, LAYOUTS)
def test_an_edited_view_put_back_is_shown_as_it_was_edited(
    old: Any, new: Any, how: dict[str, Any]
) -> None:
    new["metadata"] = old["metadata"]
    text = read(new).text
    found = read(old, **how)
    again = read_notebook(put_back(found, text))
    assert again is not None
    assert again.text == text


@settings(max_examples=50, deadline=None)
@given(NOTEBOOKS, LAYOUTS, st.data())
def test_cells_that_were_not_edited_keep_every_byte(
    value: Any, how: dict[str, Any], data: st.DataObject
) -> None:
    found = read(value, **how)
    kept = data.draw(st.lists(st.booleans(), min_size=len(found.cells), max_size=len(found.cells)))
    chosen = [cell for cell, keep in zip(found.cells, kept, strict=True) if keep]
    again = read_notebook(put_back(found, found.percent.write([cell.block for cell in chosen])))
    assert again is not None

    def texts(of: Notebook, cells: Any) -> list[str]:
        return sorted(of.json[slice(*cell.span)] for cell in cells)

    if len({cell.block for cell in found.cells}) == len(found.cells):
        assert texts(again, again.cells) == texts(found, chosen)


@settings(max_examples=50, deadline=None)
@given(NOTEBOOKS, st.text(alphabet="# %[]markdown\nx", max_size=60))
def test_any_text_is_put_back_whole_or_is_a_conflict(value: Any, text: str) -> None:
    found = read(value)
    try:
        again = read_notebook(put_back(found, text))
    except ConflictError:
        return
    assert again is not None
    shown = [line.strip("# ") for line in again.text.split("\n")]
    written = [line.strip("# ") for line in text.split("\n")]
    assert [line for line in shown if line] == [line for line in written if line]
