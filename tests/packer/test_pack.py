"""A pack shows every file or says why not, is counted exactly, and is the same every time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiktoken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.errors import CancelledError, RepoctxError, UsageError
from repoctx.files import decode
from repoctx.packer.facts import fact_key, from_bytes, to_bytes
from repoctx.packer.index import Index, open_index
from repoctx.packer.manifest import token_tree
from repoctx.packer.pack import Pack, PackOptions, build_pack
from repoctx.packer.walk import walk

Reference = Callable[[str], tiktoken.Encoding]
MakeRepository = Callable[..., Path]

KEY = b"k" * 32
FORMATS = ("xml", "markdown", "jsonl")
SECRET = "AKIA" + "Q3EGRTL6V2NPX7DC"
MODULE = '"""Module {n}."""\n\n\n' + "".join(
    f"def function_{i}(first, second):\n" + "    first = first + second * 12\n" * 12 + "\n\n"
    for i in range(6)
)
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


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with open_index(tmp_path / "cache") as opened:
        yield opened


def pack(root: Path, index: Index, options: PackOptions | None = None) -> Pack:
    return build_pack(walk(root, index), index, options or PackOptions(redaction_key=KEY))


def text_of(packed: Pack) -> str:
    return "".join(packed.chunks())


def modules(count: int) -> dict[str, str]:
    return {f"pkg{n % 3}/module_{n:02}.py": MODULE.replace("{n}", str(n)) for n in range(count)}


# What is shown


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


# Counting


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
    assert stats | {"tokens": 0, "bytes": 0} == {
        "schema": "repoctx.pack/1",
        "encoding": "o200k_base",
        "format": "xml",
        "files": 6,
        "tokens": 0,
        "bytes": 0,
        "levels": {"full": 5, "outline": 0, "name": 1, "omitted": 0},
        "omitted": [],
        "imports": {"resolved": 2, "external": 0, "unresolved": 0},
        "redacted": 0,
    }


def test_the_token_tree_sums_up_folders(repository: MakeRepository, index: Index) -> None:
    packed = pack(repository(SMALL), index)
    tree = token_tree(packed.documents)
    assert tree.tokens == sum(document.tokens for document in packed.documents)
    assert (tree.files, tree.folders["app"].files) == (6, 4)
    assert {d.path for d in tree.documents} == {"README.md", "logo.png"}


# The cache


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
        "    print([pack.tokens for pack in packs], 'tiktoken' in sys.modules)\n"
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


# Secrets


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


def test_an_outline_shows_no_secret(repository: MakeRepository, index: Index) -> None:
    leak = f'def connect(key="{SECRET}"):\n' + "    key = key + key\n" * 400
    root = repository({"leak.py": leak, "b.py": leak.replace(SECRET, "none")})
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=900))
    assert packed.levels["outline"] >= 1
    assert SECRET not in text_of(packed)


# Budgets


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Index]]:
    """A repository whose pack has about 40,000 tokens, with its index."""
    root = tmp_path_factory.mktemp("many")
    files = {**modules(30), "uv.lock": "x 1.2.3\n" * 500, "README.md": "# Many\n"}
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    (root / "image.png").write_bytes(b"\x89PNG\0")
    with open_index(tmp_path_factory.mktemp("cache")) as opened:
        yield root, opened


@pytest.mark.parametrize("form", FORMATS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(budget=st.integers(0, 45_000) | st.integers(100, 1_500))
def test_a_budget_is_never_exceeded(
    many: tuple[Path, Index], reference: Reference, form: str, budget: int
) -> None:
    root, index = many
    options = PackOptions(format=form, redaction_key=KEY, budget=budget)
    try:
        packed = pack(root, index, options)
    except UsageError as error:
        assert budget < 400
        least = int(re.findall(r"\d+", error.hint)[0])
        packed = pack(root, index, replace(options, budget=least))
        budget = least
    text = text_of(packed)
    assert packed.tokens == len(reference("o200k_base").encode_ordinary(text)) <= budget
    assert packed.bytes == len(text.encode())
    assert sum(packed.levels.values()) == 33


def test_a_budget_gives_outlines_before_names_and_says_so(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=12_000))
    assert packed.levels["outline"] > 5
    assert packed.levels["omitted"] == 0
    assert re.search(
        r"- pkg\d/module_\d\d\.py: outline; budget; \d+ tokens in full", text_of(packed)
    )
    assert packed.tokens > 11_000


def test_a_lock_file_gives_way_first_and_the_manifest_says_why(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=26_000))
    assert "- uv.lock: name; budget, lock; " in packed.manifest


def test_files_that_cannot_even_be_named_are_summed_up_by_folder(
    repository: MakeRepository, index: Index
) -> None:
    root = repository({f"data{n % 2}/deep/file_{n:04}.txt": "word " * 50 for n in range(400)})
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=3_000))
    assert re.search(r"- data0/deep/: \d+ files omitted; budget; \d+ tokens", packed.manifest)
    assert packed.levels["omitted"] > 200
    assert len(_omitted(packed)) == packed.levels["omitted"]


def test_what_is_relevant_to_the_question_is_full(many: tuple[Path, Index]) -> None:
    root, index = many
    relevance = {"pkg1/module_10.py": 3.0, "pkg2/module_20.py": 1.0}
    options = PackOptions(redaction_key=KEY, budget=7_000, relevance=relevance)
    levels = {d.path: d.level for d in pack(root, index, options).documents}
    assert levels["pkg1/module_10.py"] == levels["pkg2/module_20.py"] == "full"


def test_a_large_budget_changes_nothing(many: tuple[Path, Index]) -> None:
    root, index = many
    whole = pack(root, index)
    bounded = pack(root, index, PackOptions(redaction_key=KEY, budget=whole.tokens))
    assert text_of(bounded) == text_of(whole)


def test_a_budgeted_pack_is_the_same_cold_and_warm(
    many: tuple[Path, Index], tmp_path: Path
) -> None:
    root, warm = many
    for budget in (1_000, 5_000, 20_000):
        options = PackOptions(redaction_key=KEY, budget=budget)
        pack(root, warm, replace(options, budget=budget + 700))  # knows other outlines
        with open_index(tmp_path / str(budget)) as cold:
            assert text_of(pack(root, cold, options)) == text_of(pack(root, warm, options))


# Explaining


def test_a_level_is_explained(many: tuple[Path, Index]) -> None:
    root, index = many
    packed = pack(root, index, PackOptions(redaction_key=KEY, budget=12_000))
    path = next(d.path for d in packed.documents if d.level == "outline")
    explained = packed.explain(path)
    assert explained.startswith(f"{path}: outline, budget\ntokens: ")
    assert "kind: source; needed by 0 files" in explained


def test_a_path_without_a_level_is_an_error(many: tuple[Path, Index]) -> None:
    root, index = many
    with pytest.raises(UsageError, match=r"no/such\.py has no level"):
        pack(root, index).explain("no/such.py")


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
