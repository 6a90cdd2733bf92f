"""One question or change, start to end, through the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]

CALC = "def add(a, b):\n    return a - b\n"
CHECK = 'python3 -c "import calc; assert calc.add(2, 2) == 4"'


def edit(search: str, replace: str, path: str = "calc.py") -> str:
    return (
        f"The sign is wrong.\n\n{path}\n```python\n<<<<<<< SEARCH\n{search}\n=======\n"
        f"{replace}\n>>>>>>> REPLACE\n```\n"
    )


RIGHT = edit("    return a - b", "    return a + b")
WRONG = edit("    return a - b", "    return a * b * 2")
AGAIN = edit("    return a * b * 2", "    return a + b")
STALE = edit("    return b - a", "    return a + b")


@pytest.fixture
def project(repository: Make) -> Path:
    return repository({"calc.py": CALC, "README.md": "# calc\n"})


def scripted(recording: Path) -> list[str]:
    return ["--backend", "scripted", "--recording", str(recording)]


def test_without_a_terminal_and_without_a_flag_nothing_is_written(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "mend add", *scripted(record(RIGHT)), cwd=project)
    assert ran.code == 0
    assert (project / "calc.py").read_text() == CALC
    assert "return a + b" in ran.out, "the reply goes to standard output"
    assert "edit calc.py: +1 -1" in ran.err
    assert "nothing was written" in ran.err


def test_the_person_is_told_what_is_sent_before_it_is_sent(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "mend add", *scripted(record(RIGHT)), cwd=project)
    packed, sent = ran.err.splitlines()[:2]
    assert packed.startswith("packed 2 files: ")
    assert "tokens (o200k_base), 2 in full" in packed
    assert sent.startswith("to scripted at this machine: ")


def test_a_change_is_applied_checked_and_undone(project: Path, run: Any, record: Any) -> None:
    ran = run("ask", "mend add", "--apply", "--check", CHECK, *scripted(record(RIGHT)), cwd=project)
    assert ran.code == 0, ran.err
    assert (project / "calc.py").read_text() == CALC.replace("-", "+")
    assert "check passes" in ran.err
    assert run("undo", cwd=project).code == 0
    assert (project / "calc.py").read_text() == CALC


def test_a_failing_check_goes_back_until_it_passes(project: Path, run: Any, record: Any) -> None:
    recording = record(WRONG, AGAIN)
    ran = run("ask", "mend add", "--apply", "--check", CHECK, *scripted(recording), cwd=project)
    assert ran.code == 0, ran.err
    assert (project / "calc.py").read_text() == CALC.replace("-", "+")
    assert "`repoctx undo --count 2` takes it back" in ran.err
    run("undo", "--count", "2", cwd=project)
    assert (project / "calc.py").read_text() == CALC


def test_a_check_that_never_passes_ends_with_4(project: Path, run: Any, record: Any) -> None:
    ran = run(
        *("ask", "mend add", "--apply", "--rounds", "1", "--check", CHECK),
        *scripted(record(WRONG)),
        cwd=project,
    )
    assert ran.code == 4
    assert "the check still fails" in ran.err


def test_an_edit_that_does_not_fit_is_sent_back_and_then_applied(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "mend add", "--apply", *scripted(record(STALE, RIGHT)), cwd=project)
    assert ran.code == 0, ran.err
    assert (project / "calc.py").read_text() == CALC.replace("-", "+")


def test_an_edit_that_never_fits_ends_with_3_and_an_untouched_tree(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "mend add", "--apply", *scripted(record(STALE)), cwd=project)
    assert ran.code == 3
    assert (project / "calc.py").read_text() == CALC
    assert "calc.py" in ran.err
    assert "nothing was written" in ran.err


def test_json_prints_one_event_a_line_and_ends_with_finished(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "mend add", "--apply", "--json", *scripted(record(RIGHT)), cwd=project)
    kinds = [event["event"] for event in ran.events]
    assert kinds[:2] == ["progress", "packed"] or kinds[0] == "packed"
    assert kinds.index("packed") < kinds.index("estimated") < kinds.index("text_delta")
    assert kinds.index("edit_proposed") < kinds.index("applied") < kinds.index("finished")
    assert ran.events[-1]["status"] == "applied"
    assert {event["schema"] for event in ran.events} == {"repoctx.event/1"}


def test_continue_sends_the_earlier_turns_again(project: Path, run: Any, record: Any) -> None:
    recording = record("The first answer.", "The second answer.")
    run("ask", "first?", *scripted(recording), cwd=project)
    ran = run("ask", "second?", "--continue", *scripted(recording), cwd=project)
    assert ran.out == "The second answer.\n"


def test_continue_without_a_conversation_is_a_usage_error(
    project: Path, run: Any, record: Any
) -> None:
    ran = run("ask", "more?", "--continue", *scripted(record("x")), cwd=project)
    assert ran.code == 2
    assert "there is no conversation to continue" in ran.err


def test_a_file_that_can_run_code_is_not_written_without_separate_consent(
    project: Path, run: Any, record: Any
) -> None:
    reply = "*** Begin Patch\n*** Add File: .github/workflows/x.yml\n+on: push\n*** End Patch\n"
    ran = run("ask", "add ci", "--apply", *scripted(record(reply)), cwd=project)
    assert ran.code == 5
    assert not (project / ".github").exists()
    ran = run("ask", "add ci", "--apply", "--allow-flagged", *scripted(record(reply)), cwd=project)
    assert ran.code == 0
    assert (project / ".github/workflows/x.yml").read_text() == "on: push\n"


def test_an_exec_command_answers_from_its_standard_input(project: Path, run: Any) -> None:
    command = "python3 -c \"import sys; text = sys.stdin.read(); print(text.count('calc.py'))\""
    ran = run("ask", "how often?", "--backend", "exec", "--command", command, cwd=project)
    assert ran.code == 0, ran.err
    assert int(ran.out) >= 1


def test_the_embedded_backend_says_what_it_is_and_quotes_code(project: Path, run: Any) -> None:
    ran = run("ask", "where is add defined?", cwd=project)
    assert ran.code == 0, ran.err
    assert "No language model is configured" in ran.err + ran.out
    assert "calc.py:1" in ran.out


def test_secrets_reach_no_backend_and_come_back_in_edits(
    repository: Make, run: Any, tmp_path: Path
) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    root = repository({"client.py": f'TOKEN = "{secret}"\nURL = "a"\n'})
    seen = tmp_path / "seen.txt"
    answer = (
        "import re, sys\n"
        "text = sys.stdin.read()\n"
        f"open({str(seen)!r}, 'w').write(text)\n"
        r"line = re.search(r'TOKEN = .*', text).group()" + "\n"
        "print('client.py\\n```\\n<<<<<<< SEARCH\\n' + line + '\\nURL = \"a\"\\n=======\\n'"
        " + line + '\\nURL = \"b\"\\n>>>>>>> REPLACE\\n```')\n"
    )
    (tmp_path / "answer.py").write_text(answer)
    command = f"python3 {tmp_path / 'answer.py'}"
    ran = run("ask", "new url", "--apply", "--backend", "exec", "--command", command, cwd=root)
    assert ran.code == 0, ran.err
    assert secret not in seen.read_text()
    assert (root / "client.py").read_text() == f'TOKEN = "{secret}"\nURL = "b"\n'


def test_what_is_piped_in_goes_along(project: Path, run: Any) -> None:
    command = "python3 -c \"import sys; print('the piped words' in sys.stdin.read())\""
    ran = run(
        *("ask", "what is this?", "--backend", "exec", "--command", command),
        cwd=project,
        stdin="the piped words\n",
    )
    assert ran.out.strip() == "True"


def test_a_check_runs_where_the_person_stands(repository: Make, run: Any, record: Any) -> None:
    root = repository({"part/calc.py": CALC, "other.py": ""})
    reply = edit("    return a - b", "    return a + b", "part/calc.py")
    ran = run(
        "ask", "mend", "--apply", "--check", CHECK, *scripted(record(reply)), cwd=root / "part"
    )
    assert ran.code == 0, ran.err
    assert (root / "part/calc.py").read_text() == CALC.replace("-", "+")


def test_secrets_in_a_failing_check_and_in_attachments_are_not_sent(
    project: Path, run: Any, tmp_path: Path
) -> None:
    secret = "ghp_" + "Z9y8X7w6V5u4T3s2R1q0P9o8N7m6L5k4J3i2"
    (tmp_path / "log.txt").write_text(f"token={secret}\n")
    command = f"python3 -c \"import sys; print('{secret[4:]}' in sys.stdin.read())\""
    ran = run(
        *("ask", "why?", "--backend", "exec", "--command", command),
        *("--attach", str(tmp_path / "log.txt"), "--check", f"echo {secret}; false"),
        cwd=project,
    )
    assert ran.out.strip() == "False"


def test_the_built_in_repair_works_in_a_folder_of_a_larger_repository(
    repository: Make, run: Any
) -> None:
    test = (
        "import unittest\nfrom calc import add\n\n\nclass AddTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(2, 3), 5)\n"
        "        self.assertEqual(add(7, 1), 8)\n"
    )
    root = repository({"a part/calc.py": CALC, "a part/test_calc.py": test, "other.py": "x = 1\n"})
    ran = run(
        *("ask", "add is wrong", "--apply", "--check", "python3 -m unittest"), cwd=root / "a part"
    )
    assert ran.code == 0, ran.err
    assert "return a + b" in (root / "a part/calc.py").read_text()


def test_an_edit_may_name_a_byte_that_is_not_text(repository: Make, run: Any, record: Any) -> None:
    words = b"# \xc3\xa9t\xc3\xa9, na\xc3\xafve, a bad byte: \xff\nx = 1\n"
    root = repository({"a.py": words})
    ran = run("pack", cwd=root)
    (shown,) = (line for line in ran.out.splitlines() if "a bad byte" in line)
    reply = edit(f"{shown}\nx = 1", f"{shown}\nx = 2", "a.py")
    ran = run("ask", "two", "--apply", *scripted(record(reply)), cwd=root)
    assert ran.code == 0, ran.err
    assert (root / "a.py").read_bytes() == words.replace(b"x = 1", b"x = 2")
