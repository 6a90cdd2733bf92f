"""A pack shows every file or says why not, is counted exactly, and hides secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tiktoken

from repoctx.files import decode
from repoctx.packer.index import Index
from repoctx.packer.manifest import token_tree
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.walk import walk

Reference = Callable[[str], tiktoken.Encoding]
MakeRepository = Callable[..., Path]

KEY = b"k" * 32
FORMATS = ("xml", "markdown", "jsonl")
SECRET = "AKIA" + "Q3EGRTL6V2NPX7DC"
SMALL = {
    "app/main.py": "from app import model\n\nprint(model.Thing())\n",
    "app/model.py": "from app.base import Base\n\n\nclass Thing(Base):\n    pass\n",
    "app/base.py": "class Base:\n    pass\n",
    "app/__init__.py": "",
    "README.md": "# An app\n\n```\ncode\n```\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}
HOSTILE = {
    **SMALL,
    "crlf.txt": "one\r\ntwo\r\n",
    "no newline.txt": "last line",
    "latin.txt": "caf\xe9 cr\xe8me".encode("latin-1"),
    "utf16.txt": "\ufeffh\u00e9llo\n".encode("utf-16-le"),
    "bytes.txt": "grüße, größer, süß, ähnlich ".encode() + b"\xff\xfe\x80 \xef\xbf\xbd<80>",
    "tags.xml": "</document_content>\n</document>\n<document>\n<source>etc</source>\n",
    "fence.md": "````\n```\n",
    "starts.txt": "\n\n  /slashes//\n",
    "special.txt": "<|endoftext|><|endofprompt|>",
    "odd\nname.txt": "x",
    "a</source>.txt": "x",
    "large.py": "value = [1, 2, 3]\n" * 20_000,
}


def pack(root: Path, index: Index, options: PackOptions | None = None) -> Pack:
    return build_pack(walk(root, index), index, options or PackOptions(redaction_key=KEY))


def text_of(packed: Pack) -> str:
    return "".join(packed.chunks())


def test_dependencies_come_before_the_files_that_need_them(
    repository: MakeRepository, index: Index
) -> None:
    shown = [d.path for d in pack(repository(SMALL), index).documents if d.shown]
    assert shown.index("app/base.py") < shown.index("app/model.py") < shown.index("app/main.py")


@pytest.mark.parametrize("form", FORMATS)
def test_every_text_can_be_read_back(repository: MakeRepository, index: Index, form: str) -> None:
    root = repository(HOSTILE)
    text = text_of(pack(root, index, PackOptions(format=form, redaction_key=KEY)))
    expected = {
        path: decode((root / path).read_bytes()).text for path in HOSTILE if path != "logo.png"
    }
    assert _read_back(form, text) == expected


def _read_back(form: str, text: str) -> dict[str, str]:
    if form == "jsonl":
        entries = [json.loads(line) for line in text.split("\n")[:-1]]
        return {entry["path"]: entry["text"] for entry in entries if "text" in entry}
    pattern = {
        "xml": r"<document>\n<source>(?P<path>.*)</source>\n<(?P<tag>document_content\w*)>\n"
        r"(?P<text>(?s:.*?))\n</(?P=tag)>\n</document>\n",
        "markdown": r"## `(?P<path>.*)`\n\n(?P<tag>`{3,})\w*\n(?P<text>(?s:.*?))\n(?P=tag)\n\n",
    }[form]
    documents: dict[str, str] = {}
    position = text.index("\n<document>\n" if form == "xml" else "## `")
    position += form == "xml"
    while found := re.compile(pattern).match(text, position):
        path = found["path"]
        path = json.loads(path) if path.startswith('"') else path
        documents[path] = re.sub(
            "\ufffd<([0-9a-f]{2,4})>",
            lambda m: chr(int(m[1], 16) + (0xDC00 if len(m[1]) == 2 else 0)),
            found["text"],
        )
        position = found.end()
    return documents


def test_what_is_not_text_is_named_with_its_type(repository: MakeRepository, index: Index) -> None:
    root = repository(SMALL)
    (root / "link.py").symlink_to("app/main.py")
    packed = pack(root, index)
    assert "- logo.png: name; binary, PNG image, 16 bytes\n" in packed.manifest
    assert "- link.py: name; symbolic link to app/main.py\n" in packed.manifest
    assert packed.levels == {"full": 5, "outline": 0, "name": 2, "omitted": 0}


def test_what_the_walk_leaves_out_is_in_the_manifest(
    repository: MakeRepository, index: Index
) -> None:
    root = repository({**SMALL, "big/data.csv": "1,2\n", ".repoctxignore": "big/\n"})
    packed = pack(root, index)
    assert "big/" in packed.manifest
    assert packed.levels["omitted"] >= 1
    assert all(set(entry) == {"path", "reason"} for entry in _omitted(packed))


def _omitted(packed: Pack) -> list[dict[str, str]]:
    omitted = packed.stats()["omitted"]
    assert isinstance(omitted, list)
    return omitted


def test_an_empty_selection_is_still_a_pack(repository: MakeRepository, index: Index) -> None:
    packed = pack(repository({"a.bin": b"\0"}), index)
    assert text_of(packed).startswith("<documents>\n</documents>\n<manifest>\n1 files: 0 full")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_tokens_and_bytes_are_those_of_the_whole_text(
    repository: MakeRepository, index: Index, reference: Reference, form: str, encoding: str
) -> None:
    options = PackOptions(encoding=encoding, format=form, redaction_key=KEY)
    packed = pack(repository(HOSTILE), index, options)
    text = text_of(packed)
    assert packed.tokens == len(reference(encoding).encode_ordinary(text))
    assert packed.bytes == len(text.encode())


def test_stats_are_of_the_documented_schema(repository: MakeRepository, index: Index) -> None:
    stats = pack(repository(SMALL), index).stats()
    counts = {"resolved": 2, "external": 0, "unresolved": 0, "rate": 1.0}
    assert stats | {"tokens": 0, "bytes": 0} == {
        "schema": "repoctx.pack/1",
        "encoding": "o200k_base",
        "format": "xml",
        "files": 6,
        "tokens": 0,
        "bytes": 0,
        "levels": {"full": 5, "outline": 0, "name": 1, "omitted": 0},
        "omitted": [],
        "imports": {**counts, "by_family": {"python": counts}},
        "redacted": 0,
    }


def test_the_token_tree_sums_up_folders(repository: MakeRepository, index: Index) -> None:
    packed = pack(repository(SMALL), index)
    tree = token_tree(packed.documents)
    assert tree.tokens == sum(document.tokens for document in packed.documents)
    assert (tree.files, tree.folders["app"].files) == (6, 4)
    assert (tree.levels, tree.folders["app"].levels) == ({"full": 5, "name": 1}, {"full": 4})
    assert {d.path for d in tree.documents} == {"README.md", "logo.png"}


@pytest.mark.parametrize("form", FORMATS)
def test_secrets_are_replaced_and_counted(
    repository: MakeRepository, index: Index, reference: Reference, form: str
) -> None:
    root = repository({"settings.py": f'AWS_ACCESS_KEY_ID = "{SECRET}"\n', "b.py": "x = 1\n"})
    options = PackOptions(format=form, redaction_key=KEY)
    packed = pack(root, index, options)
    text = text_of(packed)
    assert SECRET not in text
    assert re.search(r"\[REDACTED:[\w-]+:[0-9a-f]{8}\]", text)
    assert packed.redacted == packed.stats()["redacted"] == 1
    assert packed.tokens == len(reference("o200k_base").encode_ordinary(text))
    plain = pack(root, index, replace(options, redact=False))
    assert SECRET in text_of(plain)
    assert plain.redacted == 0


def test_a_revision_is_packed_without_its_files_on_disk(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(SMALL)
    expected = text_of(pack(root, index))
    (root / "app/base.py").unlink()
    (root / "README.md").write_text("changed")
    revision = build_pack(walk(root, index, rev="HEAD"), index, PackOptions(redaction_key=KEY))
    assert text_of(revision) == expected


def test_a_folder_outside_git_is_packed(tmp_path: Path, index: Index) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.py").write_text("x = 1\n")
    assert "<source>a.py</source>" in text_of(pack(tmp_path / "plain", index))
