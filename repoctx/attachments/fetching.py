"""Fetch one web page that a person named, and nothing that it leads to inside their network.

A name is looked up once for each request, every one of its addresses must be public, and the
connection is made to the address that was checked: a name that changes its mind reaches nothing.
Redirects are followed by hand with the same checks. No cookies, no passwords, no headers that tell
about this machine, and no proxy: behind one, nobody here knows which address is reached.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoctx.attachments.addresses import check_public, looked_up
from repoctx.backends.transfer import Line
from repoctx.errors import RefusedError, RepoctxError, UsageError

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_SILENCE_SECONDS = 15.0
_HINT_SAVE = "open it in a browser, save it as text or PDF, and attach the file"
_HINT_DIRECT = (
    "pages are fetched directly, never through a proxy; save it as text or PDF, and attach that"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered."""

    url: str
    """Where it was in the end, after redirects."""
    media_type: str
    """In small letters, without parameters; empty when the server told none."""
    charset: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How pages are fetched."""

    most: int = 5_000_000
    """Bytes of a page, as sent and as unpacked."""
    seconds: float = 60.0
    """For everything: look-ups aside, a fetch ends after so long whatever the servers do."""
    loopback: bool = False
    """Tests alone set this: pages may come from this machine. No setting does."""
    resolve: Callable[[str, int], list[str]] = looked_up

    def fetch(self, url: str) -> Page:
        """Return the page at an http or https URL.

        Raises UsageError for a URL that makes no sense, RefusedError for an address that is not
        public or a page that is too large, RepoctxError when it cannot be had.
        """
        deadline = time.monotonic() + self.seconds
        target = _parsed(url)
        for _ in range(MOST_REDIRECTS + 1):
            found = self._once(target, deadline)
            if isinstance(found, Page):
                return found
            target = found
        raise RepoctxError(f"{url} redirects more than {MOST_REDIRECTS} times", _HINT_SAVE)

    def _once(self, url: httpx2.URL, deadline: float) -> Page | httpx2.URL:
        """Make one request; return the page, or where it redirects to."""
        with self._answered(url, deadline) as response:
            location = response.headers.get("location")
            if response.status_code in _REDIRECTS and location:
                return _redirected(url, location)
            if not response.is_success:
                raise RepoctxError(f"{url} answers with {response.status_code}", _HINT_SAVE)
            kind, _, parameters = response.headers.get("content-type", "").lower().partition(";")
            _, _, charset = parameters.partition("charset=")
            content = b"".join(self._content(response))
        charset = charset.partition(";")[0].strip(" \"'")
        return Page(str(url), kind.strip(), charset, content)

    @contextmanager
    def _answered(self, url: httpx2.URL, deadline: float) -> Iterator[httpx2.Response]:
        """Connect to an address that was checked; all that fails becomes one clear error."""
        import httpx2

        line, left = Line(), deadline - time.monotonic()
        timer = threading.Timer(max(0.0, left), line.hang_up)
        timer.daemon = True
        timer.start()
        try:
            with _client() as client:
                yield self._connected(client, url, line)
        except (httpx2.HTTPError, httpx2.StreamError, OSError, zlib.error) as error:
            if time.monotonic() < deadline:
                reason = str(error) or type(error).__name__
                raise RepoctxError(f"{url} cannot be fetched: {reason}", _HINT_DIRECT) from None
        finally:
            timer.cancel()
        if time.monotonic() >= deadline:  # what came may have been cut by us
            raise RepoctxError(f"{url} took longer than {self.seconds:g} s", _HINT_SAVE)

    def _connected(self, client: httpx2.Client, url: httpx2.URL, line: Line) -> httpx2.Response:
        import httpx2

        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        addresses = self.resolve(host, port)
        check_public(host, addresses, self.loopback)
        failure: Exception = httpx2.ConnectError("the name has no address")
        for address in addresses:
            pinned = url.copy_with(host=address)
            request = httpx2.Request("GET", pinned, headers=_headers(url))
            request.extensions = {
                "sni_hostname": host,
                "trace": line.trace,
                "timeout": httpx2.Timeout(_SILENCE_SECONDS).as_dict(),
            }
            try:
                return client.send(request, stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _content(self, response: httpx2.Response) -> Iterator[bytes]:
        """Yield the body, unpacked; neither what is sent nor what it unpacks to may be too much."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise RepoctxError(f"the page is packed as {coding}, not as asked", _HINT_SAVE)
        unpack = zlib.decompressobj(47) if coding != "identity" else None
        sent = size = 0
        for piece in response.iter_raw():
            sent += len(piece)
            self._check(sent)
            plain = unpack.decompress(piece, self.most + 1 - size) if unpack else piece
            size += len(plain)
            self._check(size)
            yield plain
        if unpack and sent and not unpack.eof:
            raise zlib.error("it is cut short")

    def _check(self, size: int) -> None:
        if size > self.most:
            raise RefusedError(
                f"the page is larger than {self.most:,} bytes",
                "save the part that matters, and attach the file",
            )


def _parsed(url: str) -> httpx2.URL:
    import httpx2

    try:
        parsed = httpx2.URL(url).copy_with(fragment=None)
        sensible = parsed.scheme in ("http", "https") and parsed.host and parsed.port != 0
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        sensible = False
    if not sensible:
        raise UsageError(f"{url} is no address of a web page", "write it like https://example.org/")
    if parsed.userinfo:
        raise UsageError(
            "the address of the page holds a user name or password",
            "leave them out; repoctx logs in nowhere",
        )
    return parsed


def _redirected(url: httpx2.URL, location: str) -> httpx2.URL:
    import httpx2

    try:
        target = _parsed(str(url.join(location)))
    except (httpx2.InvalidURL, UsageError):
        raise RefusedError(f"{url} redirects to what is no web page", _HINT_SAVE) from None
    if url.scheme == "https" and target.scheme != "https":
        raise RefusedError(f"{url} redirects to a page without encryption", _HINT_SAVE)
    return target


def _headers(url: httpx2.URL) -> dict[str, str]:
    return {
        "host": url.netloc.decode("ascii"),
        "user-agent": "repoctx",
        "accept": "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.5",
        "accept-encoding": "gzip",
    }


def _client() -> httpx2.Client:
    """A client for one request: without proxies and cookies, but with SSL_CERT_FILE."""
    import httpx2

    transport = httpx2.HTTPTransport(trust_env=True)
    return httpx2.Client(transport=transport, trust_env=False, follow_redirects=False)
