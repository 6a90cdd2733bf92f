"""Several folders and file lists through the real command line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]

REPLY = "".join(
    f"{path}\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n\n"
    for path in ("api/a.txt", "web/a.txt")
)


@pytest.fixture
def api(repository: Make) -> Path:
    return repository({"a.txt": "one\n", "turbine.py": "def spin():\n    pass\n"}, name="api")


@pytest.fixture
def web(repository: Make) -> Path:
    return repository({"a.txt": "one\n", "page.py": "import turbine\n"}, name="web")


def user_config(text: str) -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "repoctx/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_several_folders_are_one_pack(api: Path, web: Path, run: Any, tmp_path: Path) -> None:
    one = run("pack", "-C", "api", "-C", str(web))
    other = run("pack", "-C", str(web / "."), "-C", str(api))
    assert one.code == 0, one.err
    assert one.out == other.out
    for path in ("api/a.txt", "api/turbine.py", "web/a.txt", "web/page.py"):
        assert f"<source>{path}</source>" in one.out
    assert str(tmp_path) not in one.out


def test_one_folder_named_twice_is_packed_as_one(api: Path, run: Any) -> None:
    twice = run("pack", "-C", str(api), "-C", str(api / "."))
    assert twice.out == run("pack", cwd=api).out
    assert "<source>a.txt</source>" in twice.out


def test_a_folder_inside_another_is_an_error(api: Path, run: Any, tmp_path: Path) -> None:
    ran = run("pack", "-C", str(tmp_path), "-C", str(api))
    assert ran.code == 2
    assert f"{api} lies inside {tmp_path}" in ran.err


def test_search_and_explain_speak_of_prefixed_paths(api: Path, web: Path, run: Any) -> None:
    both = ("-C", str(api), "-C", str(web))
    assert run("search", "spin", "--json", *both).json["hits"][0]["path"] == "api/turbine.py"
    assert run("pack", "--explain", "web/page.py", *both).out.startswith("web/page.py: full")
    assert "api/  (2 files)" in run("pack", "--tree", *both).out


def test_a_workspace_of_the_person_names_folders(api: Path, web: Path, run: Any) -> None:
    user_config(f'[workspaces]\nshop = ["{api}", "{web}"]\nbad = ["relative"]\n')
    assert run("pack", "-C", "@shop").out == run("pack", "-C", str(api), "-C", str(web)).out
    for name in ("bad", "none"):
        ran = run("pack", "-C", f"@{name}")
        assert ran.code == 2
        assert repr(name) in ran.err


def test_a_repository_defines_no_workspace_and_the_narrowest_budget_holds(
    api: Path, web: Path, run: Any
) -> None:
    (api / ".repoctx.toml").write_text(f'budget = 600\n[workspaces]\nshop = ["{web}"]\n')
    (web / ".repoctx.toml").write_text("budget = 500\n")
    assert run("pack", "-C", "@shop", cwd=api).code == 2
    (web / "page.py").write_text("word = 1\n" * 2000)
    (api / "turbine.py").write_text("word = 1\n" * 2000)
    ran = run("pack", "-C", str(api), "-C", str(web), "--stats", "stats.json", cwd=web)
    assert json.loads((web / "stats.json").read_text())["tokens"] <= 500, ran.err


def test_a_change_to_two_repositories_is_applied_checked_and_taken_back(
    api: Path, web: Path, run: Any, record: Any
) -> None:
    both = ("-C", str(web), "-C", str(api))
    scripted = ("--backend", "scripted", "--recording", str(record(REPLY)))
    check = ("--check", "test -f page.py")
    ran = run("ask", "change both", *both, *scripted, *check, "--apply", "--json")
    assert ran.code == 0, ran.out
    (applied,) = [event for event in ran.events if event["event"] == "applied"]
    assert applied["files"] == ["api/a.txt", "web/a.txt"]
    assert [(root / "a.txt").read_text() for root in (api, web)] == ["two\n", "two\n"]
    undone = run("undo", *both, "--json").json
    assert [file["path"] for file in undone["files"]] == ["api/a.txt", "web/a.txt"]
    assert [(root / "a.txt").read_text() for root in (api, web)] == ["one\n", "one\n"]


def test_a_saved_reply_is_applied_to_two_repositories_or_to_none(
    api: Path, web: Path, run: Any
) -> None:
    both = ("-C", str(web), "-C", str(api))
    (web / "a.txt").write_text("nine\n")
    assert run("apply", *both, stdin=REPLY).code == 3
    assert (api / "a.txt").read_text() == "one\n"
    (web / "a.txt").write_text("one\n")
    assert run("apply", *both, stdin=REPLY).code == 0
    assert (api / "a.txt").read_text() == "two\n"


def test_without_a_model_the_answer_quotes_from_all_folders(api: Path, web: Path, run: Any) -> None:
    ran = run("ask", "who imports `turbine`, what does `spin` do?", "-C", str(web), "-C", str(api))
    assert ran.code == 0
    assert "`api/turbine.py:1` defines `spin`" in ran.out
    assert "`web/page.py:1`" in ran.out


def test_a_passage_that_is_quoted_is_not_written(web: Path, api: Path, run: Any) -> None:
    before = sorted(os.listdir(web))
    ran = run("ask", "turbine", "--apply", "-C", str(web), "-C", str(api))
    assert ran.code == 0
    assert "web/page.py:1" in ran.out
    assert sorted(os.listdir(web)) == before


def test_a_list_on_standard_input_says_what_is_packed(api: Path, run: Any) -> None:
    ran = run("pack", "--files-from", "-", cwd=api, stdin="./a.txt\n")
    assert "<source>a.txt</source>" in ran.out
    assert "turbine.py" not in ran.out
    assert "- ./: 1 files omitted; not asked for" in ran.out


def test_listed_paths_are_relative_to_the_current_folder(
    api: Path, web: Path, run: Any, tmp_path: Path
) -> None:
    (tmp_path / "list").write_text(f"web/page.py\n{api}/a.txt\n")
    ran = run("pack", "-C", "api", "-C", "web", "--files-from", "list")
    assert "<source>web/page.py</source>" in ran.out
    assert "<source>api/a.txt</source>" in ran.out
    assert "turbine.py" not in ran.out
    assert run("pack", "--files-from", "../list", cwd=api).code == 2


def test_odd_names_survive_a_list(repository: Make, run: Any) -> None:
    names = ["-dash", ":(glob)x", "new\nline", os.fsdecode(b"b\xff"), 'a"b', "é"]
    root = repository(dict.fromkeys(names, "") | {"other": ""})
    (root / "list0").write_bytes(b"".join(os.fsencode(name) + b"\0" for name in names))
    (root / "list").write_bytes(b"-dash\n:(glob)x\n\"new\\nline\"\nb\xff\n\"a\\\"b\"\n\"\\303\\251\"\n")  # fmt: skip
    for arguments in (("--files-from", "list0", "-0"), ("--files-from", "list")):
        ran = run("pack", "--stats", "stats.json", *arguments, cwd=root)
        assert ran.code == 0, ran.err
        figures = json.loads((root / "stats.json").read_text())
        assert figures["levels"]["full"] == len(names)
        assert figures["omitted"][0]["path"] == "./"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no files"),
        ("gone.txt\n", "gone.txt"),
        ("a.txt\0", "add --null"),
        ("/etc/passwd\n", "/etc/passwd"),
        (".git/config\n", ".git is never read"),
    ],
)
def test_a_list_that_makes_no_sense_is_an_error_of_one_line(
    api: Path, run: Any, text: str, message: str
) -> None:
    ran = run("pack", "--files-from", "-", cwd=api, stdin=text)
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err


def test_a_question_can_be_narrowed_to_a_list(api: Path, run: Any) -> None:
    ran = run("ask", "what is one?", "--json", "--files-from", "-", cwd=api, stdin="a.txt\n")
    (packed,) = [event for event in ran.events if event["event"] == "packed"]
    assert packed["levels"] == {"full": 1, "outline": 0, "name": 0, "omitted": 1}
    assert run("ask", "-", "--files-from", "-", cwd=api, stdin="a.txt\n").code == 2


def test_null_without_a_list_and_a_list_that_is_not_there_are_errors(api: Path, run: Any) -> None:
    assert run("pack", "-0", cwd=api).code == 2
    ran = run("pack", "--files-from", "nowhere", cwd=api)
    assert (ran.code, "nowhere" in ran.err) == (2, True)
