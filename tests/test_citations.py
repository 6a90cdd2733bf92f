"""What a text cites becomes a place only when the repository has the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.citations import Citation, citation, citations

FILES = {
    "src/app.py",
    "README.md",
    "Makefile",
    "docs/a b.md",
    "文档/说明.md",
    "pkg/__init__.py",
    "a.b/c-d+e.ts",
    "app/(group)/[id]/page.tsx",
}


def found(text: str) -> list[tuple[str, str, int, int]]:
    cited = citations(text, FILES.__contains__)
    return [(text[each.start : each.end], each.path, each.line, each.last) for each in cited]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see src/app.py:12.", ("src/app.py:12", "src/app.py", 12, 12)),
        ("(src/app.py:12-15)", ("src/app.py:12-15", "src/app.py", 12, 15)),
        ("src/app.py:12\u201315,", ("src/app.py:12\u201315", "src/app.py", 12, 15)),
        ("src/app.py:12:5: error", ("src/app.py:12:5", "src/app.py", 12, 12)),
        ("src/app.py#L7-L9", ("src/app.py#L7-L9", "src/app.py", 7, 9)),
        ("It is in src/app.py.", ("src/app.py", "src/app.py", 0, 0)),
        ("./src/app.py:3", ("./src/app.py:3", "src/app.py", 3, 3)),
        ("Makefile:4", ("Makefile:4", "Makefile", 4, 4)),
        ("pkg/__init__.py:1", ("pkg/__init__.py:1", "pkg/__init__.py", 1, 1)),
        ("a.b/c-d+e.ts:2", ("a.b/c-d+e.ts:2", "a.b/c-d+e.ts", 2, 2)),
        ("见src/app.py:3。", ("src/app.py:3", "src/app.py", 3, 3)),
        ("文档/说明.md:8", ("文档/说明.md:8", "文档/说明.md", 8, 8)),
    ],
)
def test_a_place_is_found_in_a_sentence(text: str, expected: tuple[str, str, int, int]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "http://src/app.py",
        "https://example.org/src/app.py:3",
        "file:///src/app.py",
        "/src/app.py:1",
        "../src/app.py",
        "src/../src/app.py:1",
        "src/other.py:3",
        "javascript:alert(1)",
        "the Makefile of it",
        "xsrc/app.py",
    ],
)
def test_other_text_stays_text(text: str) -> None:
    assert found(text) == []


def test_a_path_out_of_the_repository_is_no_place_whatever_exists() -> None:
    def anything(path: str) -> bool:
        return True

    for text in ("../x.py:1", "/etc/passwd:1", ".git/config:1", "a/../../b:2", "a//b.py:1"):
        assert not list(citations(text, anything)), text
        assert citation(text, anything) is None, text


def test_a_code_span_may_hold_spaces_and_brackets() -> None:
    exists = FILES.__contains__
    assert citation("docs/a b.md:3", exists) == Citation(0, 13, "docs/a b.md", 3, 3)
    assert citation("app/(group)/[id]/page.tsx", exists) is not None
    assert citation("Makefile", exists) == Citation(0, 8, "Makefile", 0, 0)
    assert citation("x = src/app.py", exists) is None


@given(st.text(alphabet="src/ap.y:0123-# x\n`文é", max_size=60))
def test_citations_are_in_order_apart_and_known(text: str) -> None:
    last = 0
    for each in citations(text, lambda path: len(path) % 2 == 0):
        assert last <= each.start < each.end <= len(text)
        assert each.path in text[each.start : each.end]
        assert len(each.path) % 2 == 0
        assert each.line <= each.last
        last = each.end
