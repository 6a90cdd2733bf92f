"""Prices and windows, read out of the library's snapshot; the library is not asked twice."""

from __future__ import annotations

import subprocess
import sys

import pytest

from repoctx.backends.prices import ModelFacts, Rate, billed, estimate, model_facts
from repoctx.errors import UsageError
from repoctx.events import Usage

OPENROUTER = "https://openrouter.ai/api/v1"


def facts_of(model: str, base_url: str = "") -> ModelFacts:
    facts = model_facts(model, base_url)
    assert facts is not None
    return facts


def test_a_model_of_openai_is_known_without_an_endpoint() -> None:
    facts = facts_of("gpt-4.1")
    assert facts.window == 1_000_000
    assert (facts.input, facts.output, facts.cache_read) == (Rate(2.0), Rate(8.0), Rate(0.5))
    assert facts.cache_write == facts.input


def test_the_endpoint_decides_whose_price_it_is() -> None:
    facts = facts_of("claude-sonnet-4-6", "https://api.anthropic.com/v1")
    assert facts.provider == "anthropic"
    assert facts.window == 1_000_000
    assert (facts.input.base, facts.output.base) == (3.0, 15.0)
    assert (facts.cache_read.base, facts.cache_write.base) == (0.3, 3.75)
    assert model_facts("claude-sonnet-4-6") is None


def test_a_long_prompt_is_dearer_for_all_its_tokens() -> None:
    facts = facts_of("gemini-2.5-pro", "https://generativelanguage.googleapis.com/v1beta/openai")
    assert facts.input == Rate(1.25, ((200_000, 2.5),))
    assert estimate(facts, 200_000, 0, 0) == pytest.approx(0.25)
    assert estimate(facts, 200_001, 0, 0) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("", ""),
        ("no-such-model", ""),
        ("gpt-4.1", "http://localhost:8000/v1"),
        ("gpt-4.1", "https://models.example.org/v1"),
    ],
)
def test_what_is_not_known_is_not_guessed(model: str, base_url: str) -> None:
    assert model_facts(model, base_url) is None


def test_an_estimate_prices_new_text_as_written_to_the_cache() -> None:
    facts = ModelFacts("m", "p", None, None, Rate(2), Rate(10), Rate(0.2), Rate(2.5))
    assert estimate(facts, 1_000_000, 0, 100_000) == pytest.approx(2.5 + 1.0)
    assert estimate(facts, 1_000_000, 900_000, 0) == pytest.approx(0.25 + 0.18)
    free_writes = ModelFacts("m", "p", None, None, Rate(2), Rate(10), Rate(0.2), Rate(2))
    assert estimate(free_writes, 1_000_000, 0, 0) == pytest.approx(2.0)


def test_a_bill_follows_the_reported_usage() -> None:
    facts = ModelFacts("m", "p", None, None, Rate(2), Rate(10), Rate(0.2), Rate(2.5))
    usage = Usage(1_000_000, 100_000, cached=500_000, written=100_000)
    assert billed(facts, usage) == pytest.approx(0.8 + 0.1 + 0.25 + 1.0)
    assert billed(facts, Usage(9, 9, reported=False)) is None


def test_our_bill_is_the_librarys() -> None:
    from genai_prices import Usage as Reported
    from genai_prices import calc_price

    for model, tokens in (("gpt-4.1", 900_000), ("gpt-5.5", 300_000), ("gpt-5.5", 200_000)):
        usage = Usage(tokens, 5_000, cached=tokens // 2)
        theirs = calc_price(
            Reported(input_tokens=tokens, cache_read_tokens=tokens // 2, output_tokens=5_000),
            model,
            provider_id="openai",
        )
        assert billed(facts_of(model), usage) == pytest.approx(float(theirs.total_price))


def test_the_users_own_entry_comes_first() -> None:
    own = {"gpt-4.1": {"input": 1, "output": 2.5, "window": 50_000, "cache_read": 0.1}}
    facts = model_facts("gpt-4.1", "http://localhost:8000/v1", own)
    assert facts == ModelFacts(
        "gpt-4.1", "your configuration", 50_000, None, Rate(1), Rate(2.5), Rate(0.1), Rate(1)
    )


@pytest.mark.parametrize(
    "entry",
    [{}, 3, {"input": 1}, {"input": 1, "output": -1}, {"input": "1", "output": 1},
     {"input": 1, "output": 1, "windows": 3}, {"input": float("nan"), "output": 1},
     {"input": 1, "output": 1, "window": float("inf")}],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused(entry: object) -> None:
    with pytest.raises(UsageError, match="'m'"):
        model_facts("m", "", {"m": entry})


def test_no_price_is_looked_up_in_the_network() -> None:
    code = (
        "import socket, threading\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from repoctx.backends.prices import model_facts\n"
        "assert model_facts('gpt-4.1')\n"
        "assert threading.active_count() == 1\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
