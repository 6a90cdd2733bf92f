"""The list of secrets, and the one object by which all that leaves the repository is redacted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from repoctx.errors import UsageError
from repoctx.packer.facts import Scope
from repoctx.packer.findings import Finding, list_secrets
from repoctx.packer.index import Index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.secrets import Redaction, Restorer, find_secrets
from repoctx.packer.walk import walk
from repoctx.session import open_session
from tests.conftest import MakeRepository

KEY = b"a person's own key"
PASSWORD = "Tr0ub4dor&3x"
FILES = {"a.py": f'x = 1\npassword = "{PASSWORD}"\n', "b.py": "y = 2\n", "c.py": "z = 3\n"}


def listed(root: Path, index: Index, *allow: str) -> list[Finding]:
    scope = Scope("xml", "o200k_base", Redaction(KEY, allow))
    return list(list_secrets(walk(root, index), index, scope))


def test_a_warm_list_reads_only_the_files_that_hold_secrets(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(FILES)
    found = listed(root, index)
    assert [(one.path, one.line, one.kind) for one in found] == [("a.py", 2, "password")]
    (root / "b.py").chmod(0)
    snapshot = walk(root, index)
    for path in ("b.py", "c.py"):
        (root / path).unlink()
    scope = Scope("xml", "o200k_base", Redaction(KEY))
    assert list(list_secrets(snapshot, index, scope)) == found


def test_a_finding_holds_nothing_of_the_secret_but_a_published_beginning(
    repository: MakeRepository, index: Index
) -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL3oR6"
    root = repository({"a.py": f'k = "{token}"\npassword = "{PASSWORD}"\n'})
    first, second = listed(root, index)
    assert (first.preview, second.preview) == ("ghp_… (40 characters)", "… (12 characters)")
    assert token[4:9] not in repr(first)
    assert PASSWORD[:3] not in repr(second)


def test_in_a_notebook_what_the_pack_hides_is_listed(
    repository: MakeRepository, index: Index
) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": [f'password = "{PASSWORD}"\n'],
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    root = repository({"a.ipynb": json.dumps(notebook)})
    options = PackOptions(redaction_key=KEY)
    packed = "".join(build_pack(walk(root, index), index, options).chunks())
    (found,) = listed(root, index)
    assert found.placeholder in packed


def test_cached_facts_depend_on_what_is_allowed(repository: MakeRepository, index: Index) -> None:
    root = repository(FILES)
    options = PackOptions(redaction_key=KEY)
    assert build_pack(walk(root, index), index, options).redacted == 1
    shown = replace(options, allow_secrets=("kind:password",))
    packed = build_pack(walk(root, index), index, shown)
    assert packed.redacted == 0
    assert PASSWORD in "".join(packed.chunks())
    assert PASSWORD not in "".join(build_pack(walk(root, index), index, options).chunks())


def test_an_outline_follows_the_allow_list(repository: MakeRepository, index: Index) -> None:
    body = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(400))
    root = repository({"a.py": f'def f(password="{PASSWORD}"):\n    pass\n\n\n{body}'})
    options = PackOptions(redaction_key=KEY, budget=9_000)
    texts = [
        "".join(build_pack(walk(root, index), index, each).chunks())
        for each in (options, replace(options, allow_secrets=("path:a.py",)))
    ]
    assert [PASSWORD in text for text in texts] == [False, True]


def test_a_placeholder_is_put_back_though_it_is_allowed_meanwhile() -> None:
    text = f'password = "{PASSWORD}"\n'
    hidden, count = Redaction(KEY).hide("a.py", text)
    assert count == 1
    restorer = Restorer(Redaction(KEY, ("kind:password",)))
    assert restorer.restore(hidden, "a.py", text) == text
    assert restorer.restore(hidden, "b.py", "") == hidden
    assert restorer.restore(hidden, "a.py", "") == hidden


def test_a_path_rule_says_nothing_of_text_without_a_path() -> None:
    text = f'password = "{PASSWORD}"\n'
    redaction = Redaction(KEY, ("path:**",))
    assert redaction.hide("any/where.py", text) == (text, 0)
    assert redaction.hide("", text)[1] == 1


def test_lines_keep_their_numbers_where_a_secret_takes_several() -> None:
    body = "\n".join(["MIIEowIBAAKCAQEApabxuONnRhL60YJgq6mOJAZpdS1ZcNmO2Q5"] * 3)
    text = f"a\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\nb\n"
    assert len(find_secrets("k.txt", text)) == 1
    hidden = Redaction(KEY).hide_in_lines("k.txt", text)
    assert "MIIE" not in hidden
    assert hidden.split("\n").index("b") == text.split("\n").index("b")


@pytest.mark.parametrize("entry", ["", "password", "kind:", "path: x", "KIND:jwt", "a:1234567"])
def test_an_entry_that_makes_no_sense_is_a_usage_error(entry: str) -> None:
    with pytest.raises(UsageError, match="which secrets"):
        Redaction(KEY, (entry,)).find("a.py", "x")


def test_a_local_answer_that_quotes_a_secret_is_remembered_without_it(
    repository: MakeRepository,
) -> None:
    root = repository({"a.py": f'connect_password = "{PASSWORD}"\n'})
    session = open_session(root, backend="embedded")
    answered = "".join(
        getattr(event, "text", "") for event in session.ask("where is `connect_password`?")
    )
    assert PASSWORD in answered
    kept = b"".join(path.read_bytes() for path in session.project.state.rglob("*.json*"))
    assert b"connect_password" in kept
    assert PASSWORD.encode() not in kept
