from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.go import sites

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

TREE = {
    "go.mod": "// the shop\nmodule example.com/shop\n\ngo 1.24\n\n"
    "replace example.com/forked v1.2.3 => ./third/forked\nreplace (\n\texample.com/b => ../out\n)\n",
    "main.go": "package main",
    "cart/cart.go": "package cart",
    "cart/item.go": "package cart",
    "cart/cart_test.go": "package cart",
    "third/forked/go.mod": "module example.com/original",
    "third/forked/f.go": "package forked",
    "tools/go.mod": 'module "example.com/tools"',
    "tools/gen/gen.go": "package gen",
    "vendor/gopkg.in/yaml/yaml.go": "package yaml",
    "vendor/gopkg.in/yaml/inner/i.go": "package inner",
}
CART = ["cart/cart.go", "cart/item.go"]

CASES = [
    ('import "example.com/shop/cart"', CART),
    ('import c "example.com/shop/cart"', CART),
    ('import (\n\t"fmt"\n\n\t// the cart\n\t. "example.com/shop/cart"\n)', CART),
    ('import ("fmt"; _ "example.com/shop/cart")', CART),
    ('import "fmt"\nimport `example.com/shop/cart`', CART),
    ('/*\nimport "C"\n*/\nimport "example.com/shop/cart" // why', CART),
    ('import "example.com/forked"', ["third/forked/f.go"]),
    ('import "example.com/original"', ["third/forked/f.go"]),
    ('import "example.com/tools/gen"', ["tools/gen/gen.go"]),
    ('import "gopkg.in/yaml"', ["vendor/gopkg.in/yaml/yaml.go"]),
    ('import "../cart"', CART),
    ('import "fmt"; import "example.com/shopping"; import "example.com/b/x"', []),
    ('// import "example.com/shop/cart"', []),
    ('var s = `\nimport "example.com/shop/cart"\n`', []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_import_means_the_packages_files_but_its_tests(
    needs: Needs, text: str, expected: list[str]
) -> None:
    assert needs({**TREE, "app/a.go": f"package app\n\n{text}\n"}, "app/a.go") == expected


def test_vendored_packages_import_each_other(needs: Needs) -> None:
    path = "vendor/gopkg.in/yaml/yaml.go"
    tree = {**TREE, path: 'package yaml\nimport "gopkg.in/yaml/inner"'}
    assert needs(tree, path) == ["vendor/gopkg.in/yaml/inner/i.go"]


def test_a_module_sees_its_own_packages_before_a_vendored_copy(needs: Needs) -> None:
    tree = {
        **TREE,
        "vendor/example.com/tools/gen/gen.go": "package gen",
        "tools/main.go": 'package main\nimport "example.com/tools/gen"',
    }
    assert needs(tree, "tools/main.go") == ["tools/gen/gen.go"]


def test_the_files_of_a_package_are_one_unit_and_tests_need_what_they_test(link: Link) -> None:
    graph = link({**TREE, "cart/other_test.go": "package cart_test"})
    edges = [(graph.paths[a], graph.paths[b]) for a, b in graph.edges]
    assert edges == [
        ("cart/cart.go", "cart/item.go"),
        ("cart/cart_test.go", "cart/cart.go"),
        ("cart/item.go", "cart/cart.go"),
        ("cart/other_test.go", "cart/cart.go"),
    ]
    assert graph.lazy == set(graph.edges)


def test_a_package_of_the_module_that_is_not_there_is_unresolved(link: Link) -> None:
    text = 'package a\nimport ("fmt"; "example.com/shop/gone"; "github.com/x/y")'
    graph = link({**TREE, "a/a.go": text})
    assert graph.imports == (0, 2, 1)


def test_reading_stops_at_the_first_declaration() -> None:
    source = b'package a\nimport "b"\nfunc f() {}\nimport "c"\n'
    assert [(site.target, source[site.offset :][:3]) for site in sites(source)] == [("b", b'"b"')]


def test_the_modules_of_a_workspace_import_each_other(needs: Needs) -> None:
    tree = {
        "go.work": "go 1.24\nuse (\n\t./api\n\t./web\n)\nreplace example.com/old => ./api\n",
        "api/go.mod": "module example.com/api",
        "api/v1/types.go": "package v1",
        "web/go.mod": "module example.com/web",
        "web/main.go": 'package main\nimport ("example.com/api/v1"; "example.com/old/v1")',
    }
    assert needs(tree, "web/main.go") == ["api/v1/types.go"]
