"""``repoctx secrets`` through the real command line: places, never values, and the allow-list."""

from __future__ import annotations

import re
from typing import Any

import pytest

from repoctx.folders import user_config_file
from tests.conftest import MakeRepository

PASSWORD, KEY = "Tr0ub4dor&3x", "AKIA" + "Q4Y2ZK7MPLX3WNBV"
FILES = {
    "app/settings.py": f'import os\n\npassword = "{PASSWORD}"\nAWS = "{KEY}"\n',
    "tests/data.py": f'password = "{PASSWORD}"\n',
    "a\x1b[2J.yaml": "token: Zk4Qx9Lm2Vb7Tn5Wp8Rs\n",
    "readme.md": "no secrets here\n",
}


def test_every_secret_is_listed_by_place_and_none_is_shown(
    run: Any, repository: MakeRepository
) -> None:
    ran = run("secrets", "-C", str(repository(FILES)))
    assert ran.code == 0
    places = [line.split("  ")[:2] for line in ran.out.splitlines()]
    assert places == [
        ["a\\x1b[2J.yaml:1", "token"],
        ["app/settings.py:3", "password"],
        ["app/settings.py:4", "aws-access-key"],
        ["tests/data.py:1", "password"],
    ]
    assert "AKIA… (20 characters)" in ran.out
    assert "secrets: 4, in files: 3" in ran.err
    for secret in (PASSWORD, KEY[4:], "Zk4Qx9Lm2Vb7Tn5Wp8Rs"):
        assert secret[:4] not in ran.out + ran.err


def test_json_names_the_placeholders_of_the_pack(run: Any, repository: MakeRepository) -> None:
    root = str(repository(FILES))
    listed = run("secrets", "-C", root, "--json").json
    assert listed["schema"] == "repoctx.secrets/1"
    packed = run("pack", "-C", root).out
    shown = re.findall(r"\[REDACTED:[a-z0-9-]+:[0-9a-f]{8}\]", packed)
    assert sorted(one["placeholder"] for one in listed["secrets"]) == sorted(shown)
    assert {one["id"] for one in listed["secrets"]} == {name[10:-1] for name in shown}


def test_a_commit_is_listed_as_it_was(run: Any, repository: MakeRepository) -> None:
    root = repository(FILES)
    (root / "app/settings.py").write_text("import os\n")
    assert "settings.py" not in run("secrets", "-C", str(root)).out
    assert "app/settings.py:3" in run("secrets", "-C", str(root), "--rev", "HEAD").out


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ("kind:password", {"aws-access-key", "token"}),
        ("path:tests/**", {"aws-access-key", "token", "password"}),
        ("path:*.py", {"token"}),
        ("id", {"aws-access-key", "token"}),
    ],
)
def test_what_the_person_allows_is_shown_everywhere(
    run: Any, repository: MakeRepository, allowed: str, left: set[str]
) -> None:
    root = str(repository(FILES))
    run("pack", "-C", root)
    if allowed == "id":
        found = run("secrets", "-C", root, "--json").json["secrets"]
        allowed = next(one["placeholder"] for one in found if one["kind"] == "password")
    assert run("secrets", "--allow", allowed).code == 0
    listed = run("secrets", "-C", root, "--json").json["secrets"]
    assert {one["kind"] for one in listed} == left
    packed = run("pack", "-C", root).out
    assert set(re.findall(r"\[REDACTED:([a-z0-9-]+):[0-9a-f]{8}\]", packed)) == left
    assert PASSWORD in packed
    assert run("secrets", "--allow", allowed).code == 0  # once is enough
    assert run("config", "allow_secrets", "--json").json["settings"]["allow_secrets"]["value"] == [
        allowed.removeprefix("[REDACTED:").removesuffix("]")
    ]


def test_a_repository_cannot_allow_its_own_secrets(run: Any, repository: MakeRepository) -> None:
    root = repository({**FILES, ".repoctx.toml": 'allow_secrets = ["path:**", "kind:password"]\n'})
    ran = run("secrets", "-C", str(root))
    assert "secrets: 4" in ran.err
    assert "'allow_secrets' is ignored" in ran.err
    assert PASSWORD not in run("pack", "-C", str(root)).out


@pytest.mark.parametrize("entry", ["password", "kind:", "path:", "password:xyz", "path:*a*b*c*d"])
def test_an_entry_that_makes_no_sense_is_not_stored(run: Any, entry: str) -> None:
    assert run("secrets", "--allow", entry).code in (2, 5)
    assert not user_config_file().exists()


def test_the_list_in_the_settings_may_take_several_lines(run: Any) -> None:
    path = user_config_file()
    path.parent.mkdir(parents=True)
    path.write_text('allow_secrets = [\n  "kind:jwt", # false\n]\nrounds = 2\n[models]\n')
    run("secrets", "--allow", "path:tests/**")
    assert path.read_text() == (
        'rounds = 2\nallow_secrets = ["kind:jwt", "path:tests/**"]\n[models]\n'
    )


def test_search_quotes_no_secret(run: Any, repository: MakeRepository) -> None:
    root = str(repository(FILES))
    quoted = run("search", "password settings", "-C", root).out
    assert "[REDACTED:password:" in quoted
    assert PASSWORD not in quoted
