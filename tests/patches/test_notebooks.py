"""An edit of a notebook's cells, as they were shown, becomes an edit of its JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from repoctx.config import load_settings
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.views.text import text_of
from repoctx.packer.walk import walk
from repoctx.patches.edits import ChangeSet, EditConflict
from repoctx.project import Project
from repoctx.roots import Root

SECRET = "AKIA" + "Q3EGRTL6V2NPX7DC"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["only in the output\n"]}


def cell(kind: str, *lines: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "metadata": {"keep": kind}, "source": list(lines)}
    ran = {"outputs": [OUTPUT], "execution_count": 3}
    return made | (ran if kind == "code" else {})


NOTEBOOK = {
    "cells": [
        cell("markdown", "# Title\n", "\n", "Über *alles*."),
        cell("code", "import os\n", 'print("one")'),
        cell("code", "x = 1\n", f'key = "{SECRET}"'),
    ],
    "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}},
    "nbformat": 4,
    "nbformat_minor": 4,
}
TEXT = json.dumps(NOTEBOOK, indent=1, ensure_ascii=False) + "\n"
VIEW = text_of("a.ipynb", TEXT.encode())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.ipynb").write_text(TEXT)
    return Project(root, load_settings(root), root, (Root(root),))


def edited(changes: ChangeSet) -> list[dict[str, Any]]:
    """The cells of the only changed file, which has no other change."""
    assert changes.conflicts == ()
    (change,) = changes.files
    assert change.after is not None
    found = json.loads(change.after.content)
    assert found | {"cells": 0} == NOTEBOOK | {"cells": 0}
    cells: list[dict[str, Any]] = found["cells"]
    return cells


def expected(number: int, *lines: str) -> list[dict[str, Any]]:
    """The cells with new code in one of them, whose outputs are gone."""
    cells: list[dict[str, Any]] = json.loads(TEXT)["cells"]
    cells[number]["source"] = list(lines)
    if cells[number]["cell_type"] == "code":
        cells[number] |= {"outputs": [], "execution_count": None}
    return cells


def only_conflict(changes: ChangeSet) -> EditConflict:
    assert changes.files == ()
    (conflict,) = changes.conflicts
    return conflict


def block(search: str, replace: str, path: str = "a.ipynb") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def unified(old: str, new: str, folder: Path) -> str:
    """The diff that git makes of two texts of the notebook, without its ids."""
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    (folder / "a" / "a.ipynb").write_text(old)
    (folder / "b" / "a.ipynb").write_text(new)
    command = ["git", "diff", "--no-index", "--no-prefix", "a", "b"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    lines = done.stdout.split("\n")
    return "\n".join(line for line in lines if not line.startswith("index "))


def test_a_search_and_replace_of_code_edits_one_cell(project: Project) -> None:
    reply = block('import os\nprint("one")\n', 'import sys\nprint("é")\n')
    assert edited(project.plan(reply)) == expected(1, "import sys\n", 'print("é")')


def test_every_other_byte_of_the_file_stays(project: Project) -> None:
    (change,) = project.plan(block("# Über *alles*.\n", "# Ünter *allem*.\n")).files
    assert change.after is not None
    assert change.after.content.decode() == TEXT.replace("Über *alles*.", "Ünter *allem*.")


def test_prose_is_edited_behind_its_comment_marks(project: Project) -> None:
    reply = block("# Über *alles*.\n", "# Über *nichts*.\n#\n# Mehr.\n")
    lines = ["# Title\n", "\n", "Über *nichts*.\n", "\n", "Mehr."]
    assert edited(project.plan(reply)) == expected(0, *lines)


def test_a_unified_diff_of_the_view_is_an_edit_of_the_cells(
    project: Project, tmp_path: Path
) -> None:
    new = VIEW.replace("x = 1", "x = 2").replace("# %%\nx", '# %%\n"new"\n\n# %%\nx')
    cells = edited(project.plan(unified(VIEW, new, tmp_path)))
    assert cells[2] == {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": ['"new"'],
    }
    assert cells[:2] + cells[3:] == expected(2, "x = 2\n", f'key = "{SECRET}"')


def test_a_whole_file_of_cells_is_an_edit_of_the_cells(project: Project) -> None:
    reply = f"a.ipynb\n```python\n{VIEW.replace('x = 1', 'x = 5')}```\n"
    assert edited(project.plan(reply)) == expected(2, "x = 5\n", f'key = "{SECRET}"')


def test_a_tool_call_edits_inside_a_line(project: Project) -> None:
    call = {"path": "a.ipynb", "old_string": '"one"', "new_string": '"two\\n"'}
    reply = f"```json\n{json.dumps(call)}\n```\n"
    assert edited(project.plan(reply)) == expected(1, "import os\n", 'print("two\\n")')


def test_what_a_pack_shows_can_be_edited_next_to_a_secret(project: Project) -> None:
    with open_index(project.cache) as index:
        packed = project.pack(walk(project.root, index), index)
        text = "".join(packed.chunks())
    assert SECRET not in text
    shown = next(line for line in text.split("\n") if line.startswith('key = "[REDACTED:'))
    reply = block(f"x = 1\n{shown}\n", f"x = 7\n{shown}\n")
    assert edited(project.plan(reply)) == expected(2, "x = 7\n", f'key = "{SECRET}"')


def test_several_edits_follow_one_another(project: Project) -> None:
    reply = block("import os\n", "import re\n") + block("import re\n", "import sys\n")
    reply += block("x = 1\n", "x = 3\n")
    cells = expected(2, "x = 3\n", f'key = "{SECRET}"')
    cells[1] = expected(1, "import sys\n", 'print("one")')[1]
    assert edited(project.plan(reply)) == cells


def test_an_edit_of_the_json_itself_still_works(project: Project, tmp_path: Path) -> None:
    reply = block('    "x = 1\\n",\n', '    "x = 9\\n",\n')
    cells = json.loads(TEXT)["cells"]
    cells[2]["source"][0] = "x = 9\n"
    assert edited(project.plan(reply)) == cells
    reply = unified(TEXT, TEXT.replace("x = 1", "x = 9"), tmp_path)
    assert edited(project.plan(reply)) == cells


def test_the_whole_json_can_be_given(project: Project) -> None:
    new = TEXT.replace("x = 1", "x = 9")
    (change,) = project.plan(f"a.ipynb\n```json\n{new}```\n").files
    assert change.after is not None
    assert change.after.content.decode() == new


def test_edits_of_cells_and_of_the_json_can_stand_in_one_reply(project: Project) -> None:
    reply = block("import os\n", "import sys\n")
    reply += block('    "keep": "markdown"\n', '    "keep": "prose"\n')
    reply += block("x = 1\n", "x = 2\n")
    cells = expected(2, "x = 2\n", f'key = "{SECRET}"')
    cells[1] = expected(1, "import sys\n", 'print("one")')[1]
    cells[0]["metadata"] = {"keep": "prose"}
    assert edited(project.plan(reply)) == cells


def test_an_edit_of_the_json_that_would_break_it_is_a_conflict(project: Project) -> None:
    conflict = only_conflict(project.plan(block('    "x = 1\\n",\n', "    x = 1\n")))
    assert "leaves it broken" in conflict.reason


def test_text_in_two_cells_is_a_conflict(project: Project) -> None:
    (project.root / "a.ipynb").write_text(TEXT.replace("x = 1", "import os"))
    conflict = only_conflict(project.plan(block("import os\n", "import sys\n")))
    assert "2 places" in conflict.reason or "more than one" in conflict.reason


def test_what_is_no_cell_is_a_conflict_that_says_what_to_write(project: Project) -> None:
    new = VIEW.replace("# Über", "Über")
    conflict = only_conflict(project.plan(f"a.ipynb\n```python\n{new}```\n"))
    assert "does not begin with `# `" in conflict.reason
    assert "begin each of its lines with `# `" in conflict.hint


def test_a_notebook_can_be_written_renamed_and_deleted(project: Project, tmp_path: Path) -> None:
    reply = block("", "# %% [markdown]\n# New\n\n# %%\ny = 1\n", "new.ipynb")
    (change,) = project.plan(reply).files
    assert change.after is not None
    made = json.loads(change.after.content)
    assert [c["source"] for c in made["cells"]] == [["New"], ["y = 1"]]
    assert all(c["id"] for c in made["cells"])
    body = "@@\n-x = 1\n+x = 4\n"
    patch = (
        f"*** Begin Patch\n*** Update File: a.ipynb\n*** Move to: b.ipynb\n{body}*** End Patch\n"
    )
    assert edited(project.plan(patch)) == expected(2, "x = 4\n", f'key = "{SECRET}"')
    patch = "*** Begin Patch\n*** Delete File: a.ipynb\n*** End Patch\n"
    (change,) = project.plan(patch).files
    assert change.after is None


def test_a_notebook_without_cells_can_be_filled(project: Project) -> None:
    empty = NOTEBOOK | {"cells": []}
    (project.root / "a.ipynb").write_text(json.dumps(empty, indent=1))
    assert edited(project.plan(block("", "# %%\nx = 1\n"))) == [
        cell("code", "x = 1") | {"outputs": [], "execution_count": None, "metadata": {}}
    ]


def test_an_applied_edit_can_be_undone(project: Project) -> None:
    project.apply(project.plan(block("x = 1\n", "x = 2\n")))
    assert "x = 2" in (project.root / "a.ipynb").read_text()
    project.undo()
    assert (project.root / "a.ipynb").read_text() == TEXT


def test_a_broken_notebook_is_edited_as_the_text_that_it_is(project: Project) -> None:
    broken = TEXT + "<<<<<<< HEAD\n"
    (project.root / "a.ipynb").write_text(broken)
    (change,) = project.plan(block(' "nbformat": 4,\n', ' "nbformat": 3,\n')).files
    assert change.after is not None
    assert change.after.content.decode() == broken.replace('"nbformat": 4', '"nbformat": 3')


def test_windows_line_ends_and_a_byte_order_mark_stay(project: Project) -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    (project.root / "a.ipynb").write_bytes(text.encode())
    (change,) = project.plan(block("# Über *alles*.\n", "# Nichts.\n")).files
    assert change.after is not None
    assert change.after.content.decode() == text.replace("Über *alles*.", "Nichts.")


def test_a_pack_and_a_plan_see_the_same_text(project: Project) -> None:
    with open_index(project.cache) as index:
        packed = build_pack(walk(project.root, index), index, PackOptions(redact=False))
        assert VIEW in "".join(packed.chunks())
    assert project.plan(f"a.ipynb\n```python\n{VIEW}```\n").files == ()
