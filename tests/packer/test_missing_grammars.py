"""No grammar is indispensable: without any one of them, a pack under a budget is whole."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from repoctx.packer.languages.grammars import grammar_of

WORDS = "all work and no play makes a long comment " * 4
COMMENTS = {
    **dict.fromkeys(("py", "rb", "sh", "yaml", "toml"), "# {}\n"),
    **dict.fromkeys(("lua", "sql"), "-- {}\n"),
    **dict.fromkeys(("html", "vue"), "<!-- {} -->\n"),
    "css": "/* {} */\n",
    "md": "{}\n",
    "json": "\n",
}
SOURCES = {
    "a.py": "def f():\n    pass\n",
    "a.js": "function f() { return 1 }\n",
    "a.ts": "function f(a: number) { return 1 }\n",
    "a.tsx": "function F() { return <p/> }\n",
    "a.vue": "<script>\nfunction f() { return 1 }\n</script>\n",
    "a.go": "package a\n\nfunc f() {}\n",
    "a.rs": "fn f() {}\n",
    "a.java": "class A { void f() {} }\n",
    "a.kt": "fun f() {}\n",
    "a.scala": "def f() = 1\n",
    "a.c": "int f(void) { return 1; }\n",
    "a.cc": "class A { void f(); };\n",
    "a.cs": "class A { void F() {} }\n",
    "a.rb": "def f\nend\n",
    "a.php": "<?php\nfunction f() {}\n",
    "a.swift": "func f() {}\n",
    "a.lua": "function f()\nend\n",
    "a.sh": "f() { :; }\n",
    "a.html": '<h1 id="a">A</h1>\n',
    "a.css": ".a { color: red }\n",
    "a.sql": "create table a (b int);\n",
    "a.md": "# A\n",
    "a.json": '{"a": 1, "b": [' + "1, " * 400 + "2]}\n",
    "a.yaml": "a: 1\n",
    "a.toml": "[a]\nb = 1\n",
}
LANGUAGES = (
    *("python", "javascript", "typescript", "go", "rust", "java", "kotlin", "scala", "c", "cpp"),
    *("csharp", "ruby", "php", "swift", "lua", "bash", "html", "css", "markdown", "json", "toml"),
)

# Each child has one wheel less; all that the parent has loaded and learnt, but outlines, it takes over.
PACK = """
import os, shutil, sys
from pathlib import Path
from repoctx.packer import parse
from repoctx.packer.index import open_index
from repoctx.packer.pack import PackOptions, build_pack
from repoctx.packer.walk import walk

def pack(cache, budget=None):
    with open_index(cache) as index:
        options = PackOptions(budget=budget, redaction_key=bytes(32))
        return build_pack(walk(root, index), index, options)

root, modules = Path(sys.argv[1]), sys.argv[2:]
whole = pack(root.parent / "cache")
pack(root.parent / "other", 3_000)
for module in modules:
    child = os.fork()
    if child == 0:
        sys.modules[module] = None
        parse._language.cache_clear()
        cache = shutil.copytree(root.parent / "cache", root.parent / module)
        found = pack(cache, 3_000)
        levels = {document.path: str(document.level) for document in found.documents}
        assert len(levels) == len(whole.documents)
        assert list(levels.values()).count("outline") > len(levels) // 2, levels
        assert found.tokens <= 3_000
        os._exit(0)
    failed = os.waitpid(child, 0)[1]
    print(module, "failed" if failed else "packed")
"""


def test_a_pack_under_a_budget_is_whole_without_any_one_grammar(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    for name, text in SOURCES.items():
        comment = COMMENTS.get(name.partition(".")[2], "// {}\n").format(WORDS)
        (root / name).write_text(text + comment * 10)
    modules = sorted({g.module for name in LANGUAGES if (g := grammar_of(name))})
    assert len(modules) >= len(LANGUAGES)
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PACK), str(root), *modules],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        check=False,
    )
    assert result.stdout.split("\n")[:-1] == [f"{module} packed" for module in modules], (
        result.stderr[-2000:]
    )
