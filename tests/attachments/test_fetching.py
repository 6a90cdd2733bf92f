"""A page is fetched from where it was asked, within bounds, and nothing else is reached."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from repoctx.attachments import Fetcher, attach
from repoctx.backends.base import Image
from repoctx.errors import RefusedError, RepoctxError, UsageError
from tests.waiting import soon

LIMIT = 10_000_000


def test_text_is_fetched_and_nothing_of_this_machine_is_told(
    web: Any, answer: Any, local: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    web.answers["/a?b=c"] = answer("naïve".encode("cp1252"), "Text/Plain; Charset=windows-1252")
    attached = attach(web.url("/a?b=c#part"), LIMIT, fetcher=local)
    assert (attached.name, attached.content) == (web.url("/a?b=c"), "naïve")
    ((_, headers),) = web.seen
    assert headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}
    assert headers["user-agent"] == "repoctx"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/ld+json", "text/x-python", "application/xml"]
)
def test_other_text_goes_along_as_it_is(web: Any, answer: Any, local: Fetcher, kind: str) -> None:
    web.answers["/"] = answer(b'{"a": 1}', kind)
    assert attach(web.url(), LIMIT, fetcher=local).content == '{"a": 1}'


@pytest.mark.parametrize("charset", ["idna", "zip", "no-such", "utf-16-le"])
def test_a_charset_that_is_wrong_or_hostile_is_not_believed(
    web: Any, answer: Any, local: Fetcher, charset: str
) -> None:
    web.answers["/"] = answer("an odd é".encode(), f"text/plain; charset={charset}")
    assert attach(web.url(), LIMIT, fetcher=local).content == "an odd é"


def test_a_picture_is_a_picture_whatever_the_server_calls_it(
    web: Any, answer: Any, local: Fetcher, make_png: Any
) -> None:
    web.answers["/"] = answer(make_png(), "application/octet-stream")
    assert isinstance(attach(web.url(), LIMIT, fetcher=local).content, Image)


@pytest.mark.parametrize("kind", ["application/zip", "video/mp4", "", "application/octet-stream"])
def test_other_types_are_refused(web: Any, answer: Any, local: Fetcher, kind: str) -> None:
    web.answers["/"] = answer(b"words", kind)
    with pytest.raises(UsageError, match=r"cannot attach http.*it is"):
        attach(web.url(), LIMIT, fetcher=local)


def test_this_machine_is_refused_unless_a_test_says_otherwise(web: Any) -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]"):
        with pytest.raises(RefusedError, match="not a public address"):
            attach(web.url("/", host), LIMIT)
    assert not web.seen


def test_the_connection_goes_to_the_address_that_was_checked(
    web: Any, answer: Any, local: Fetcher
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    web.answers["/"] = answer(b"words", "text/plain")
    fetcher = replace(local, resolve=resolve)
    assert fetcher.fetch(web.url("/", "pinned.example")).content == b"words"
    assert asked == ["pinned.example"], "looked up once"
    assert web.seen[0][1]["host"] == f"pinned.example:{web.port}"


def test_a_name_with_one_private_address_is_refused(web: Any, local: Fetcher) -> None:
    fetcher = replace(local, resolve=lambda host, port: ["127.0.0.1", "192.168.0.1"])
    with pytest.raises(RefusedError, match=r"192\.168\.0\.1"):
        fetcher.fetch(web.url("/", "mixed.example"))
    assert not web.seen


def test_the_next_address_is_tried_when_one_does_not_answer(
    web: Any, answer: Any, local: Fetcher
) -> None:
    web.answers["/"] = answer(b"words", "text/plain")
    fetcher = replace(local, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert fetcher.fetch(web.url("/", "two.example")).content == b"words"


def test_redirects_are_followed_and_checked_each(web: Any, answer: Any, local: Fetcher) -> None:
    web.answers["/"] = answer(status=302, headers={"Location": "/there"})
    web.answers["/there"] = answer(b"words", "text/plain")
    assert attach(web.url(), LIMIT, fetcher=local).name == web.url("/there")
    for target in ("http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/"):
        web.answers["/"] = answer(status=302, headers={"Location": target})
        with pytest.raises(RefusedError, match="not a public address"):
            local.fetch(web.url())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "http://a:b@c.org"])
def test_a_redirect_to_what_is_no_page_is_refused(
    web: Any, answer: Any, local: Fetcher, target: str
) -> None:
    web.answers["/"] = answer(status=301, headers={"Location": target})
    with pytest.raises(RefusedError, match="redirects to what is no web page"):
        local.fetch(web.url())


def test_redirects_without_end_are_given_up(web: Any, answer: Any, local: Fetcher) -> None:
    web.answers["/"] = answer(status=307, headers={"Location": "/"})
    with pytest.raises(RepoctxError, match="redirects more than 5 times"):
        local.fetch(web.url())
    assert len(web.seen) == 6


def test_no_cookie_is_kept(web: Any, answer: Any, local: Fetcher) -> None:
    web.answers["/"] = answer(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"})
    web.answers["/b"] = answer(b"words", "text/plain")
    local.fetch(web.url())
    assert "cookie" not in web.seen[1][1]


def test_a_body_without_end_is_cut_off(web: Any, answer: Any, local: Fetcher) -> None:
    web.answers["/"] = answer(endless=b"x" * 65536)
    with pytest.raises(RefusedError, match="larger than 5,000,000 bytes"):
        local.fetch(web.url())


def test_a_body_that_unpacks_to_very_much_is_cut_off(web: Any, answer: Any, local: Fetcher) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    web.answers["/"] = answer(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(RefusedError, match="larger than"):
        local.fetch(web.url())


def test_a_packed_body_is_unpacked_and_one_cut_short_is_an_error(
    web: Any, answer: Any, local: Fetcher
) -> None:
    packed = gzip.compress(b"words " * 1000)
    web.answers["/"] = answer(packed, headers={"Content-Encoding": "gzip"})
    assert local.fetch(web.url()).content == b"words " * 1000
    web.answers["/"] = answer(packed[:-20], headers={"Content-Encoding": "gzip"})
    with pytest.raises(RepoctxError, match="cut short"):
        local.fetch(web.url())
    web.answers["/"] = answer(packed, headers={"Content-Encoding": "br"})
    with pytest.raises(RepoctxError, match="packed as br"):
        local.fetch(web.url())


def test_a_server_that_drips_is_left_in_time(web: Any, answer: Any, local: Fetcher) -> None:
    web.answers["/"] = answer(endless=b"x", drip=0.05)
    with soon(), pytest.raises(RepoctxError, match=r"longer than 0\.4 s"):
        replace(local, seconds=0.4).fetch(web.url())


@pytest.mark.parametrize("status", [204 + 200, 500, 403])
def test_a_refusal_of_the_server_is_told(
    web: Any, answer: Any, local: Fetcher, status: int
) -> None:
    web.answers["/"] = answer(b"no", status=status)
    with pytest.raises(RepoctxError, match=f"answers with {status}"):
        local.fetch(web.url())


def test_tls_is_checked_for_the_name_that_was_asked_though_an_address_is_connected_to(
    web: Any, answer: Any, local: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(web.use_tls(tmp_path, "pinned.example")))
    web.answers["/"] = answer(b"words", "text/plain")
    fetcher = replace(local, resolve=lambda host, port: ["127.0.0.1"])
    page = fetcher.fetch(f"https://pinned.example:{web.port}/")
    assert (page.content, page.url) == (b"words", f"https://pinned.example:{web.port}/")
    with pytest.raises(RepoctxError, match=r"other\.example.*cannot be fetched.*[Hh]ostname"):
        fetcher.fetch(f"https://other.example:{web.port}/")
    web.answers["/"] = answer(status=302, headers={"Location": "http://pinned.example/"})
    with pytest.raises(RefusedError, match="without encryption"):
        fetcher.fetch(f"https://pinned.example:{web.port}/")


def test_no_server_is_a_clear_error(local: Fetcher) -> None:
    with pytest.raises(RepoctxError, match="cannot be fetched"):
        local.fetch("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "url", ["http://", "http://a:99999/", "https://x:0/", "http://[::1", "http://a b\n/"]
)
def test_an_address_that_makes_no_sense_is_a_clear_error(url: str) -> None:
    with pytest.raises(RepoctxError):
        attach(url, LIMIT)


def test_a_password_in_the_address_is_refused() -> None:
    with pytest.raises(UsageError, match="user name or password") as error:
        attach("https://me:secret@example.org/", LIMIT)
    assert "secret" not in str(error.value)
