from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.rust import sites

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

TREE = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n'
    '[workspace.dependencies]\nshort = { package = "shop-core", path = "crates/core" }\n',
    "crates/core/Cargo.toml": '[package]\nname = "shop-core"\n',
    "crates/core/src/lib.rs": "pub mod cart;\nmod tax;\nmod one { }\npub mod deep {\n    pub mod inner;\n}\n"
    '#[cfg(unix)]\n#[path = "os/unix.rs"]\nmod platform;\n',
    "crates/core/src/cart.rs": "mod item;",
    "crates/core/src/cart/item.rs": "",
    "crates/core/src/tax/mod.rs": "mod rates;",
    "crates/core/src/tax/rates.rs": "",
    "crates/core/src/deep/inner.rs": "",
    "crates/core/src/os/unix.rs": "",
    "crates/core/tests/whole.rs": "mod common;",
    "crates/core/tests/common/mod.rs": "",
    "crates/core/build.rs": "",
    "crates/app/Cargo.toml": '[package]\nname = "app"\n[lib]\nname = "applib"\npath = "src/api.rs"\n'
    '[[bin]]\nname = "x"\npath = "src/cli.rs"\n',
    "crates/app/src/api.rs": "pub mod types;",
    "crates/app/src/types.rs": "",
    "crates/app/src/main.rs": "mod screen;",
    "crates/app/src/screen.rs": "",
    "crates/app/src/cli.rs": "",
    "loose/script.rs": "mod part;",
    "loose/part.rs": "",
}

CORE = "crates/core/src/"
APP = "crates/app/src/"
CASES = [
    (APP + "screen.rs", "use shop_core::cart::Cart;", CORE + "cart.rs"),
    (APP + "screen.rs", "use shop_core::{cart::{self, Cart}, deep::inner::*};", CORE + "cart.rs"),
    (APP + "screen.rs", "use shop_core::{cart, deep::inner::*};", CORE + "deep/inner.rs"),
    (APP + "screen.rs", "pub(crate) use ::shop_core::Thing as Other;", CORE + "lib.rs"),
    (APP + "screen.rs", "extern crate shop_core;", CORE + "lib.rs"),
    (APP + "screen.rs", "use short::cart;", CORE + "cart.rs"),
    (APP + "screen.rs", "use crate::{\n    // the root\n    run,\n};", APP + "main.rs"),
    (APP + "screen.rs", "use applib::types::T;", APP + "types.rs"),
    (APP + "cli.rs", "use applib::run;", APP + "api.rs"),
    (APP + "types.rs", "use crate::Api;", APP + "api.rs"),
    (CORE + "cart/item.rs", "use super::Cart;", CORE + "cart.rs"),
    (CORE + "cart/item.rs", "use super::super::tax::rates::VAT;", CORE + "tax/rates.rs"),
    (CORE + "tax/rates.rs", "use crate::tax::r#Tax;", CORE + "tax/mod.rs"),
    (CORE + "deep/inner.rs", "fn f() {\n    use crate::platform::x;\n}", CORE + "os/unix.rs"),
    (CORE + "tax/rates.rs", "mod tests {\n    use super::super::Tax;\n}", CORE + "tax/mod.rs"),
    (CORE + "lib.rs", "mod tax;\npub use tax::rates::VAT;", CORE + "tax/mod.rs"),
    (CORE + "lib.rs", "#[cfg(test)] mod cart;", CORE + "cart.rs"),
    (CORE + "cart.rs", "mod item;\nuse self::item::Item;", CORE + "cart/item.rs"),
    ("crates/core/tests/whole.rs", "use shop_core::Thing;", CORE + "lib.rs"),
    (
        "crates/core/tests/whole.rs",
        "mod common;\nuse common::setup;",
        "crates/core/tests/common/mod.rs",
    ),
    ("loose/script.rs", "mod part;", "loose/part.rs"),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_a_path_means_the_file_of_its_longest_part_that_is_a_module(
    needs: Needs, path: str, text: str, expected: str
) -> None:
    assert expected in needs({**TREE, path: text}, path)


@pytest.mark.parametrize(
    "text",
    [
        "// use crate::run;",
        "/*\nuse crate::run;\n*/",
        'const A: &str = r##"\nuse crate::run; "#\nuse crate::run;\n"##;',
        'const A: &str = "\\"\nuse crate::run;\n";',
        'const A: char = \'"\'; const B: &str = "\nuse crate::run;\n";',
        "use std::fmt; use serde::Serialize;",
        "mod tests {\n    use super::*;\n}",
        "enum Level { Low }\nuse Level::*;",
    ],
)
def test_what_is_not_an_import_of_another_file_gives_no_edge(needs: Needs, text: str) -> None:
    assert needs({**TREE, APP + "screen.rs": text}, APP + "screen.rs") == []


def test_code_after_strings_and_lifetimes_is_read(needs: Needs) -> None:
    text = "fn f<'a>(x: &'a str) -> char { '\"' }\nconst S: &str = r\"\\\";\nuse crate::run;\n"
    assert needs({**TREE, APP + "screen.rs": text}, APP + "screen.rs") == [APP + "main.rs"]


def test_declaring_a_module_is_lazy_and_using_it_is_not(link: Link) -> None:
    text = "mod screen;\nuse shop_core::cart;"
    graph = link({**TREE, APP + "main.rs": text})
    lazy = [graph.paths[b] for a, b in sorted(graph.lazy) if graph.paths[a] == APP + "main.rs"]
    assert lazy == [APP + "screen.rs"]


def test_a_module_that_only_a_macro_declares_is_found_by_its_place(needs: Needs) -> None:
    path = CORE + "generated/kinds.rs"
    tree = {**TREE, path: "use super::super::cart::Cart;", CORE + "tax/mod.rs": ""}
    assert needs(tree, path) == [CORE + "cart.rs"]
    tree[CORE + "cart.rs"] = "use crate::generated::kinds::Kind;"
    assert needs(tree, CORE + "cart.rs") == [path]


def test_a_file_that_no_module_leads_to_can_be_a_crate_of_its_own(needs: Needs) -> None:
    path = CORE + "fixture.rs"
    text = "//! Text for tests.\n#![feature(lang_items)]\nmod ops {}\nuse crate::ops::Fn;\n"
    assert needs({**TREE, path: text}, path) == []


def test_what_is_declared_but_missing_is_unresolved(link: Link) -> None:
    graph = link({"src/lib.rs": "mod gone;\nuse super::x;\nuse log::info;", "Cargo.toml": "["})
    assert graph.imports == (0, 1, 2)


REEXPORTS = {
    "model/Cargo.toml": '[package]\nname = "model"\n',
    "model/src/lib.rs": "pub mod cart;\npub use cart::tree;\n",
    "model/src/cart.rs": "pub mod tree;",
    "model/src/cart/tree.rs": "",
    "front/Cargo.toml": '[package]\nname = "front"\n',
    "front/src/lib.rs": "pub use model::{self, tree};\npub use a::x;\nmod a;",
    "front/src/a.rs": "pub use crate::x;",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use front::model::cart::Cart;", "model/src/cart.rs"),
        ("use front::model::Thing;", "model/src/lib.rs"),
        ("use front::tree::Node;", "model/src/cart/tree.rs"),
        ("use front::tree;", "front/src/lib.rs"),
        ("use front::x::Round;", "front/src/lib.rs"),
    ],
)
def test_a_module_that_a_crate_hands_on_is_followed_to_its_file(
    needs: Needs, text: str, expected: str
) -> None:
    tree = {**REEXPORTS, "app/Cargo.toml": '[package]\nname = "app"', "app/src/main.rs": text}
    found = needs(tree, "app/src/main.rs")
    if "front::x::" in text:  # the two crates hand it to each other
        assert set(found) <= {"front/src/lib.rs", "front/src/a.rs"}
    else:
        assert found == [expected]


@pytest.mark.parametrize(
    ("edition", "expected"),
    [("", ["src/tracing.rs"]), ('edition = "2021"', []), ("edition.workspace = true", [])],
)
def test_paths_start_at_the_crates_root_only_in_the_edition_of_2015(
    needs: Needs, edition: str, expected: list[str]
) -> None:
    tree = {
        "Cargo.toml": f'[package]\nname = "app"\n{edition}\n',
        "src/main.rs": "mod tracing;\nmod a;",
        "src/tracing.rs": "",
        "src/a.rs": "use tracing::Subscriber;",
    }
    assert needs(tree, "src/a.rs") == expected


def test_a_use_tree_is_written_out() -> None:
    source = b"use a::{b::{c as d, e::{self, f}}, g::*, h};"
    assert [site.target for site in sites(source)] == [
        *("a::b::c", "a::b::e::self", "a::b::e::f", "a::g::*", "a::h"),
    ]
