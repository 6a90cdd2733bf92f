"""Any endpoint that speaks OpenAI's Chat Completions: hosted, or a server of your own.

The one door to the ``openai`` package. Everything comes through BackendSettings: no OPENAI_…
variable of the environment reaches the wire, redirects are not followed, and only the headers named
here are sent. Proxies of the environment are used, but never for a server on this machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from repoctx.backends.answer import Answer
from repoctx.backends.base import Backend, BackendError, BackendSettings, Request, Segment
from repoctx.backends.body import kept_segments
from repoctx.backends.caching import CacheTerms, cache_terms
from repoctx.backends.endpoint import Endpoint, parse_endpoint
from repoctx.backends.failures import Failures, PassingError, Refusal
from repoctx.backends.form import Form, chat_form, left_out
from repoctx.backends.messages import chat_messages, own_count
from repoctx.backends.priming import STORING_SECONDS, ahead_of, is_worth_priming
from repoctx.backends.probe import UNKNOWN, probe
from repoctx.backends.transfer import Body, Line, Sent
from repoctx.backends.waiting import Patience, Put, threaded
from repoctx.backends.wire import AnswerReader
from repoctx.errors import UsageError
from repoctx.events import Event, Notice, Progress, Usage

if TYPE_CHECKING:
    import httpx2

_CONNECT_SECONDS = 10.0
_USAGE_SECONDS = 5.0
"""How long to wait for the usage, or the end of the stream, once the answer is complete."""
_HINT_SETUP = "check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE in the environment"
_MOST_REFUSAL = 64 << 10
_MOST_PAUSE = 30.0


def create(settings: BackendSettings) -> Backend:
    """Return the backend; nothing is imported or connected yet.

    Raises UsageError without a model or with a base URL that is none, BackendError when the
    endpoint wants a key and there is none.
    """
    endpoint = parse_endpoint(settings.base_url)
    if not settings.model:
        raise UsageError("no model is named", "name one with --model, or in the user configuration")
    key = checked_key(settings)
    if endpoint.is_vendor and not key:
        raise BackendError(
            f"{endpoint.url} wants a key, and there is none",
            "set OPENAI_API_KEY, or name another endpoint with --base-url",
        )
    return OpenAIBackend(settings, endpoint)


def checked_key(settings: BackendSettings) -> str:
    """Return the key without blanks around it; BackendError when it cannot be one."""
    key = settings.api_key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BackendError("the key holds characters that no key has", "copy it again")
    return key


class OpenAIBackend:
    """One model at one endpoint."""

    takes_images = True
    takes_tools = True

    def __init__(self, settings: BackendSettings, endpoint: Endpoint, pause: float = 1.0) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._pause = pause
        """Seconds before the second try, at most; each further try doubles it."""
        self._server = UNKNOWN
        self._refused: frozenset[str] = frozenset()
        """What the server refused by name; it is not sent again."""

    @property
    def terms(self) -> CacheTerms:
        """How the endpoint caches, and what a request holds for it."""
        lifetime, server = self._settings.cache_lifetime, self._server.kind
        model = self._settings.model
        return cache_terms("openai", self._endpoint, model, lifetime=lifetime, server=server)

    def stream(self, request: Request) -> Iterator[Event]:
        """Yield the answer as it comes; see ``Backend.stream``."""
        settings = self._settings
        self._server = probe(self._endpoint, settings.model, settings.api_key.strip())
        self._server.check_fit(settings.model, own_count(request), request.limits.output_tokens)
        patience = Patience(request.cancellation, request.limits.seconds)
        with kept_segments(request.context, patience.check) as segments:
            if settings.prime_cache and is_worth_priming(self.terms, request.context):
                yield from self._prime(request, segments, patience)
            yield from self._tries(request, segments, patience)

    def _prime(
        self, request: Request, segments: tuple[Segment, ...], patience: Patience
    ) -> Iterator[Event]:
        """Send the repository ahead of the question, and yield what that used."""
        try:
            for event in self._tries(ahead_of(request), segments, patience):
                if isinstance(event, Progress | Usage):
                    yield event
        except BackendError as error:
            yield Notice(f"the repository could not be sent ahead: {error.message}")
            return
        yield Progress("waiting", 0, None, detail="for the provider to store the repository")
        patience.sleep(STORING_SECONDS * min(1.0, self._pause))

    def _tries(
        self, request: Request, segments: tuple[Segment, ...], patience: Patience
    ) -> Iterator[Event]:
        failures = Failures(self._endpoint, self._settings, request.context.tokens)
        form = self._form(request).without(self._refused)
        failed = 0
        while True:
            answer = self._answer(request)
            body = self._body(form, request, segments)
            try:
                yield from self._once(body, answer, request, failures, patience)
                return
            except _RefusedError as error:
                simpler = form.simpler(error.refusal.status, error.refusal.text)
                if simpler is not None:
                    form, names = simpler
                    self._refused |= names
                    yield Notice(left_out(self._endpoint.host, names))
                    continue
                failure = failures.refused(error.refusal)
            except PassingError as error:
                failure = error
            failed += 1
            if answer.started or failed > self._settings.retries:
                raise failure
            yield from self._wait(failure, failed, patience)

    def _form(self, request: Request) -> Form:
        vendor, key = self._endpoint.is_vendor, request.context.key
        model, limits = self._settings.model, request.limits
        return chat_form(model, vendor, limits, self.terms, key, request.tools)

    def _answer(self, request: Request) -> Answer:
        return Answer(request, cuts=self._server.cuts)

    def _body(self, form: Form, request: Request, segments: tuple[Segment, ...]) -> Body:
        return Body(form.fields, tuple(chat_messages(request, segments, form.mark)))

    def _wait(self, failure: BackendError, failed: int, patience: Patience) -> Iterator[Event]:
        """Back off exponentially with full jitter, and no shorter than the server asks."""
        if not isinstance(failure, PassingError):
            raise failure
        pause = random.uniform(0, min(_MOST_PAUSE, self._pause * 2 ** (failed - 1)))
        pause += failure.retry_after
        again = f"try {failed + 1} of {self._settings.retries + 1} in {pause:.1f} s"
        yield Notice(f"{failure.message}; {again}")
        patience.sleep(pause)

    def _once(
        self, body: Body, answer: Answer, request: Request, failures: Failures, patience: Patience
    ) -> Iterator[Event]:
        line, reader, sent = Line(), AnswerReader(), 0
        headers = self._headers(body.size) | self.terms.headers(request.context.key)

        def work(put: Put[Sent | bytes]) -> None:
            self._exchange(body, headers, failures, line, put)

        silence = self._settings.timeout + 2 * _CONNECT_SECONDS
        try:
            with closing(threaded(work, line.hang_up, patience, silence)) as items:
                for item in items:
                    if isinstance(item, Sent):
                        sent = item.done
                        yield from answer.uploaded(sent, body.size)
                        continue
                    if sent < body.size:
                        raise failures.early()
                    yield from _take(reader.feed(item), answer, failures)
                    if reader.done or answer.full:
                        break
                    if answer.complete:
                        patience.hurry(_USAGE_SECONDS)
                else:
                    yield from _take(reader.finish(), answer, failures)
        except BackendError:
            if not answer.complete:
                yield from answer.spent()
                raise
        if not answer.complete and not reader.done:
            yield from answer.spent()
            raise failures.cut(answer.started)
        yield from answer.end()

    def _exchange(
        self,
        body: Body,
        headers: dict[str, str],
        failures: Failures,
        line: Line,
        put: Put[Sent | bytes],
    ) -> None:
        """Send the body and put what comes back; runs in its own thread."""
        import httpx2

        try:
            with self._http(line, headers) as http:
                for piece in self._posted(http, body.pieces(put)).iter_bytes():
                    put(piece)
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise failures.network(error) from None

    def _posted(self, http: httpx2.Client, pieces: Iterator[bytes]) -> httpx2.Response:
        """Send the request with the vendor's own client; what went wrong comes as it is."""
        import openai

        client = openai.OpenAI(
            api_key="see prepare", base_url=self._endpoint.url, max_retries=0, http_client=http
        )
        try:
            return client.post(
                "/chat/completions",
                cast_to=object,
                content=pieces,
                stream=True,
                stream_cls=openai.Stream[object],
            ).response
        except openai.APIConnectionError as error:
            failure = error.__cause__ or OSError(str(error))
        raise failure

    def _headers(self, size: int) -> dict[str, str]:
        is_chunked = self._settings.upload == "chunked"
        framing = {"transfer-encoding": "chunked"} if is_chunked else {"content-length": str(size)}
        headers = {
            "content-type": "application/json",
            **framing,
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",
            "user-agent": "repoctx",
        }
        key = self._settings.api_key.strip()
        return headers | ({"authorization": f"Bearer {key}"} if key else {})

    def _http(self, line: Line, headers: dict[str, str]) -> httpx2.Client:
        import httpx2

        def prepare(request: httpx2.Request) -> None:
            # All other headers come from the environment or tell about this machine.
            host = request.url.netloc.decode("ascii")
            request.headers = httpx2.Headers({"host": host, **headers})
            request.extensions["trace"] = line.trace

        host = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
        try:
            return httpx2.Client(
                timeout=httpx2.Timeout(self._settings.timeout, connect=_CONNECT_SECONDS),
                follow_redirects=False,
                event_hooks={"request": [prepare], "response": [_accept]},
                mounts={f"all://{host}": None} if self._endpoint.is_loopback else {},
            )
        except (httpx2.InvalidURL, ValueError, ImportError, OSError) as error:
            raise BackendError(f"cannot set up a connection: {error}", _HINT_SETUP) from None


class _RefusedError(Exception):
    """The server answered with a status that is no 2xx."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def _accept(response: httpx2.Response) -> None:
    """Raise _RefusedError for anything but 2xx, with the beginning of the body."""
    import httpx2

    if response.is_success:
        return
    body = b""
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _MOST_REFUSAL:
                break
    except httpx2.HTTPError:
        pass  # the status alone says enough
    headers = {name.lower(): text for name, text in response.headers.items()}
    raise _RefusedError(Refusal(response.status_code, headers, body[:_MOST_REFUSAL]))


def _take(chunks: list[Any], answer: Answer, failures: Failures) -> Iterator[Event]:
    for chunk in chunks:
        error = chunk.get("error") if isinstance(chunk, dict) else None
        if error:
            raise failures.reported(error)
        yield from answer.take(chunk)
