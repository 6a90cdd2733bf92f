"""What the packer's tests share: an index, and tiktoken's own encodings, made offline."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiktoken

from repoctx.packer.index import Index, open_index
from repoctx.packer.vocabulary import vocabulary

Reference = Callable[[str], tiktoken.Encoding]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index in a folder of the test's own."""
    with open_index(tmp_path / "cache") as opened:
        yield opened


@pytest.fixture(scope="session")
def reference() -> Reference:
    """A function that makes an encoding exactly as tiktoken does, from the shipped vocabulary.

    It fails when that vocabulary is not the file whose SHA-256 tiktoken pins.
    """

    @functools.cache
    def make(name: str) -> tiktoken.Encoding:
        openai_public = importlib.import_module("tiktoken_ext.openai_public")  # it has no types
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(openai_public, "load_tiktoken_bpe", _load_shipped)
            arguments: dict[str, Any] = getattr(openai_public, name)()
        return tiktoken.Encoding(**arguments)

    return make


def _load_shipped(url: str, expected_hash: str) -> dict[bytes, int]:
    name = url.rpartition("/")[2].removesuffix(".tiktoken")
    ranks = {token: rank for rank, token in enumerate(vocabulary(name).tokens())}
    published = b"".join(b"%s %d\n" % (base64.b64encode(t), rank) for t, rank in ranks.items())
    assert hashlib.sha256(published).hexdigest() == expected_hash
    return ranks
