"""The words of a commit."""

from __future__ import annotations

import pytest

from repoctx.committing import commit_message


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("fix it", "fix it"),
        ("\n\n  fix\tit  \nand that", "fix it"),
        ("a\x1b[31m red\x07 \u202e\udcff", "a[31m red"),
        ("#12 stays", "#12 stays"),
        ("\x00\n", "A change made with repoctx"),
        ("word " * 20, "word " * 14 + "…"),
        ("x" * 100, "x" * 71 + "…"),
        ("x" * 72, "x" * 72),
    ],
)
def test_the_subject_is_the_question_s_first_line(text: str, subject: str) -> None:
    assert commit_message(text, "m") == f"{subject}\n\nAssisted-by: repoctx (m)\n"
    assert len(subject) <= 72


def test_the_trailer_stays_one_line_whatever_a_model_is_called() -> None:
    assert commit_message("x", "m\nSigned-off-by: evil\x1b").splitlines()[2:] == [
        "Assisted-by: repoctx (m Signed-off-by: evil)"
    ]
    assert commit_message("x").splitlines()[-1] == "Assisted-by: repoctx"
