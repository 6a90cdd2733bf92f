"""Bytes as an attachment: what they are decides, not what they are called."""

from __future__ import annotations

from repoctx.attachments.attachment import Attachment
from repoctx.attachments.conversion import pdf_text
from repoctx.attachments.images import LARGEST, image_of
from repoctx.decoding import is_binary
from repoctx.errors import UsageError
from repoctx.packer.views.text import text_of

_PDF_WITHIN = 1024
"""Bytes at the start in which readers look for a PDF's mark."""


def attachment_of(name: str, content: bytes, limit: int) -> Attachment:
    """Return the attachment that these bytes are: image, PDF, notebook or text in any encoding.

    ``limit`` is the setting ``attach_limit``, in bytes. Raises UsageError for what is none of
    these, too large or broken, RefusedError when there is no sandbox in which to read a PDF.
    """
    known = typed_attachment(name, content, limit)
    if known is not None:
        return known
    if is_binary(content):
        raise UsageError(
            f"cannot attach {name}: it is not text, a PDF or an image",
            "attach text, PDF, PNG, JPEG, GIF or WebP",
        )
    return Attachment(name, text_of(name, content))


def typed_attachment(name: str, content: bytes, limit: int) -> Attachment | None:
    """Return the attachment if the bytes begin like an image or a PDF; see ``attachment_of``."""
    check_size(name, len(content), limit)
    image = image_of(content)
    if image is not None:
        if len(content) > LARGEST:
            raise UsageError(
                f"cannot attach {name}: the image is larger than {LARGEST:,} bytes",
                "scale it down; models see no more than about 2000 pixels anyway",
            )
        return Attachment(name, image)
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Attachment(name, pdf_text(name, content, limit))
    return None


def check_size(name: str, size: int, limit: int) -> None:
    """Raise UsageError when so many bytes are more than one attachment may have."""
    if size > limit:
        raise UsageError(
            f"cannot attach {name}: it is larger than {limit:,} bytes",
            "attach a part of it, or raise `repoctx config attach_limit`",
        )
