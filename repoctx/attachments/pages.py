"""A fetched web page as an attachment."""

from __future__ import annotations

import re

from repoctx.attachments.attachment import Attachment
from repoctx.attachments.content import typed_attachment
from repoctx.attachments.conversion import html_text
from repoctx.attachments.fetching import Page
from repoctx.decoding import decode, is_binary
from repoctx.errors import UsageError

_TEXT = re.compile(
    r"text/[a-z0-9.+-]+|application/([a-z0-9.-]+\+)?(json|xml|yaml|toml|javascript)"
    r"|application/(x-)?(ndjson|json-lines|sh|yaml|toml|javascript|sql)"
)
_HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(
    r"utf-?8|utf-?(16|32)([-_]?[lb]e)?|(us-)?ascii|latin-?1|iso-?8859-?\d{1,2}|windows-?\d{3,4}"
    r"|cp\d{3,4}|koi8-[ru]|shift[-_]?jis|euc-(jp|kr)|gb(k|2312|18030)|big5"
)
"""Encodings that pages have; Python knows others, some of which are slow or decode no text."""


def attachment_of_page(page: Page, limit: int) -> Attachment:
    """Return the page's text: HTML as Markdown, other text as it is, a PDF or an image as such.

    Raises UsageError for other types, and what ``attachment_of`` raises.
    """
    known = typed_attachment(page.url, page.content, limit)
    if known is not None:
        return known
    charset = page.charset if _CHARSET.fullmatch(page.charset) else ""
    if page.media_type in _HTML:
        return Attachment(page.url, html_text(page.url, page.content, charset, limit))
    if is_binary(page.content) or not _TEXT.fullmatch(page.media_type):
        raise UsageError(
            f"cannot attach {page.url}: it is {page.media_type or 'of no type that it tells'}",
            "pages may be HTML, text, JSON, XML, PDF or images; save others, and attach the file",
        )
    return Attachment(page.url, _decoded(page.content, charset))


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset).removeprefix("\ufeff") if charset else decode(content).text
    except (UnicodeDecodeError, LookupError):  # the server is wrong about it
        return decode(content).text
