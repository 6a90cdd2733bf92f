"""Names: what a file defines, found without a parser."""

from __future__ import annotations

import time

import pytest

from repoctx.packer.names import defined_names, definitions, enclosing

PYTHON = """import os

class Session(Base):
    async def send(self, request):
        def inner():
            pass
        return request

def top(): ...
"""


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.py", PYTHON, "Session send inner top"),
        ("a.go", "func (s *Server) Serve(l int) {\n}\nfunc Map[K any](x K) {\n", "Serve Map"),
        (
            "a.rs",
            "pub(crate) async fn go() {}\nimpl<T> Foo<T> {\nconst MAX: u8 = 1;\n",
            "go Foo MAX",
        ),
        ("a.ts", "export class A {\n  run(x: T): P<void> {\n    if (x) {\n  }\n}\n", "A run"),
        ("b.ts", "export const f = () => 1\n  const local = 2\n", "f"),
        ("a.c", "static int\nfoo(int a)\n{\n  return bar(a);\n}\nint qux(void);\n", "foo"),
        ("A.java", "class A {\n  public List<B> get(int a) {\n    foo(bar);\n", "A get"),
        ("a.rb", "module M\n  def self.make\n", "M make"),
        ("a.sh", "deploy() {\n  echo\n", "deploy"),
        ("a.md", "# Title\nwords\n## Second part\n", "Title|Second part"),
        ("a.txt", "nothing here\n", ""),
    ],
)
def test_definitions_are_found(path: str, text: str, names: str) -> None:
    expected = names.split("|") if "|" in names else names.split()
    assert [name.name for name in definitions(path, text)] == expected


def test_a_line_belongs_to_the_definitions_around_it() -> None:
    names, lines = definitions("a.py", PYTHON), PYTHON.split("\n")
    assert enclosing(names, 7, lines[6]) == "Session.send"
    assert enclosing(names, 6, lines[5]) == "Session.send.inner"
    assert enclosing(names, 3, lines[2]) == "Session"
    assert enclosing(names, 1, lines[0]) == ""


def test_a_line_of_a_document_belongs_to_its_heading() -> None:
    text = "# Title\n\n## Part\n\n- words\n"
    assert enclosing(definitions("a.md", text), 5, "- words") == "Part"


@pytest.mark.parametrize("unit", ["a", "f(", "\n", "\n      ", "\ndef ", "a::", "pub ", "\nimpl<"])
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    started = time.process_time()
    defined_names("a.c", unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2  # quadratic time would take minutes
