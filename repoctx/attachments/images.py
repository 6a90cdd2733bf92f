"""Images: known by how they begin, and about how many tokens a model takes for one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from repoctx.backends.base import Image
from repoctx.packer.views.assets import pixels

LARGEST = 5_000_000
"""Bytes of one image that all vendors take."""

_TILE_TOKENS, _BASE_TOKENS = 170, 85
_UNKNOWN_TOKENS = _BASE_TOKENS + 8 * _TILE_TOKENS


def image_of(content: bytes) -> Image | None:
    """Return the content as an image when it begins like a PNG, JPEG, GIF or WebP."""
    for kind, magic in (
        ("png", b"\x89PNG\r\n\x1a\n"),
        ("jpeg", b"\xff\xd8\xff"),
        ("gif", b"GIF87a"),
        ("gif", b"GIF89a"),
    ):
        if content.startswith(magic):
            return Image(f"image/{kind}", content)
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return Image("image/webp", content) if is_webp else None


def described(image: Image) -> str:
    """Return the type and, when it can be read, the size: ``image/png, 640x480``."""
    size = pixels("", image.data)
    return f"{image.media_type}, {size[0]}x{size[1]}" if size else image.media_type


def image_tokens(images: Iterable[Image]) -> int:
    """Return about how many tokens the images take: by OpenAI's rule of tiles.

    An image is scaled into 2048x2048, then to a shorter side of at most 768; each tile of 512x512
    takes 170 tokens, and the image 85. Other vendors take about as many (Anthropic pixels / 750).
    https://platform.openai.com/docs/guides/images-vision
    """
    return sum(_tokens(pixels("", image.data)) for image in images)


def _tokens(size: tuple[int, int] | None) -> int:
    if size is None or min(size) < 1:
        return _UNKNOWN_TOKENS
    width, height = size
    scale = min(1.0, 2048 / max(width, height), 768 / min(width, height))
    tiles = math.ceil(width * scale / 512) * math.ceil(height * scale / 512)
    return _BASE_TOKENS + tiles * _TILE_TOKENS
