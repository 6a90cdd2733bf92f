"""A server that refuses a part by name is asked again without it, and no other error is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repoctx.backends.form import Form

MARK = {"cache_control": {"type": "ephemeral"}}
FORM = Form(
    {"model": "m", "usage": {"include": True}, "stream_options": {}, "max_tokens": 9},
    frozenset({"usage", "stream_options", "cache_control"}),
    MARK,
)


def test_a_field_that_is_named_is_left_out() -> None:
    found = FORM.simpler(400, "Unrecognized request argument supplied: usage")
    assert found is not None
    form, names = found
    assert names == {"usage"}
    assert form.fields == {"model": "m", "stream_options": {}, "max_tokens": 9}
    assert form.mark == MARK


def test_a_mark_that_is_named_is_left_out() -> None:
    found = FORM.simpler(422, '{"loc": ["messages", 0, "content", 0, "cache_control"]}')
    assert found is not None
    assert (found[0].mark, found[0].fields) == ({}, FORM.fields)


def test_where_contents_must_be_strings_the_marks_are_left_out() -> None:
    found = FORM.simpler(400, "messages.1.content: Input should be a valid string")
    assert found is not None
    assert found[0].mark == {}


def test_part_of_another_word_is_no_name() -> None:
    assert FORM.simpler(400, "total_usage_limit of the account is reached") is None


def test_what_the_server_needs_is_never_left_out() -> None:
    assert FORM.simpler(400, "there is no model m; model is wrong; stream") is None


def test_other_errors_are_no_refusal_of_a_part() -> None:
    assert FORM.simpler(429, "usage") is None
    assert FORM.simpler(401, "cache_control") is None


def test_a_limit_is_lowered_to_what_the_model_has() -> None:
    text = "max_tokens: 9 > 8, which is the maximum allowed number of output tokens for m"
    found = FORM.simpler(400, text)
    assert found is not None
    assert found[0].fields["max_tokens"] == 8
    assert found[0].simpler(400, text) is None


def test_two_servers_in_one_cannot_send_the_limit_to_and_fro() -> None:
    first = FORM.simpler(400, "use max_completion_tokens instead of max_tokens")
    assert first is not None
    assert "max_completion_tokens" in first[0].fields
    assert first[0].simpler(400, "use max_tokens") is None


@given(st.lists(st.tuples(st.sampled_from([400, 422, 500]), st.text()), max_size=30), st.data())
def test_refusals_come_to_an_end(texts: list[tuple[int, str]], data: st.DataObject) -> None:
    words = [
        "usage",
        "stream_options",
        "cache_control",
        "max_completion_tokens",
        "max_tokens: 9 > 3",
    ]
    form, times = FORM, 0
    for status, text in texts:
        said = text + " " + " ".join(data.draw(st.lists(st.sampled_from(words))))
        if (found := form.simpler(status, said)) is not None:
            form, times = found[0], times + 1
    assert times <= len(FORM.optional) + 1
    assert form.fields["model"] == "m"
