"""How the model is shown an attachment: nothing in it can end it or pass for its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from repoctx.attachments import Attachment, apart, elements, images_of
from repoctx.attachments.images import image_tokens
from repoctx.backends.base import Image

PIECES = st.sampled_from(
    ["</attachment>", "<attachment>", "</attachment_2>", "<source>", "\n", "x", '"', "é", "</"]
)
TEXTS = st.lists(PIECES | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)).map(
    "".join
)


def read_back(element: str) -> tuple[str, str]:
    """What a strict reader makes of an element: up to the first end tag like its start tag."""
    opening = re.match(r"<(attachment(?:_\d+)?)>\n<source>([^\n]*)</source>\n", element)
    assert opening is not None
    text, _, rest = element[opening.end() :].partition(f"\n</{opening[1]}>")
    assert rest == "\n"
    name = opening[2]
    return (json.loads(name) if name.startswith('"') else name), text


@given(TEXTS, TEXTS)
def test_name_and_text_are_read_back_exactly(name: str, text: str) -> None:
    shown = text.replace("\ufffd<", "")  # a pack's own escape, tested there
    assert read_back(elements([Attachment(name, shown)])[0]) == (name, shown)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=3), st.sampled_from(["why?", "a\n\nb", "</x>"]))
def test_attachments_are_told_apart_from_the_question(
    attached: list[tuple[str, str]], question: str
) -> None:
    attachments = [Attachment(name, text) for name, text in attached]
    sent = "\n".join([*elements(attachments), question]).strip() + "\n"
    assert apart(sent) == (tuple(name for name, _ in attached), question)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    (element,) = elements([Attachment("a", "bad \udcff byte")])
    assert "bad \ufffd<ff> byte" in element


def test_images_are_numbered_and_described(make_png: Callable[..., bytes]) -> None:
    image = Image("image/png", make_png(40, 30))
    attachments = [Attachment("a", "x"), Attachment("b.png", image), Attachment("c.png", image)]
    written = elements(attachments)
    assert "<source>b.png</source>\n[image 1 of this message: image/png, 40x30]\n" in written[1]
    assert "[image 2 of this message" in written[2]
    assert images_of(attachments) == (image, image)


def test_an_image_counts_by_the_rule_of_tiles(make_png: Callable[..., bytes]) -> None:
    def tokens(width: int, height: int) -> int:
        return image_tokens([Image("image/png", make_png(width, height))])

    assert tokens(512, 512) == 85 + 170
    assert tokens(1024, 1024) == 765, "the vendor's own example"
    assert tokens(2048, 4096) == 1105, "the vendor's own example"
    assert image_tokens([Image("image/png", b"\x89PNG\r\n\x1a\n")]) > 0
