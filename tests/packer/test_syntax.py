"""A file that parsed before a change and does not after is found; what cannot be told is not."""

from __future__ import annotations

import pytest

from repoctx.packer.syntax import new_syntax_error


@pytest.mark.parametrize(
    ("path", "before", "after", "line"),
    [
        ("a.py", "x = 1\n", "x = 1\ny = (\n", 2),
        ("a.py", "x = (\n", "x = ((\n", None),
        ("a.py", "x = 1\n", "x = 2\n", None),
        ("a.py", None, "def f(:\n", 1),
        ("a.rs", None, "fn f( {\n", None),
        ("a.rs", "fn f() {}\n", "fn f( {}\n", 1),
        ("a.ts", "let a = 1\n", "let a = 1\n}\n", 2),
        ("a.vue", "<p></p>\n<script>\nlet a = 1\n</script>\n", "<p></p>\n<script>\nlet a = (\n</script>\n", 3),
        ("a.json", '{"a": 1}', '{"a": 1', 1),
        ("a.sql", "select 1;", "select ((", None),
        ("a.txt", "a", "((", None),
    ],
)  # fmt: skip
def test_a_new_syntax_error_is_told_with_its_line(
    path: str, before: str | None, after: str, line: int | None
) -> None:
    old = None if before is None else before.encode()
    assert new_syntax_error(path, old, after.encode()) == line
