"""Where a request goes: the base URL of an API, checked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from repoctx.errors import UsageError

VENDOR_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The base URL of an OpenAI-compatible API."""

    url: str
    """Without a slash at the end; it holds no user name or password, so it can be shown."""
    host: str

    @property
    def is_vendor(self) -> bool:
        """True for OpenAI's own endpoints, which want a key and the newest field names."""
        return self.host == "api.openai.com" or self.host.endswith(".api.openai.com")

    @property
    def is_loopback(self) -> bool:
        """True when the server runs on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_endpoint(base_url: str) -> Endpoint:
    """Return the endpoint of a base URL; the empty one is OpenAI's own.

    A URL that ends in ``/chat/completions`` is cut to its base. Raises UsageError when it is no
    http or https URL with a host, or holds a password (it would be shown).
    """
    url = (base_url.strip() or VENDOR_URL).rstrip("/").removesuffix(_PATH)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        sensible = (
            parts.scheme in ("http", "https")
            and _is_host(host, "[" in parts.netloc)
            and parts.port != 0
        )
    except ValueError:  # a port or an address that is none
        sensible = False
    if not sensible or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError("base_url is not the URL of an API", _HINT)
    if "@" in parts.netloc:
        raise UsageError("base_url holds a user name or password", "give the key as api_key_env")
    return Endpoint(url, host)


def anthropic_endpoint(base_url: str) -> Endpoint:
    """Return the endpoint of the Messages API; the empty base URL is Anthropic's own.

    The API's own path, /v1/messages, is cut off. Raises UsageError as ``parse_endpoint`` does.
    """
    url = base_url.strip().rstrip("/").removesuffix("/messages").removesuffix("/v1")
    return parse_endpoint(url or ANTHROPIC_URL)


def _is_host(host: str, bracketed: bool) -> bool:
    """True for an address, or a name that can be looked up (RFC 1123, and underscores)."""
    if not bracketed:
        return _NAME.fullmatch(host) is not None
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,99}", re.ASCII | re.IGNORECASE)
_HINT = "write it like http://localhost:8000/v1"
