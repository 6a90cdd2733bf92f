"""Usage as each server reports it, brought to one meaning; field names are those on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.answer import usage_of
from repoctx.backends.anthropic import MessagesAnswer
from repoctx.backends.base import Context, Request
from repoctx.events import Usage

SHAPES: list[tuple[str, Any, Usage | None]] = [
    (
        "openai",
        {
            "choices": [],
            "usage": {
                "prompt_tokens": 2006,
                "completion_tokens": 300,
                "total_tokens": 2306,
                "prompt_tokens_details": {
                    "cached_tokens": 1920,
                    "cache_write_tokens": 0,
                    "audio_tokens": 0,
                },
                "completion_tokens_details": {"reasoning_tokens": 64},
            },
        },
        Usage(2006, 300, cached=1920),
    ),
    (
        "openai, written",
        {
            "usage": {
                "prompt_tokens": 2006,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 1990},
            }
        },
        Usage(2006, 3, written=1990),
    ),
    (
        "deepseek",
        {
            "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 7,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
        },
        Usage(100, 7, cached=64),
    ),
    (
        "moonshot",
        {
            "choices": [
                {"usage": {"prompt_tokens": 19, "completion_tokens": 21, "cached_tokens": 10}}
            ]
        },
        Usage(19, 21, cached=10),
    ),
    (
        "xai",
        {
            "usage": {
                "prompt_tokens": 199,
                "completion_tokens": 1,
                "prompt_tokens_details": {"text_tokens": 199, "cached_tokens": 163},
                "num_sources_used": 0,
            }
        },
        Usage(199, 1, cached=163),
    ),
    (
        "groq",
        {
            "x_groq": {
                "id": "req_1",
                "usage": {"queue_time": 0.1, "prompt_tokens": 18, "completion_tokens": 50},
            }
        },
        Usage(18, 50),
    ),
    (
        "openrouter",
        {
            "usage": {
                "prompt_tokens": 194,
                "completion_tokens": 2,
                "cost": 0.95,
                "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 50},
                "cost_details": {"upstream_inference_cost": 19},
            }
        },
        Usage(194, 2, cached=100, written=50),
    ),
    (
        "gemini",
        {
            "usage": {
                "completion_tokens": 5,
                "prompt_tokens": 5000,
                "prompt_tokens_details": {"cached_tokens": 4096},
                "total_tokens": 5005,
            }
        },
        Usage(5000, 5, cached=4096),
    ),
    (
        "vllm with details",
        {
            "usage": {
                "prompt_tokens": 700,
                "total_tokens": 705,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 688},
            }
        },
        Usage(700, 5, cached=688),
    ),
    (
        "vllm without",
        {
            "usage": {
                "prompt_tokens": 700,
                "completion_tokens": 5,
                "prompt_tokens_details": None,
            }
        },
        Usage(700, 5),
    ),
    (
        "sglang",
        {
            "usage": {
                "prompt_tokens": 12,
                "completion_tokens": 4,
                "reasoning_tokens": 0,
                "prompt_tokens_details": {"cached_tokens": 11},
            }
        },
        Usage(12, 4, cached=11),
    ),
    (
        "llama.cpp",
        {
            "usage": {"prompt_tokens": 240, "completion_tokens": 35},
            "timings": {"cache_n": 236, "prompt_n": 4, "prompt_ms": 30.9, "predicted_n": 35},
        },
        Usage(240, 35, cached=236),
    ),
    (
        "llama.cpp by its timings alone",
        {"timings": {"cache_n": 236, "prompt_n": 4, "predicted_n": 35}},
        Usage(240, 35, cached=236),
    ),
    (
        "litellm before anthropic",
        {
            "usage": {
                "prompt_tokens": 30,
                "completion_tokens": 5,
                "cache_creation_input_tokens": 8,
                "cache_read_input_tokens": 12,
                "prompt_tokens_details": {"cached_tokens": 12},
            }
        },
        Usage(30, 5, cached=12, written=8),
    ),
    ("ollama", {"usage": {"prompt_tokens": 26, "completion_tokens": 298}}, Usage(26, 298)),
    (
        "ollama, native",
        {"done": True, "prompt_eval_count": 26, "eval_count": 298, "prompt_eval_duration": 130},
        Usage(26, 298),
    ),
    ("vllm, in between", {"choices": [{"delta": {"content": "a"}}], "usage": None}, None),
    ("none", {"choices": []}, None),
    ("negative", {"usage": {"prompt_tokens": -1, "completion_tokens": 5}}, None),
    ("text", {"usage": {"prompt_tokens": "12"}}, None),
    ("a truth value", {"usage": {"prompt_tokens": True}}, None),
    ("absurd", {"usage": {"prompt_tokens": 1 << 60}}, None),
    ("a list", {"usage": [1, 2]}, None),
    ("no object", "usage", None),
    (
        "details of another type",
        {"usage": {"prompt_tokens": 9, "prompt_tokens_details": 4, "cached_tokens": "3"}},
        Usage(9, 0),
    ),
    (
        "more cached than there was",
        {"usage": {"prompt_tokens": 2, "prompt_tokens_details": {"cached_tokens": 40}}},
        Usage(40, 0, cached=40),
    ),
    ("timings of another type", {"timings": [1], "usage": {"prompt_tokens": 3}}, Usage(3, 0)),
]


@pytest.mark.parametrize(
    ("chunk", "expected"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES]
)
def test_usage_has_one_meaning(chunk: Any, expected: Usage | None) -> None:
    assert usage_of(chunk) == expected


def anthropic(*events: Any) -> Usage:
    answer = MessagesAnswer(Request("", Context(lambda: iter(()), 0, "o200k_base"), (), ""))
    for event in events:
        list(answer.take(event))
    usage = list(answer.end())[-1]
    assert isinstance(usage, Usage)
    return usage


def start(**usage: Any) -> Any:
    return {"type": "message_start", "message": {"usage": usage}}


def delta(**usage: Any) -> Any:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [
                start(
                    input_tokens=50,
                    cache_creation_input_tokens=200,
                    cache_read_input_tokens=1000,
                    cache_creation={
                        "ephemeral_5m_input_tokens": 200,
                        "ephemeral_1h_input_tokens": 0,
                    },
                    output_tokens=1,
                ),
                delta(output_tokens=15),
            ],
            Usage(1250, 15, cached=1000, written=200),
        ),
        ([start(input_tokens=25, output_tokens=1), delta(output_tokens=15)], Usage(25, 15)),
        (
            [
                start(
                    input_tokens=5,
                    cache_creation_input_tokens=200,
                    cache_creation={"ephemeral_1h_input_tokens": 200},
                ),
                delta(output_tokens=15),
            ],
            Usage(205, 15, written=200, written_1h=200),
        ),
        (
            [
                start(input_tokens=0, output_tokens=0),
                delta(input_tokens=7, cache_read_input_tokens=90, output_tokens=3),
            ],
            Usage(97, 3, cached=90),
        ),
        (
            [
                start(input_tokens=7, cache_read_input_tokens=90),
                delta(input_tokens=None, cache_read_input_tokens=None, output_tokens=3),
            ],
            Usage(97, 3, cached=90),
        ),
        (
            [
                {
                    "type": "message",
                    "content": [{"type": "text", "text": "a"}],
                    "stop_reason": "end_turn",
                    "usage": {"input_tokens": 4, "output_tokens": 1, "cache_read_input_tokens": 6},
                }
            ],
            Usage(10, 1, cached=6),
        ),
        (
            [start(input_tokens="x", cache_read_input_tokens=[]), delta(output_tokens={})],
            Usage(0, 0, reported=False),
        ),
        ([{"type": "message_start", "message": 3}, "text", None, 7], Usage(0, 0, reported=False)),
    ],
    ids=[
        "all",
        "nothing cached",
        "for an hour",
        "told late",
        "nulls",
        "whole",
        "other types",
        "no objects",
    ],
)
def test_anthropics_input_is_without_the_cache_and_is_brought_to_ours(
    events: list[Any], expected: Usage
) -> None:
    assert anthropic(*events) == expected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *[
                            "type",
                            "message",
                            "delta",
                            "usage",
                            "timings",
                            "choices",
                            "content",
                            "prompt_tokens",
                            "cache_n",
                        ],
                        *["prompt_n", "input_tokens", "stop_reason"],
                    ]
                ),
                inner | st.sampled_from(["message", "message_start", "message_delta"]),
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_usage_of_any_shape_does_no_harm(chunk: Any) -> None:
    usage_of(chunk)
    anthropic(chunk)
