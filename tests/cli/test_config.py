"""``repoctx config`` and ``doctor`` through the real command line."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from repoctx.folders import user_config_file


def test_a_setting_is_stored_shown_with_its_origin_and_taken_out(run: Any) -> None:
    assert run("config", "model", "some-model").code == 0
    shown = run("config", "--json").json
    assert shown["backend"] == "openai"
    assert shown["settings"]["model"] == {
        "value": "some-model",
        "origin": str(user_config_file()),
    }
    assert stat.S_IMODE(user_config_file().stat().st_mode) == 0o600
    run("config", "model", "--unset")
    assert run("config", "--json").json["backend"] == "embedded"


def test_storing_keeps_comments_tables_and_other_settings(run: Any) -> None:
    path = user_config_file()
    path.parent.mkdir(parents=True)
    path.write_text('# mine\nmodel = "old"\nrounds = 2\n[models.m]\ninput = 1\noutput = 2\n')
    run("config", "model", 'a "new" one')
    assert path.read_text() == (
        '# mine\nrounds = 2\nmodel = "a \\"new\\" one"\n[models.m]\ninput = 1\noutput = 2\n'
    )


@pytest.mark.parametrize(
    ("name", "value"), [("budget", "-5"), ("rounds", "many"), ("local_only", "maybe"), ("x", "1")]
)
def test_a_value_that_makes_no_sense_is_not_stored(run: Any, name: str, value: str) -> None:
    assert run("config", name, "--", value).code == 2
    assert not user_config_file().exists()


def test_a_key_is_stored_and_never_shown(run: Any) -> None:
    run("config", "api_key", "sk-very-secret")
    for arguments in (["config"], ["config", "--json"], ["config", "api_key"], ["doctor"]):
        ran = run(*arguments)
        assert "sk-very-secret" not in ran.out + ran.err
    assert "(set)" in run("config", "api_key").out


def test_doctor_says_what_works(run: Any, tmp_path: Path) -> None:
    ran = run("doctor", "--json")
    findings = {finding["name"]: finding for finding in ran.json["findings"]}
    assert {"sqlite", "tokenizer", "grammars", "backend", "sandbox"} <= set(findings)
    assert findings["tokenizer"]["works"]
    assert ran.code == 0


def test_doctor_fails_when_the_backend_is_not_there(run: Any) -> None:
    run("config", "backend", "nobody")
    ran = run("doctor")
    assert ran.code == 1
    assert "FAIL backend" in ran.out
