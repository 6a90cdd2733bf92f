"""C#: namespaces, projects and what a file mentions of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.csharp import about

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

M = "src/Shop.Model/"
TREE = {
    M + "Shop.Model.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>',
    M
    + "Cart.cs": "namespace Shop.Model;\n\npublic sealed class Cart<T> : Base\n{\n    class Line {}\n}\n",
    M + "Tax.cs": "namespace Shop.Model\n{\n    [Serializable] public static class Tax { }\n"
    "    public enum Rate { Low }\n    public delegate void Changed(int a);\n}\n",
    M + "Texts.cs": "namespace Shop.Model.Text {\n\tstatic class Texts {\n"
    "\t\tpublic static string Shortened<T>(this T text) => 1;\n\t}\n}\n",
    M + "Form.cs": "namespace Shop.Model;\npublic partial class Form {}\n",
    M + "Form.Designer.cs": "namespace Shop.Model;\npartial class Form {}\n",
    "old/Shop.Old.csproj": "<Project></Project>",
    "old/Cart.cs": "namespace Shop.Model {\n  public class Cart { }\n}",
    "app/App.csproj": '<Project><ItemGroup>\n<ProjectReference\n Include="..\\src\\Shop.Model\\Shop.Model.csproj" />'
    "</ItemGroup></Project>",
    "app/Usings.cs": "global using Shop.Model.Text;\n",
}

CASES = [
    ("using Shop.Model;\nclass A { Cart<int> c; }", [M + "Cart.cs"]),
    ("using Shop.Model;\nclass A { Rate r; Changed c; }", [M + "Tax.cs"]),
    ("using Shop.Model;\nclass A : Form { }", [M + "Form.cs"]),
    ("using static Shop.Model.Tax;\nclass A {}", [M + "Tax.cs"]),
    ("using T = Shop.Model.Tax;\nclass A {}", [M + "Tax.cs"]),
    ("using L = Shop.Model.Cart<int>.Line;\nclass A {}", [M + "Cart.cs"]),
    ("using Shop.Model.Text;\nclass A { string s = x.Shortened(); }", [M + "Texts.cs"]),
    ("class A { string s = x.Shortened(); }", [M + "Texts.cs"]),
    ("namespace Shop.Model.Inner;\nclass A { Tax t; }", [M + "Tax.cs"]),
    ("// using Shop.Model;\nclass A { Tax t; }", []),
    ("using System;\nusing Shop.Model;\nclass A { void F() { using var Cart = Open(); } }", None),
    ("class A { void F() {\n using (var t = new Tax()) { }\n using var x = Tax; } }", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_using_means_the_files_whose_types_the_file_mentions(
    needs: Needs, text: str, expected: list[str] | None
) -> None:
    found = needs({**TREE, "app/A.cs": text}, "app/A.cs")
    assert found == (expected if expected is not None else [M + "Cart.cs"])


def test_of_two_types_with_one_name_the_referenced_projects_is_meant(needs: Needs) -> None:
    tree = {**TREE, "old/Use.cs": "using Shop.Model;\nclass U { Cart c; Tax t; }"}
    assert needs(tree, "old/Use.cs") == ["old/Cart.cs", M + "Tax.cs"]


def test_usings_are_counted_by_where_they_lead(link: Link) -> None:
    text = "using System;\nusing Newtonsoft.Json;\nusing Shop.Model;\nusing Shop.Model.Gone;\nusing Shop;\n"
    graph = link({**TREE, "app/A.cs": text, "app/Usings.cs": ""})
    assert graph.imports == (
        2,
        2,
        1,
    )  # a namespace of which nothing is used is resolved all the same


def test_a_stand_in_for_a_librarys_type_does_not_make_the_library_the_repositorys(
    link: Link,
) -> None:
    tree = {
        "Init.cs": "namespace System.Runtime {\n  class IsExternalInit {}\n}",
        "A.cs": "using System.Runtime;\nusing System.Runtime.Text;\nclass A {}",
    }
    assert link(tree).imports == (0, 2, 0)


def test_only_types_outside_of_types_are_defined() -> None:
    source = b"namespace N {\n    class A {\n        class B {}\n        A(this.x);\n    }\n}\n"
    assert about(source)["names"] == ["A"]
    source = b"namespace N;\nrecord struct A(int X);\nclass C\n{\n    enum B {}\n}\n"
    assert about(source)["names"] == ["A", "C"]
