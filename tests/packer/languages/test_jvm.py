from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

J = "core/src/main/java/org/shop/"
K = "app/src/main/kotlin/org/shop/app/"
S = "scala/src/"
TREE = {
    J + "Cart.java": "/* license */\npackage org.shop;\n\npublic class Cart { class Item {} }",
    J + "Tax.java": "package org.shop;",
    J + "tax/Rates.java": "package org.shop.tax;",
    K + "Main.kt": "package org.shop.app\n\nclass Main\n",
    K
    + "Text.kt": "package org.shop.app\n\ninternal fun <T : Any> List<T>.joined(): String = TODO()\n"
    "const val LIMIT = 3\nvar state by lazy { 1 }\nfun interface Handler\n",
    S
    + "Model.scala": "package org.shop\npackage model\n\ncase class Order(id: Int)\nobject Orders\n",
    "other/Cart.java": "package org.other;",
}

CASES = [
    ("core/Use.java", "import org.shop.Cart;", [J + "Cart.java"]),
    ("core/Use.java", "import org.shop.Cart.Item;", [J + "Cart.java"]),
    ("core/Use.java", "import static org.shop.Cart.add;", [J + "Cart.java"]),
    ("core/Use.java", "import static org.shop.Cart.*;", [J + "Cart.java"]),
    ("core/Use.java", "import org.shop.*;", [J + "Cart.java", J + "Tax.java"]),
    ("core/Use.java", "// import org.shop.Tax;\nimport org.other.Cart;", ["other/Cart.java"]),
    ("core/Use.java", "/*\nimport org.shop.Tax;\n*/\nimport java.util.List;", []),
    ("core/Use.java", "import org.shop.app.TextKt;", [K + "Text.kt"]),
    (K + "Use.kt", "import org.shop.Cart as Basket", [J + "Cart.java"]),
    (K + "Use.kt", "import org.shop.app.joined", [K + "Text.kt"]),
    (K + "Use.kt", "import org.shop.app.LIMIT", [K + "Text.kt"]),
    (K + "Use.kt", "import org.shop.app.state", [K + "Text.kt"]),
    (K + "Use.kt", "import org.shop.app.Handler", [K + "Text.kt"]),
    (K + "Use.kt", "import org.shop.tax.*", [J + "tax/Rates.java"]),
    (S + "Use.scala", "import org.shop.model.{Order, Orders => Os, _}", [S + "Model.scala"]),
    (S + "Use.scala", "object A {\n  import org.shop.model.Order\n}", [S + "Model.scala"]),
    (S + "Use.scala", "import org.shop.tax._", [J + "tax/Rates.java"]),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_an_import_means_the_file_that_declares_the_name(
    needs: Needs, path: str, text: str, expected: list[str]
) -> None:
    assert needs({**TREE, path: f"package user\n\n{text}\n"}, path) == expected


def test_of_two_classes_with_one_name_the_nearer_one_is_taken(needs: Needs) -> None:
    tree = {
        "a/main/Util.java": "package x;",
        "b/main/Util.java": "package x;",
        "b/test/UtilTest.java": "package x;\nimport x.Util;",
    }
    assert needs(tree, "b/test/UtilTest.java") == ["b/main/Util.java"]


def test_a_class_missing_from_a_package_of_the_repository_is_unresolved(link: Link) -> None:
    text = "package user;\nimport org.shop.Generated;\nimport org.junit.Test;\nimport org.shop.Tax;"
    graph = link({**TREE, "core/Use.java": text})
    assert graph.imports == (1, 1, 1)


def test_a_package_below_one_of_the_repositorys_is_not_taken_for_its_own(link: Link) -> None:
    tree = {"a/View.java": "package com.vendor.ui;", "b/B.java": "import com.vendor.ui.style.Edge;"}
    assert link(tree).imports == (0, 1, 0)


def test_the_modules_of_a_build_import_each_other(needs: Needs) -> None:
    main = "src/main/java/org/shop"
    tree = {
        "settings.gradle": "include ':model', ':web'",
        f"model/{main}/model/Cart.java": "package org.shop.model;",
        "model/src/test/java/org/shop/model/CartTest.java": "package org.shop.model;",
        f"web/{main}/web/Page.java": "package org.shop.web;\nimport org.shop.model.Cart;",
    }
    assert needs(tree, f"web/{main}/web/Page.java") == [f"model/{main}/model/Cart.java"]
