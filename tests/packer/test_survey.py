"""What is known of a file is not learnt again, and never believed when it is wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from repoctx.errors import CancelledError, RepoctxError
from repoctx.packer.facts import fact_key, from_bytes, to_bytes
from repoctx.packer.index import Index, open_index
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.walk import walk

MakeRepository = Callable[..., Path]

KEY = b"k" * 32
SMALL = {
    "app/main.py": "from app import model\n\nprint(model.Thing())\n",
    "app/model.py": "from app.base import Base\n\n\nclass Thing(Base):\n    pass\n",
    "app/base.py": "class Base:\n    pass\n",
    "app/__init__.py": "",
    "README.md": "# An app\n\n```\ncode\n```\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}
MODULE = '"""Module {n}."""\n\n\n' + "".join(
    f"def function_{i}(first, second):\n" + "    first = first + second * 12\n" * 12 + "\n\n"
    for i in range(6)
)
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


def modules(count: int) -> dict[str, str]:
    return {f"pkg{n % 3}/module_{n:02}.py": MODULE.replace("{n}", str(n)) for n in range(count)}


def test_a_warm_pack_reads_no_file_and_loads_no_tokenizer(
    repository: MakeRepository, tmp_path: Path
) -> None:
    root = repository(modules(9))
    code = (
        "import shutil, sys; from pathlib import Path\n"
        "from repoctx.packer.index import open_index; from repoctx.packer.walk import walk\n"
        "from repoctx.packer.pack import PackOptions, build_pack\n"
        "root, cache = map(Path, sys.argv[1:3])\n"
        "with open_index(cache) as index:\n"
        "    snapshot = walk(root, index)\n"
        "    if sys.argv[3:]: shutil.rmtree(root / 'pkg0')\n"
        "    budget = PackOptions(redaction_key=bytes(32), budget=3000)\n"
        "    packs = [build_pack(snapshot, index, o) for o in (PackOptions(), budget)]\n"
        "    print([pack.tokens for pack in packs], 'regex' in sys.modules)\n"
    )
    cold = [sys.executable, "-c", code, str(root), str(tmp_path / "cache")]
    first = subprocess.run(cold, capture_output=True, text=True, check=True).stdout
    second = subprocess.run([*cold, "warm"], capture_output=True, text=True, check=True).stdout
    assert first.endswith("True\n")
    assert second == first.replace("True", "False")


def test_after_an_edit_only_that_file_is_read(repository: MakeRepository, index: Index) -> None:
    root = repository(modules(9))
    before = pack(root, index)
    (root / "pkg0/module_00.py").write_text("changed = True\n")
    snapshot = walk(root, index)
    shutil.rmtree(root / "pkg1")
    after = build_pack(snapshot, index, PackOptions(redaction_key=KEY))
    assert after.tokens < before.tokens


def test_after_an_edit_tiktoken_is_not_loaded(repository: MakeRepository, tmp_path: Path) -> None:
    root = repository(modules(99))
    code = (
        "import sys; from pathlib import Path\n"
        "from repoctx.packer.index import open_index; from repoctx.packer.walk import walk\n"
        "from repoctx.packer.pack import PackOptions, build_pack\n"
        "with open_index(Path(sys.argv[2])) as index:\n"
        "    pack = build_pack(walk(Path(sys.argv[1]), index), index, PackOptions())\n"
        "print(pack.tokens, 'tiktoken' in sys.modules)\n"
    )

    def run(cache: str) -> str:
        command = [sys.executable, "-c", code, str(root), str(tmp_path / cache)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run("cache").endswith("True\n")
    (root / "pkg0/module_00.py").write_text("changed = True\n" + MODULE)
    warm = run("cache")
    assert warm.endswith("False\n")
    assert run("another cache") == warm.replace("False", "True")


def test_what_was_learnt_survives_an_interruption(repository: MakeRepository, index: Index) -> None:
    root = repository({f"{n:03}.py": f"x = {n}\n" for n in range(200)})
    reports: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        reports.append((done, total))
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        pack(root, index, PackOptions(redaction_key=KEY, progress=stop))
    pack(root, index, PackOptions(redaction_key=KEY, progress=lambda *p: reports.append(p)))
    assert reports[0][1] == 200
    assert reports[-1][0] == reports[-1][1] < 200


def test_a_pack_is_the_same_wherever_and_whenever_it_is_made(
    repository: MakeRepository, tmp_path: Path
) -> None:
    texts = set()
    for name, budget in (("here", None), ("elsewhere", None), ("here", None)):
        root = repository(HOSTILE, name=name, commit=not (tmp_path / name).exists())
        with open_index(tmp_path / f"{name}.cache") as index:
            texts.add(text_of(pack(root, index, PackOptions(redaction_key=KEY, budget=budget))))
    assert len(texts) == 1


def test_a_file_that_changed_since_is_an_error_that_names_it(
    repository: MakeRepository, index: Index
) -> None:
    root = repository(SMALL)
    packed = pack(root, index)
    (root / "app/base.py").write_text("changed\n")
    with pytest.raises(RepoctxError, match=r"app/base\.py changed"):
        text_of(packed)


def test_a_wrong_count_in_the_cache_is_noticed_and_made_anew(
    repository: MakeRepository, index: Index
) -> None:
    root = repository({"a.py": "x = 1\n"})
    options = PackOptions(redaction_key=KEY)
    right = text_of(pack(root, index, options))
    (file,) = walk(root).files
    facts = from_bytes(index.facts(options.scope.kind, [fact_key(file)])[fact_key(file)])
    assert facts is not None
    index.remember(options.scope.kind, {fact_key(file): to_bytes(replace(facts, bytes=7))})
    with pytest.raises(RepoctxError, match=r"a\.py is not as it was counted"):
        text_of(pack(root, index, options))
    assert text_of(pack(root, index, options)) == right
