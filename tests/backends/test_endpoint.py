"""Where a request goes."""

from __future__ import annotations

import pytest

from repoctx.backends.endpoint import parse_endpoint
from repoctx.errors import UsageError


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("", "https://api.openai.com/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("http://[::1]:8000/v1/chat/completions", "http://[::1]:8000/v1"),
    ],
)
def test_a_base_url_may_be_written_in_several_ways(base_url: str, url: str) -> None:
    assert parse_endpoint(base_url).url == url


@pytest.mark.parametrize(
    "base_url",
    ["localhost:8000", "ftp://host", "http://", "http://[", "http://h:99999", "http://h/?a=b",
     "http://h/\x1b[31m", "http://a..b", "http://☃.test", "http://[v1.x]", "http://" + "x" * 64,
     "http://user:secret@host/v1"],
)  # fmt: skip
def test_what_is_no_api_is_refused_without_showing_a_password(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_endpoint(base_url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://localhost:1", True),
        ("http://127.0.0.1.example.org", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_this_machine_is_known(url: str, here: bool) -> None:
    assert parse_endpoint(url).is_loopback is here
