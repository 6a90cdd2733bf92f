"""The page is one harmless file: nothing in it runs, fetches or lies, whatever a name says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.pack import Pack
from repoctx.report.facts import About, facts_of
from repoctx.report.models import costs
from repoctx.report.page import embedded, page

MakeRepository = Callable[..., Path]
MakePack = Callable[..., Pack]

FILES = {
    "app/main.py": "from app import model\n",
    "app/model.py": "from app.base import Base\n",
    "app/base.py": "class Base:\n    pass\n" * 40,
    "app/__init__.py": "",
    "README.md": "# An app\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}


class Reader(HTMLParser):
    """Collects the elements of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.texts:
            self.texts[self._inside].append(data)


def facts_for(pack: Pack, about: About) -> dict[str, Any]:
    return facts_of(pack, about, costs(pack.tokens, "", "", {}), "1.2.3")


def facts_in(text: str) -> Any:
    return json.loads(Reader(text).texts["script"][0])


def test_the_policy_allows_the_pages_own_program_and_style_and_nothing_else(
    repository: MakeRepository, packed: MakePack
) -> None:
    text = page(facts_for(packed(repository(FILES)), About("app")))
    read = Reader(text)
    policy = next(a["content"] for t, a in read.elements if t == "meta" and "http-equiv" in a)
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (read.texts["style"][0], read.texts["script"][1])
    ]
    assert policy == (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_on_the_page_refers_to_another_file(
    repository: MakeRepository, packed: MakePack
) -> None:
    text = page(facts_for(packed(repository(FILES)), About("app")))
    read = Reader(text)
    assert not {tag for tag, _ in read.elements} & {"link", "img", "iframe", "object", "base"}
    for _, attributes in read.elements:
        assert not {"src", "style", "action"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
    program = read.texts["script"][1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", program)
    assert not re.search(r"fetch\(|XMLHttp|import\(|WebSocket|sendBeacon|localStorage", program)


def test_every_file_is_in_the_facts_with_its_level_and_tokens(
    repository: MakeRepository, packed: MakePack
) -> None:
    pack = packed(repository(FILES))
    facts = facts_in(page(facts_for(pack, About("app"))))
    files, folders = facts["files"], facts["folders"]

    def path(number: int) -> str:
        parts, folder = [files["name"][number]], files["folder"][number]
        while folders[folder][0] >= 0:
            parts.insert(0, folders[folder][1])
            folder = folders[folder][0]
        return "/".join(parts)

    found = {
        path(n): (facts["levels"][files["level"][n]], files["tokens"][n], files["reason"][n])
        for n in range(len(files["name"]))
    }
    assert found == {
        d.path: (d.level.value, d.tokens, facts["reasons"].index(d.reason)) for d in pack.documents
    }
    assert facts["about"]["tokens"] == pack.tokens


def test_imports_between_folders_are_in_the_facts(
    repository: MakeRepository, packed: MakePack
) -> None:
    imports = facts_for(packed(repository(FILES)), About("app"))["imports"]
    paths = [part["path"] for part in imports["parts"]]
    arrows = {(paths[a], paths[b]): (count, back) for a, b, count, back in imports["needs"]}
    assert arrows["app/main.py", "app/model.py"] == (1, 0)
    assert arrows["app/model.py", "app/base.py"] == (1, 0)


def test_the_same_tree_gives_the_same_bytes_and_no_path_of_the_machine(
    repository: MakeRepository, packed: MakePack, tmp_path: Path
) -> None:
    one = page(facts_for(packed(repository(FILES, name="here/app")), About("app", budget=9)))
    other = page(facts_for(packed(repository(FILES, name="there/app")), About("app", budget=9)))
    assert one == other
    assert str(tmp_path) not in one


def test_names_that_deceive_are_written_out(repository: MakeRepository, packed: MakePack) -> None:
    hostile = {"a\nb\x1b[31m/evil\u202egnp.py": "x = 1\n", "x\udcff.txt": "y\n"}
    text = page(facts_for(packed(repository(hostile)), About("na\u2066me\x07")))
    facts = facts_in(text)
    assert "evil\\u202egnp.py" in facts["files"]["name"]
    assert "x\\xff.txt" in facts["files"]["name"]
    assert [-1 + 1, "a\\nb\\x1b[31m"] in facts["folders"]
    assert facts["about"]["name"] == "na\\u2066me\\x07"
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u2066]", text)


@given(st.dictionaries(st.text(), st.text()))
def test_embedded_facts_cannot_leave_their_element_and_lose_nothing(facts: dict[str, str]) -> None:
    text = embedded(facts)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == facts
