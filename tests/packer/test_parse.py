from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repoctx.packer.parse import (
    SIZE_LIMIT,
    Definition,
    Import,
    Outline,
    outline,
    outline_text,
    syntax_error_line,
)

PYTHON = '''\
"""A shop."""
import os
from shop.cart import Cart

LIMIT: int = 3
names = ["not a constant"]


@dataclass(frozen=True)
class Tax(Base):
    """What is owed.

    More.
    """

    RATE = 0.19

    @property
    def due(
        self,
        net: int,
    ) -> int:
        """In cents."""

        def inner(): ...

        return net


async def run(*args):
    pass
'''


def summary(language: str, source: str) -> str:
    found = outline(language, textwrap.dedent(source).encode())
    assert found is not None
    return " | ".join(f"{d.line} {d.kind} {d.name}" for d in found.definitions)


def text(language: str, source: str) -> str:
    found = outline(language, textwrap.dedent(source).encode())
    assert found is not None
    return outline_text(found)


def test_a_model_reads_signatures_with_line_numbers_indentation_and_docs() -> None:
    assert text("python", PYTHON) == (
        "    5  LIMIT: int = 3\n"
        "   10  @dataclass(frozen=True) class Tax(Base)  # What is owed.\n"
        "   16    RATE = 0.19\n"
        "   19    @property def due(self, net: int) -> int  # In cents.\n"
        "   30  async def run(*args)\n"
    )


def test_an_outline_holds_definitions_and_imports() -> None:
    found = outline("python", PYTHON.encode())
    assert found is not None
    assert found.imports == (Import("os", 2), Import("shop.cart:Cart", 3))
    assert found.definitions[3] == Definition(
        name="Tax.due",
        kind="method",
        line=19,
        end_line=27,
        signature="@property def due(self, net: int) -> int",
        doc="In cents.",
    )


CASES = [
    (
        "javascript",
        """\
        export const LIMIT = 3, b = 2;
        export default class Cart extends Base {
          static async add(item) { return 1; }
          handler = () => {};
          total = 0;
        }
        const load = async (url) => { const inner = 1; };
        function* walk() {}
        exports.run = function (a) {};
        """,
        "1 constant LIMIT | 1 constant b | 2 class Cart | 3 method Cart.add | "
        "4 method Cart.handler | 7 function load | 8 function walk | 9 function exports.run",
    ),
    (
        "typescript",
        """\
        export interface Shape<T> { area(): number; name: string }
        export type Id = string | number;
        enum Color { Red }
        abstract class A implements Shape { private abstract f(a: string): void }
        declare module "x" { function g(): void }
        namespace N { export function h(): void {} }
        """,
        "1 interface Shape | 1 method Shape.area | 1 property Shape.name | 2 type Id | "
        "3 enum Color | 4 class A | 4 method A.f | 5 namespace x | 5 function x.g | "
        "6 namespace N | 6 function N.h",
    ),
    (
        "tsx",
        "export const View = (p: P) => <div>{p.a}</div>;\nfunction App() { return <View/>; }\n",
        "1 function View | 2 function App",
    ),
    (
        "go",
        """\
        package a
        const Pi = 3
        const (
          One = iota
        )
        type Cart[T any] struct { items []T }
        type Shape interface { Area() int }
        func (c *Cart[T]) Add(item T) error { return nil }
        func New() *Cart { return nil }
        """,
        "2 constant Pi | 4 constant One | 6 type Cart | 7 type Shape | 7 method Shape.Area | "
        "8 method Cart.Add | 9 function New",
    ),
    (
        "rust",
        """\
        pub struct Cart<T> { items: Vec<T> }
        pub trait Shape { fn area(&self) -> u8; const N: u8; }
        impl<T> Shape for Cart<T> { fn area(&self) -> u8 { 1 } }
        impl<T> Cart<T> { pub fn new() -> Self { todo!() } }
        mod inner { pub enum E { A } }
        mod elsewhere;
        macro_rules! m { () => {} }
        static S: u8 = 2;
        """,
        "1 struct Cart | 2 trait Shape | 2 method Shape.area | 2 constant Shape.N | "
        "3 impl Cart | 3 method Cart.area | 4 impl Cart | 4 method Cart.new | 5 module inner | "
        "5 enum inner.E | 7 macro m | 8 constant S",
    ),
    (
        "java",
        """\
        public class Cart extends Base {
          static final int LIMIT = 3;
          private int count = 0;
          Cart(int n) {}
          enum Kind { A; void f() {} }
        }
        interface Shape { int area(); }
        record Point(int x) {}
        """,
        "1 class Cart | 2 constant Cart.LIMIT | 4 method Cart.Cart | 5 enum Cart.Kind | "
        "5 method Cart.Kind.f | 7 interface Shape | 7 method Shape.area | 8 record Point",
    ),
    (
        "kotlin",
        """\
        class Cart(val x: Int) : Base() {
            fun add(a: Int): Int {
                return 1
            }

            companion object {
                const val LIMIT = 1
            }
        }

        fun <T> List<T>.joined(): String = ""
        """,
        "1 class Cart | 2 method Cart.add | 6 object Cart.object | "
        "7 constant Cart.object.LIMIT | 11 function joined",
    ),
    (
        "scala",
        """\
        class Cart(x: Int) extends Base { def add(a: Int): Int = 1 }
        object Carts { val Limit = 3 }
        trait Shape { def area: Int }
        enum Color { case Red }
        """,
        "1 class Cart | 1 method Cart.add | 2 object Carts | 2 constant Carts.Limit | "
        "3 trait Shape | 3 method Shape.area | 4 enum Color",
    ),
    (
        "c",
        """\
        #ifndef A_H
        #define A_H
        #define LIMIT 3
        #define MAX(a, b) ((a) > (b))
        struct cart { int n; };
        typedef struct { int x; } point_t;
        char **split(const char *text, int (*f)(int));
        static int add(int a)
        {
            return a;
        }
        #endif
        """,
        "3 constant LIMIT | 4 macro MAX | 5 struct cart | 6 type point_t | 7 function split | "
        "8 function add",
    ),
    (
        "cpp",
        """\
        namespace shop {
        template <typename T> class Cart : public Base {
         public:
          Cart();
          int add(int a) const override;
          int operator+(int) { return 1; }
          int count;
        };
        int Cart::add(int a) const { return a; }
        enum class Color { Red };
        using Id = int;
        }
        """,
        "1 namespace shop | 2 class shop.Cart | 4 method shop.Cart.Cart | "
        "5 method shop.Cart.add | 6 method shop.Cart.operator+ | 9 function shop.Cart.add | "
        "10 enum shop.Color | 11 type shop.Id",
    ),
    (
        "csharp",
        """\
        namespace Shop {
          public class Cart : Base {
            public const int Limit = 3;
            public int Count { get; set; }
            public void Add(int a) { }
          }
          interface IShape { int Area(); }
        }
        """,
        "1 namespace Shop | 2 class Shop.Cart | 3 constant Shop.Cart.Limit | "
        "4 property Shop.Cart.Count | 5 method Shop.Cart.Add | 7 interface Shop.IShape | "
        "7 method Shop.IShape.Area",
    ),
    (
        "ruby",
        """\
        module Shop
          LIMIT = 3
          class Cart < Base
            def add(item)
              1
            end
            def self.empty; end
          end
        end
        """,
        "1 module Shop | 2 constant Shop.LIMIT | 3 class Shop.Cart | 4 method Shop.Cart.add | "
        "7 method Shop.Cart.empty",
    ),
    (
        "php",
        """\
        <?php
        namespace Shop;
        const LIMIT = 3;
        abstract class Cart extends Base { const A = 1; public function add(int $a): void {} }
        trait T { }
        function run() { }
        """,
        "3 constant LIMIT | 4 class Cart | 4 constant Cart.A | 4 method Cart.add | 5 trait T | "
        "6 function run",
    ),
    (
        "bash",
        "LIMIT=3\nreadonly B=2\nlower=1\nrun() { local C=1; }\nfunction stop { :; }\n",
        "1 constant LIMIT | 2 constant B | 4 function run | 5 function stop",
    ),
    (
        "css",
        "@media print { .a { color: red } }\n.b > c, d { x: y }\n@keyframes k { from {} }\n",
        "1 selector .a | 2 selector .b > c, d | 3 keyframes k",
    ),
    (
        "scss",
        "@mixin round($r) {\n  x: $r;\n}\n.card {\n  .inner { y: z }\n}\n",
        "1 mixin round($r) | 4 selector card",
    ),
    (
        "html",
        '<h1 class="x">Hello <b>you</b></h1>\n<div\n id="main"></div>\n',
        "1 heading Hello you | 2 element main",
    ),
    (
        "markdown",
        "# One #\n```\n# code\n```\nTwo\n===\n- item\n---\n### Three\n    # code\n#no\n",
        "1 heading One | 5 heading Two | 9 heading Three",
    ),
    (
        "swift",
        """\
        public class Cart: Base {
          static let LIMIT = 3
          init(a: Int) {}
          func add(_ a: Int) -> Int { 1 }
          subscript(i: Int) -> Int { 1 }
        }
        protocol Shape { func area() -> Int }
        extension Cart: Shape {
          struct Item {}
        }
        actor Till {}
        typealias Id = Int
        func top<T>(_ x: T) {}
        """,
        "1 class Cart | 2 constant Cart.LIMIT | 3 init Cart.init | 4 method Cart.add | "
        "5 subscript Cart.subscript | 7 protocol Shape | 7 method Shape.area | 8 extension Cart | "
        "9 struct Cart.Item | 11 actor Till | 12 type Id | 13 function top",
    ),
    (
        "lua",
        """\
        local LIMIT, low = 3, 4
        local function add(a, b)
        end
        function M.run()
        end
        function M:go() end
        M.x = function() end
        local s = [[
        function no() end
        ]]
        return { each = function() end, n = 1 }
        """,
        "1 constant LIMIT, low | 2 function add | 4 function M.run | 6 function M:go | "
        "7 function M.x | 11 function each",
    ),
    (
        "json",
        '{\n "name": "shop",\n "scripts": {"a": "b"},\n "x": [{"y": 1}]\n}\n',
        "2 key name | 3 key scripts | 4 key x",
    ),
    (
        "yaml",
        "# head\nname: shop\non:\n  push:\n'a b': |\n  x: y\n- z: 1\nurl:x\n",
        "2 key name | 3 key on | 5 key a b",
    ),
    (
        "toml",
        'x = 1\n[a.b]\nc = """\n[no]\n"""\n[[f]]\ng = 1\n',
        "1 key x | 2 table a.b | 6 table f",
    ),
    (
        "objc",
        "@interface Cart : NSObject\n- (void)add:(int)a;\n@end\n@implementation Cart\n"
        "+ (id)make {\n}\n@end\n",
        "1 interface Cart | 2 method add | 4 implementation Cart | 5 method make",
    ),
    (
        "groovy",
        "class Cart extends Base {\n  private def add(int a) {\n  }\n}\ntask clean(type: X) {\n}\n",
        "1 class Cart | 2 def add | 5 task clean",
    ),
    (
        "component",
        '<template>\n  <p>function no() {}</p>\n</template>\n<script setup lang="ts">\n'
        "function add(a: number): number { return a }\n</script>\n<style>\n.a {}\n</style>\n",
        "5 function add",
    ),
    (
        "sql",
        "CREATE TABLE IF NOT EXISTS shop.cart (\n id int\n);\ncreate or replace view v as x;\n",
        "1 table shop.cart | 4 view v",
    ),
]


@pytest.mark.parametrize(("language", "source", "expected"), CASES, ids=[c[0] for c in CASES])
def test_the_definitions_of_each_language_are_found(
    language: str, source: str, expected: str
) -> None:
    assert summary(language, source) == expected


def test_signatures_stop_at_the_body_and_keep_short_values() -> None:
    source = """\
    /** Adds. */
    export function add(
      a: number,
      b: number,
    ): number { return a + b }
    // One.
    // Two.
    const TABLE = [%s];
    // Far away.

    type Id = { a: string };
    """
    long = source % ("1, " * 40)
    assert text("typescript", long) == (
        "    2  export function add(a: number, b: number): number  # Adds.\n"
        "    8  const TABLE  # One.\n"
        "   11  type Id = { a: string }\n"
    )


@pytest.mark.parametrize("language", ["python", "javascript", "c", "rust", "markdown", "html"])
def test_what_cannot_be_parsed_has_no_outline_or_an_empty_one(language: str) -> None:
    for source in (b"", b"\0\xff\xfe", b")]}" * 50, b"\xff" * 100):
        found = outline(language, source)
        assert found is None or len(found.definitions) <= 1


def test_a_file_that_is_too_large_or_in_an_unknown_language_has_no_outline() -> None:
    assert outline("python", b"x = 1\n" * (SIZE_LIMIT // 6 + 1)) is None
    assert outline("cobol", b"") is None


def test_a_component_is_outlined_by_its_scripts() -> None:
    astro = b"---\nimport x from './x'\nfunction f(): void {}\n---\n<h1>no</h1>\n"
    assert summary("component", astro.decode()) == "3 function f"
    two = "<script>\nexport class A {}\n</script>\n<script lang=ts>\nlet B: number = 1\n</script>\n"
    assert summary("component", two) == "2 class A | 5 constant B"
    for empty in (b"", b"<p>text</p>", b"<script", b"<script src=x></script>", b"---\n"):
        found = outline("component", empty)
        assert found is not None
        assert found.definitions == ()


def test_broken_code_still_has_the_definitions_around_the_break() -> None:
    source = b"class A:\n    def f(self):\n        return (\n\ndef g():\n    pass\n"
    found = outline("python", source)
    assert found is not None
    assert "A" in {definition.name for definition in found.definitions}


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", b"x = " + b"(" * 10_000 + b")" * 10_000),
        ("javascript", b"x = " + b"[" * 10_000 + b"]" * 10_000),
        ("cpp", b"namespace a {" * 10_000 + b"}" * 10_000),
        ("csharp", b"class A {" * 3_000 + b"}" * 3_000),
        ("html", b'<div id="a">' * 2_000),
        ("rust", b"mod a {" * 10_000 + b"}" * 10_000),
    ],
    ids=["python", "javascript", "cpp", "csharp", "html", "rust"],
)
def test_deep_nesting_needs_no_recursion(language: str, source: bytes) -> None:
    outline(language, source)
    syntax_error_line(language, source)


@pytest.mark.parametrize("unit", [b"a<", b"a<b->", b"f(", b"x[", b"{", b"a<\n"])
def test_nesting_that_would_exhaust_the_memory_is_not_parsed(unit: bytes) -> None:
    for language in ("java", "typescript", "cpp", "go"):
        assert outline(language, unit * 200_000) is None
        assert syntax_error_line(language, unit * 200_000) is None


def test_many_comparisons_and_templates_are_no_nesting() -> None:
    source = b"void f() {\n" + b"  if (a < b && c->d < e) { g(); }\n" * 1_000 + b"}\n"
    assert summary("cpp", source.decode()) == "1 function f"
    flags = "".join(f"#define F{n} (std::vector<int>(1 < {n}))\n" for n in range(300))
    assert summary("cpp", flags).endswith("300 constant F299")


def test_syntax_errors_are_told_where_there_is_a_grammar() -> None:
    assert syntax_error_line("python", b"def f(:\n") == 1
    assert syntax_error_line("python", b"def f():\n    pass\n") is None
    assert syntax_error_line("typescript", b"const = 1") == 1
    assert syntax_error_line("tsx", b"const a = <b>c</b>;") is None
    assert syntax_error_line("sql", b"((((") is None


def test_an_outline_without_definitions_has_no_text() -> None:
    assert outline_text(Outline((), (Import("a", 1),))) == ""


def _run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_a_missing_grammar_is_no_reason_to_stop() -> None:
    code = """
    import sys
    sys.modules["tree_sitter_ruby"] = None
    from repoctx.packer.parse import outline, syntax_error_line
    print(outline("ruby", b"def a; end"), syntax_error_line("ruby", b"("))
    """
    assert _run(code) == "None None"


@pytest.mark.parametrize(
    ("module", "language", "source", "expected"),
    [
        ("swift", "swift", "class A {\n  func f() {}\n}\n", ["A", "f"]),
        ("lua", "lua", "function M.run()\nend\n", ["M.run"]),
        ("markdown", "markdown", "# One\n\nTwo\n---\n", ["One", "Two"]),
        ("html", "html", '<h1>One</h1><p id="b">', ["One", "b"]),
        ("toml", "toml", "[a.b]\nc = 1\n", ["a.b"]),
    ],
)
def test_a_pattern_stands_in_for_a_missing_grammar(
    module: str, language: str, source: str, expected: list[str]
) -> None:
    code = f"""
    import sys
    sys.modules["tree_sitter_{module}"] = None
    from repoctx.packer.parse import outline
    print([found.name for found in outline({language!r}, {source.encode()!r}).definitions])
    """
    assert _run(code) == str(expected)


def test_a_pattern_stands_in_where_a_file_does_not_parse() -> None:
    broken = b"class A {\n" + b"  let x = {\n" * 5 + b"#if\n  func f() {}\n  func g() {}\n)))]\n"
    found = outline("swift", broken)
    assert found is not None
    assert {"f", "g"} <= {definition.name.rpartition(".")[2] for definition in found.definitions}


def test_only_the_grammar_that_is_needed_is_loaded() -> None:
    code = """
    import sys
    from repoctx.packer.parse import language_of, outline
    loaded = lambda: sorted(m for m in sys.modules if m.startswith("tree_sitter"))
    assert loaded() == [] and language_of("a.py") == "python"
    outline("sql", b"create table a (b int);")
    assert loaded() == []
    outline("python", b"a = 1")
    print([m for m in loaded() if "." not in m])
    """
    assert _run(code) == "['tree_sitter', 'tree_sitter_python']"


@settings(max_examples=60)
@given(
    st.sampled_from([case[0] for case in CASES]),
    st.lists(
        st.sampled_from(
            b"class |def |fn |func |{|}|(|)|\n|  |:|;|=|A|b|\"|'|/*|*/|#|<|>|\xff".split(b"|")
        )
    ).map(b"".join),
)
def test_no_content_makes_an_outline_fail(language: str, source: bytes) -> None:
    found = outline(language, source)
    syntax_error_line(language, source)
    if found is not None:
        lines = [definition.line for definition in found.definitions]
        assert all(1 <= line <= source.count(b"\n") + 1 for line in lines)
        outline_text(found)
