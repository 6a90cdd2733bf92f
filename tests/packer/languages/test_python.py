from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.python import sites

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

TREE = {
    "setup.py": "",
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "",
    "src/shop/fast.pyi": "",
    "src/shop/tax/__init__.py": "",
    "src/shop/tax/rates.py": "",
    "src/spaces/deep/__init__.py": "",
    "src/spaces/deep/end.py": "",
    "tools/helper.py": "",
    "tools/random.py": "",
    "tests/__init__.py": "",
    "tests/support.py": "",
    "types/json.py": "",
}

CASES = [
    ("tests/test_a.py", "import shop", "src/shop/__init__.py"),
    ("tests/test_a.py", "import shop.cart as cart, os", "src/shop/cart.py"),
    ("tests/test_a.py", "from shop import cart", "src/shop/cart.py"),
    ("tests/test_a.py", "from shop import Cart", "src/shop/__init__.py"),
    ("tests/test_a.py", "from shop import *", "src/shop/__init__.py"),
    ("tests/test_a.py", "from shop.cart import Cart", "src/shop/cart.py"),
    (
        "tests/test_a.py",
        "from shop.tax import (\n  rates,  # (the)\n  other)",
        "src/shop/tax/rates.py",
    ),
    ("tests/test_a.py", "from shop \\\n  import cart", "src/shop/cart.py"),
    ("tests/test_a.py", "import os; import shop.cart", "src/shop/cart.py"),
    ("tests/test_a.py", "def f():\n\tfrom shop import cart", "src/shop/cart.py"),
    ("tests/test_a.py", "import shop.fast", "src/shop/fast.pyi"),
    ("tests/test_a.py", "from tests.support import x", "tests/support.py"),
    ("tests/test_a.py", "from .support import x", "tests/support.py"),
    ("tests/test_a.py", "from spaces.deep import end", "src/spaces/deep/end.py"),
    ("tests/test_a.py", "import spaces.deep.end", "src/spaces/deep/end.py"),
    ("src/shop/cart.py", "from . import tax", "src/shop/tax/__init__.py"),
    ("src/shop/cart.py", "from .tax import rates", "src/shop/tax/rates.py"),
    ("src/shop/cart.py", "from .import tax", "src/shop/tax/__init__.py"),
    ("src/shop/tax/rates.py", "from .. import cart", "src/shop/cart.py"),
    ("src/shop/tax/rates.py", "from ..cart import Cart", "src/shop/cart.py"),
    ("tools/run.py", "import helper", "tools/helper.py"),
    ("tools/run.py", "import random", "tools/random.py"),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_an_import_means_the_file_that_python_would_load(
    needs: Needs, path: str, text: str, expected: str
) -> None:
    assert expected in needs({**TREE, path: text}, path)


@pytest.mark.parametrize(
    "text",
    [
        "import json",  # a folder with this name is no reason to doubt the standard library
        "import random",
        "import numpy",
        '"""\nimport shop\n"""',
        "r'''\nfrom shop import cart\n'''",
        '"""An odd \\""" quote\nimport shop\n"""',
        "x = '\"\"\"'\ny = '''\nimport shop\n'''",
        "# import shop",
        ">>> import shop",
        "importlib.import_module('shop')",
        "zipimport = 1\nfrom x",
    ],
)
def test_what_is_not_an_import_of_the_repository_gives_no_edge(needs: Needs, text: str) -> None:
    assert needs({**TREE, "tests/test_a.py": text}, "tests/test_a.py") == []


def test_code_after_a_docstring_is_read(needs: Needs) -> None:
    text = '"""Says """ # """ again\nimport shop\nx = """\n"""\nimport shop.cart\n'
    assert needs({**TREE, "a.py": text}, "a.py") == ["src/shop/__init__.py", "src/shop/cart.py"]


def test_of_two_source_roots_the_nearer_one_is_taken(needs: Needs) -> None:
    tree = {
        "one/app/__init__.py": "",
        "one/app/main.py": "import common",
        "one/common/__init__.py": "",
        "two/app2/__init__.py": "",
        "two/app2/main.py": "import common",
        "two/common/__init__.py": "",
    }
    assert needs(tree, "two/app2/main.py") == ["two/common/__init__.py"]


def test_a_package_that_lacks_the_module_counts_as_unresolved(link: Link) -> None:
    graph = link({**TREE, "a.py": "import shop.gone\nfrom .. import x\nimport numpy\nimport os"})
    assert graph.imports == (0, 2, 2)


def test_indented_imports_are_lazy() -> None:
    found = sites(b"import a\nif TYPE_CHECKING:\n    import b\n")
    assert [(site.target, site.lazy) for site in found] == [("a", False), ("b", True)]


_NAME = st.sampled_from(["a", "b1", "_c", "däta"])
_DOTTED = st.lists(_NAME, min_size=1, max_size=3).map(".".join)
_PLAIN = st.builds("import {}".format, st.lists(_DOTTED, min_size=1, max_size=3).map(", ".join))
_FROM = st.builds(
    "from {}{} import {}{}{}".format,
    st.sampled_from(["", ".", ".."]),
    _DOTTED,
    st.just("("),
    st.lists(_NAME, min_size=1, max_size=3).map(",  # ) import\n ".join),
    st.just(")"),
)
_OTHER = st.sampled_from(
    ['"""\nimport no\n"""', "x = 'import no'", "# import no", "y = '''a'''", "pass", "z = '\\'#'"]
)


@given(st.lists(st.one_of(_PLAIN, _FROM, _OTHER)))
def test_the_scan_finds_what_pythons_own_parser_finds(statements: list[str]) -> None:
    source = "\n".join(statements)
    expected = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            expected += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ",".join(alias.name for alias in node.names)
            expected.append(f"{'.' * node.level}{node.module or ''}:{names}")
    assert sorted(site.target for site in sites(source.encode())) == sorted(expected)


def test_packages_side_by_side_import_each_other_and_share_a_namespace(needs: Needs) -> None:
    tree = {
        "libs/core/pyproject.toml": "",
        "libs/core/src/acme/core/__init__.py": "",
        "libs/core/src/acme/core/cart.py": "",
        "libs/web/pyproject.toml": "",
        "libs/web/src/acme/web/__init__.py": "",
        "libs/web/src/acme/web/page.py": "from acme.core.cart import Cart\nfrom . import gone\n"
        "from acme.web import *\nimport acme.core",
    }
    assert needs(tree, "libs/web/src/acme/web/page.py") == [
        "libs/core/src/acme/core/__init__.py",
        "libs/core/src/acme/core/cart.py",
        "libs/web/src/acme/web/__init__.py",
    ]
