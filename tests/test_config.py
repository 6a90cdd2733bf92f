"""Settings come from the right place, and a repository can only narrow them."""

from __future__ import annotations

from pathlib import Path

import pytest

from repoctx.backends.prices import model_facts
from repoctx.config import DEFAULTS, backend_settings, load_settings
from repoctx.errors import RefusedError, UsageError
from repoctx.folders import user_config_file


def write_user_config(text: str) -> None:
    path = user_config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_with_nothing_configured_the_embedded_backend_answers() -> None:
    settings = load_settings(None)
    assert settings.backend == "embedded"
    assert set(settings.origins.values()) == {"default"}


def test_a_model_alone_means_the_openai_backend() -> None:
    assert load_settings(None, {"model": "some-model"}).backend == "openai"


def test_a_flag_beats_the_environment_which_beats_the_user_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_user_config('backend = "exec"\nmodel = "from-file"\nrounds = 7\n')
    monkeypatch.setenv("REPOCTX_MODEL", "from-environment")
    monkeypatch.setenv("REPOCTX_BACKEND", "openai")
    settings = load_settings(None, {"backend": "scripted", "model": None})
    assert (settings.backend, settings["model"], settings["rounds"]) == (
        "scripted",
        "from-environment",
        7,
    )
    assert settings.origins["backend"] == "flag"
    assert settings.origins["model"] == "REPOCTX_MODEL"
    assert settings.origins["rounds"] == str(user_config_file())


@pytest.mark.parametrize("name", sorted(set(DEFAULTS) - {"budget", "max_cost", "data_limit"}))
def test_a_repository_cannot_set_what_could_reach_outside(tmp_path: Path, name: str) -> None:
    (tmp_path / ".repoctx.toml").write_text(f'{name} = "http://evil.example"\n')
    settings = load_settings(tmp_path)
    assert settings[name] == DEFAULTS[name]
    assert name in settings.warnings[0]


def test_a_repository_may_lower_the_budget_and_never_raise_it(tmp_path: Path) -> None:
    (tmp_path / ".repoctx.toml").write_text("budget = 1000\nmax_cost = 9.0\n")
    write_user_config("budget = 5000\nmax_cost = 0.5\n")
    settings = load_settings(tmp_path)
    assert (settings["budget"], settings["max_cost"]) == (1000, 0.5)


@pytest.mark.parametrize(
    "text", ["bugdet = 3", "budget = -1", 'budget = "much"', "not toml at all ="]
)
def test_a_user_file_that_makes_no_sense_is_a_usage_error_naming_it(text: str) -> None:
    write_user_config(text)
    with pytest.raises(UsageError, match=r"config\.toml"):
        load_settings(None)


def test_a_vendors_key_is_not_sent_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-key")
    own = load_settings(None, {"model": "m"})
    other = load_settings(None, {"model": "m", "base_url": "https://elsewhere.example/v1"})
    named = load_settings(
        None,
        {
            "model": "m",
            "base_url": "https://elsewhere.example/v1",
            "api_key_env": "OPENAI_API_KEY",
        },
    )
    assert backend_settings(own).api_key == "the-key"
    assert backend_settings(other).api_key == ""
    assert backend_settings(named).api_key == "the-key"
    assert "the-key" not in repr(backend_settings(own))


@pytest.mark.parametrize(
    ("base_url", "allowed"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost:1/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://192.168.0.7/v1", False),
        ("", False),
    ],
)
def test_local_only_refuses_every_endpoint_elsewhere(base_url: str, allowed: bool) -> None:
    settings = load_settings(None, {"model": "m", "base_url": base_url, "local_only": True})
    if allowed:
        assert backend_settings(settings).base_url == base_url
    else:
        with pytest.raises(RefusedError):
            backend_settings(settings)


@pytest.mark.parametrize("recorded", ["openai", "exec"])
def test_recording_a_backend_is_no_way_around_local_only(recorded: str) -> None:
    flags = {"backend": "scripted", "record": recorded, "recording": "r.jsonl", "model": "m"}
    settings = load_settings(None, {**flags, "local_only": True})
    assert not settings.stays_here
    with pytest.raises(RefusedError):
        backend_settings(settings)


@pytest.mark.parametrize(
    ("own", "asked", "in_force"),
    [("0", 5000, 5000), ("5000", 4000, 4000), ("5000", 6000, 5000), ("5000", 0, 5000), ("0", 0, 0)],
)
def test_a_repository_can_only_lower_the_size_of_data_that_is_shown_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, asked: int, in_force: int
) -> None:
    write_user_config(f"data_limit = {own}\n")
    (tmp_path / ".repoctx.toml").write_text(f"data_limit = {asked}\n")
    assert load_settings(tmp_path)["data_limit"] == in_force


@pytest.mark.parametrize(
    ("model", "suited"),
    [
        ("gpt-4.1", "patch_envelope"),
        ("gpt-4.1-mini-2025-04-14", "patch_envelope"),
        ("openai/gpt-5.6", "patch_envelope"),
        ("gpt-5-codex", "patch_envelope"),
        ("codex-mini-latest", "patch_envelope"),
        ("openai.gpt-oss-120b-1:0", "patch_envelope"),
        ("GPT-5", "patch_envelope"),
        ("gpt-4o", "search_replace"),
        ("gpt-4.5-preview", "search_replace"),
        ("o3-pro", "search_replace"),
        ("claude-sonnet-5-5", "search_replace"),
        ("google/gemini-2.5-pro", "search_replace"),
        ("grok-4", "search_replace"),
        ("my-gpt", "search_replace"),
        ("", "search_replace"),
    ],
)
def test_a_model_is_asked_for_the_format_that_suits_its_family(model: str, suited: str) -> None:
    assert load_settings(None, {"model": model}).reply_format == suited


def test_a_typed_format_beats_the_models_own_which_beats_the_users_for_all_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = '[models."gpt-5"]\nreply_format = "json_edits"\n'
    flags = {"model": "gpt-5"}
    write_user_config('reply_format = "whole_file"\n')
    assert load_settings(None, flags).reply_format == "whole_file"
    write_user_config('reply_format = "whole_file"\n' + entry)
    assert load_settings(None, flags).reply_format == "json_edits"
    assert load_settings(None, {"model": "gpt-4.1"}).reply_format == "whole_file"
    monkeypatch.setenv("REPOCTX_REPLY_FORMAT", "unified_diff")
    assert load_settings(None, flags).reply_format == "unified_diff"
    typed = flags | {"reply_format": "tool_calls"}
    assert load_settings(None, typed).reply_format == "tool_calls"
    assert load_settings(None, flags | {"reply_format": "auto"}).reply_format == "json_edits"


def test_a_format_that_there_is_not_is_a_usage_error_that_lists_them() -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(None, {"reply_format": "serach_replace"})
    assert "search_replace" in caught.value.hint
    write_user_config('[models."m"]\nreply_format = "serach_replace"\n')
    with pytest.raises(UsageError, match=r"models.*'m'") as caught:
        _ = load_settings(None, {"model": "m"}).reply_format
    assert "search_replace" in caught.value.hint


def test_an_entry_of_a_format_alone_leaves_the_models_price_as_it_is_known() -> None:
    known = model_facts("gpt-4.1")
    assert known is not None
    assert model_facts("gpt-4.1", "", {"gpt-4.1": {"reply_format": "json_edits"}}) == known
    own = {"m": {"input": 1.0, "output": 2.0, "reply_format": "json_edits"}}
    assert model_facts("m", "", own) == model_facts("m", "", {"m": {"input": 1.0, "output": 2.0}})
    with pytest.raises(UsageError, match="makes no sense"):
        model_facts("m", "", {"m": {"reply_format": "json_edits", "imput": 1.0}})
