"""Swift: modules of packages, pods and Xcode projects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

PACKAGE = """// swift-tools-version:5.9
import PackageDescription
let package = Package(
    name: "Shop",
    products: [.library(name: "Shop", targets: ["Shop"])],
    targets: [
        .target(name: "Shop", dependencies: [.product(name: "Log", package: "log")]),
        .target(name: "Kit", path: "Modules/KitSources"),
        .target(name: "Gone"),
        .testTarget(
            name: "ShopTests",
            dependencies: ["Shop"]
        ),
    ]
)
"""
TREE = {
    "Package.swift": PACKAGE,
    "Sources/Shop/Cart.swift": "public final class Cart { struct Line {} }\n",
    "Sources/Shop/Tax.swift": "@frozen public enum Tax {}\nprotocol Taxed {}\n",
    "Modules/KitSources/Button.swift": "@MainActor\nopen class Button {}\n",
    "Pods/Pay/Pay.podspec": "Pod::Spec.new do |s|\n  s.name = 'Pay'\nend\n",
    "Pods/Pay/ios/Payment.swift": "struct Payment {}\n",
    "App/App.xcodeproj/project.pbxproj": "",
    "App/App/Screen.swift": "struct Screen {}\n",
}

CASES = [
    (
        "Tests/ShopTests/A.swift",
        "@testable import Shop\nlet c = Cart()",
        ["Sources/Shop/Cart.swift"],
    ),
    ("Tests/ShopTests/A.swift", "import enum Shop.Tax\nvar t: Tax", ["Sources/Shop/Tax.swift"]),
    ("Sources/Shop/A.swift", "public import Kit\nButton()", ["Modules/KitSources/Button.swift"]),
    ("Sources/Shop/A.swift", "class A: Cart {}", ["Sources/Shop/Cart.swift"]),
    ("Tests/ShopTests/A.swift", "let c = Cart()", []),
    (
        "App/App/A.swift",
        "import Pay\nPayment(); Screen()",
        ["App/App/Screen.swift", "Pods/Pay/ios/Payment.swift"],
    ),
    ("Tests/ShopTests/A.swift", "/*\nimport Shop\n*/\nlet c = Cart()", []),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_an_import_means_the_modules_files_whose_types_are_mentioned(
    needs: Needs, path: str, text: str, expected: list[str]
) -> None:
    assert needs({**TREE, path: text}, path) == expected


def test_imports_are_counted_by_where_they_lead(link: Link) -> None:
    text = "import Foundation\nimport Shop\nimport Gone\n"
    graph = link({**TREE, "Tests/ShopTests/A.swift": text})
    assert graph.imports == (1, 2, 1)  # PackageDescription is a library, too


def test_files_of_a_module_that_use_each_other_give_way_in_a_circle(link: Link) -> None:
    graph = link({"Sources/M/A.swift": "class A { B() }", "Sources/M/B.swift": "class B { A() }"})
    assert len(graph.edges) == 2
    assert graph.lazy == set(graph.edges)
