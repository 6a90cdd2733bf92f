"""Lua's modules, and the scripts that SQL clients read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.lua import sites

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

LUA = {
    "shop-1.rockspec": 'build = { modules = {\n  ["shop.fast"] = "native/fast_v2.lua",\n  shop = "x.c",\n} }',
    "native/fast_v2.lua": "",
    "lua/shop/init.lua": "",
    "lua/shop/cart.lua": "",
    "plugins/tax/lua/tax/rates.lua": "",
    "src/main.lua": "",
    "spec/helper.lua": "",
    "settings.lua": "",
}
SQL = {"schema/tables.sql": "", "schema/views/v.sql": "", "seed.sql": ""}

CASES = [
    (LUA, "lua/shop/a.lua", 'local c = require "shop.cart"', ["lua/shop/cart.lua"]),
    (LUA, "lua/shop/a.lua", "local f = require('shop.cart').f", ["lua/shop/cart.lua"]),
    (LUA, "spec/a.lua", "require[[shop]]", ["lua/shop/init.lua"]),
    (LUA, "spec/a.lua", 'local ok = pcall(require, "shop/cart")', ["lua/shop/cart.lua"]),
    (LUA, "spec/a.lua", "require 'shop.fast'", ["native/fast_v2.lua"]),
    (LUA, "spec/a.lua", "require 'tax.rates'", ["plugins/tax/lua/tax/rates.lua"]),
    (LUA, "spec/a.lua", "require 'helper' ; require 'spec.helper'", ["spec/helper.lua"]),
    (LUA, "src/deep/a.lua", "dofile('settings.lua')", ["settings.lua"]),
    (LUA, "lua/a.lua", "-- require 'shop.cart'\n--[==[\nrequire 'shop'\n]]\n]==]", []),
    (LUA, "lua/a.lua", "local s = [[\nrequire 'shop'\n]]\nlocal t = \"require 'shop'\"", []),
    (LUA, "lua/a.lua", "require('shop.' .. name); x.require 'shop'; require 'socket.http'", []),
    (
        SQL,
        "schema/all.sql",
        "\\i tables.sql\n\\ir views/v.sql",
        ["schema/tables.sql", "schema/views/v.sql"],
    ),
    (
        SQL,
        "schema/all.sql",
        "SOURCE tables.sql;\n\\. ../seed.sql",
        ["schema/tables.sql", "seed.sql"],
    ),
    (
        SQL,
        "all.sql",
        ".read 'schema/views/v.sql'\n@seed\n@@schema/tables;",
        ["schema/tables.sql", "schema/views/v.sql", "seed.sql"],
    ),
    (SQL, "schema/all.sql", "\\i schema/tables.sql", ["schema/tables.sql"]),
    (SQL, "schema/all.sql", "-- \\i tables.sql\n/*\n\\i tables.sql\n*/\nselect source from x;", []),
    (SQL, "all.sql", "\\i :dir/tables.sql\n@param int;\nset @x = 1;", []),
]


@pytest.mark.parametrize(("tree", "path", "text", "expected"), CASES)
def test_an_import_means_the_file_that_would_be_loaded(
    needs: Needs, tree: dict[str, str], path: str, text: str, expected: list[str]
) -> None:
    assert needs({**tree, path: text}, path) == expected


def test_what_cannot_be_found_is_counted(link: Link) -> None:
    lua = "require 'shop.gone'\nrequire 'socket'\nrequire 'lfs.more'\ndofile('gone.lua')\n"
    graph = link({**LUA, "a.lua": lua, "b.sql": "\\i gone.sql\n\\i /etc/x.sql\n"})
    assert graph.by_family == {"lua": (0, 2, 2), "sql": (0, 1, 1)}


def test_a_require_inside_a_function_is_lazy() -> None:
    found = sites(b"local a = require 'a'\nfunction f()\n  return require 'b'\nend\n")
    assert [(site.target, site.lazy) for site in found] == [("a", False), ("b", True)]
