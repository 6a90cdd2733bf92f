"""PDFs and web pages are turned into text in a sandbox; what cannot be is a clear error."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter

from repoctx.attachments import attachment_of
from repoctx.attachments.conversion import MOST_PAGES, html_text
from repoctx.errors import RefusedError, UsageError
from repoctx.sandbox import confinement
from repoctx.sandbox.landlock import landlock

LIMIT = 1_000_000
Pages = Callable[..., bytes]


@pytest.fixture(autouse=True, scope="module")
def sandbox() -> None:
    try:
        confinement()
    except RefusedError as error:
        pytest.skip(error.message)


def test_a_pdf_goes_along_page_by_page(make_pdf: Pages) -> None:
    content = make_pdf("The first page", "", "The third page")
    assert attachment_of("a.txt", content, LIMIT).content == (
        "[page 1 of 3]\nThe first page\n\n[page 2 of 3]\n(no text)\n\n[page 3 of 3]\nThe third page"
    )


def test_a_pdf_is_read_under_landlock_or_not_at_all(
    make_pdf: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # hides bubblewrap
    try:
        landlock()
    except RefusedError:
        with pytest.raises(RefusedError, match=r"sandbox only.*bubblewrap"):
            attachment_of("a.pdf", make_pdf("words"), LIMIT)
        return
    assert attachment_of("a.pdf", make_pdf("words"), LIMIT).content == "[page 1 of 1]\nwords"


def test_without_a_sandbox_a_pdf_is_refused_and_not_read_otherwise(
    make_pdf: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here() -> None:
        raise RefusedError("There is no sandbox on this machine.", "install bubblewrap")

    monkeypatch.setattr("repoctx.attachments.conversion.confinement", none_here)
    with pytest.raises(RefusedError, match=r"sandbox only.*install bubblewrap"):
        attachment_of("a.pdf", make_pdf("words"), LIMIT)


def encrypted(content: bytes, password: str) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(content)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_pdf_with_a_password_is_refused_and_one_without_is_read(make_pdf: Pages) -> None:
    with pytest.raises(UsageError, match="encrypted"):
        attachment_of("a.pdf", encrypted(make_pdf("words"), "secret"), LIMIT)
    text = attachment_of("a.pdf", encrypted(make_pdf("words"), ""), LIMIT).content
    assert text == "[page 1 of 1]\nwords"


def test_a_scanned_pdf_is_refused_with_what_to_do(make_pdf: Pages) -> None:
    with pytest.raises(UsageError, match=r"holds no text.*ocrmypdf"):
        attachment_of("a.pdf", make_pdf("", ""), LIMIT)


def test_a_broken_pdf_is_a_clear_error(make_pdf: Pages) -> None:
    with pytest.raises(UsageError, match="it is broken"):
        attachment_of("a.pdf", make_pdf("words")[:150], LIMIT)


def test_a_pdf_of_too_many_pages_is_refused_not_cut(make_pdf: Pages) -> None:
    with pytest.raises(UsageError, match="more than 1,000 pages"):
        attachment_of("a.pdf", make_pdf(*["x"] * (MOST_PAGES + 1)), LIMIT)


def drawing(make_pdf: Pages, drawn: bytes) -> bytes:
    """A PDF whose one page is drawn so; the drawing is packed."""
    content, packed = make_pdf("x"), zlib.compress(drawn, 1)
    start, end = content.index(b"BT /F1"), content.index(b"\nendstream")
    length = b"<< /Length %d" % (end - start)
    content = content[:start] + packed + content[end:]
    return content.replace(length, b"<< /Filter /FlateDecode /Length %d" % len(packed))


def test_a_pdf_whose_text_is_longer_than_the_limit_is_refused(make_pdf: Pages) -> None:
    content = drawing(make_pdf, b"BT /F1 12 Tf 72 720 Td (words ) Tj " + b"T* (words ) Tj " * 5000)
    assert "words" in str(attachment_of("a.pdf", content, LIMIT).content)
    with pytest.raises(UsageError, match="longer than attach_limit"):
        attachment_of("a.pdf", content, len(content))


def test_a_pdf_that_unpacks_to_very_much_ends_soon_and_clearly(make_pdf: Pages) -> None:
    content = drawing(make_pdf, b"BT /F1 12 Tf " + b"(words ) Tj " * 10_000_000)
    with pytest.raises(UsageError, match=r"bomb\.pdf: reading it takes too much"):
        attachment_of("bomb.pdf", content, LIMIT * 10)


def test_a_web_page_becomes_its_main_text_as_markdown() -> None:
    page = (
        "<html><head><title>t</title><script>alert(1)</script></head><body><nav>menu</nav>"
        "<article><h1>Título</h1><p>Words that matter, with <b>weight</b> and enough of them to be"
        " taken for the text of this page by anyone.</p><pre><code>x = 1\ny = 2</code></pre></article>"
        "</body></html>"
    )
    text = html_text("u", page.encode("iso-8859-1"), "iso-8859-1", LIMIT)
    assert "# Título" in text
    assert "**weight**" in text
    assert "```\nx = 1\ny = 2\n```" in text
    assert "alert" not in text


def test_a_web_page_that_only_a_script_draws_is_a_clear_error() -> None:
    with pytest.raises(UsageError, match="holds no text"):
        html_text("u", b"<html><body><script>draw()</script></body></html>", "", LIMIT)
