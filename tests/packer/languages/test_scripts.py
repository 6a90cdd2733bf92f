"""Ruby, PHP, shell, and what web pages and style sheets link."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

RUBY = {"lib/shop/cart.rb": "", "lib/shop.rb": "", "spec/helper.rb": "", "gems/x/lib/shop.rb": ""}
PHP = {
    "composer.json": '{"autoload": {"psr-4": {"Shop\\\\": ["src/", "lib"]}}}',
    "src/Cart.php": "<?php\n",
    "lib/Tax/Rates.php": "<?php\nnamespace Elsewhere;",
    "app/Models/User.php": "<?php\nnamespace App\\Models;\nclass User {}",
    "app/functions.php": "<?php\n",
    "config/db.php": "<?php\n",
}
SHELL = {"scripts/lib/log.sh": "", "env.sh": ""}
WEB = {
    "site/main.js": "",
    "site/css/base.css": "",
    "site/css/_parts.scss": "",
    "site/public/logo.js": "",
    "site/css/theme/_index.scss": "",
}

CASES = [
    (RUBY, "lib/shop/tax.rb", "require_relative 'cart'", ["lib/shop/cart.rb"]),
    (RUBY, "lib/shop/tax.rb", 'require_relative("../shop")', ["lib/shop.rb"]),
    (RUBY, "spec/cart_spec.rb", "require 'shop/cart'\nrequire 'json'", ["lib/shop/cart.rb"]),
    (RUBY, "spec/cart_spec.rb", "require 'helper'", ["spec/helper.rb"]),
    (RUBY, "gems/x/test.rb", "require 'shop'", ["gems/x/lib/shop.rb"]),
    (RUBY, "lib/a.rb", "module Shop\n  autoload :Cart, 'shop/cart'\nend", ["lib/shop/cart.rb"]),
    (PHP, "src/A.php", "<?php\nuse Shop\\Cart;", ["src/Cart.php"]),
    (PHP, "src/A.php", "<?php\nuse Shop\\Tax\\Rates as R;", ["lib/Tax/Rates.php"]),
    (PHP, "src/A.php", "<?php\nuse App\\Models\\{User, Gone};", ["app/Models/User.php"]),
    (
        PHP,
        "src/A.php",
        "<?php\nuse Shop\\Cart, App\\Models\\User;",
        ["app/Models/User.php", "src/Cart.php"],
    ),
    (PHP, "app/a.php", "<?php\nrequire_once __DIR__ . '/functions.php';", ["app/functions.php"]),
    (PHP, "app/a.php", "<?php\n$c = include('config/db.php');", ["config/db.php"]),
    (PHP, "src/A.php", "<?php\n/*\nuse Shop\\Cart;\n*/\nclass A {\n    use Shop\\Cart;\n}", []),
    (SHELL, "scripts/run.sh", 'source "$(dirname "$0")/lib/log.sh"', ["scripts/lib/log.sh"]),
    (SHELL, "scripts/run.sh", ". ${HERE}/lib/log.sh arg", ["scripts/lib/log.sh"]),
    (SHELL, "scripts/run.sh", "[ -f env.sh ] && . ./env.sh", ["env.sh"]),
    (SHELL, "scripts/run.sh", 'source "$1"\nsource /etc/profile\n./lib/log.sh', []),
    (
        WEB,
        "site/index.html",
        '<script type="module" src="./main.js?v=1"></script>',
        ["site/main.js"],
    ),
    (WEB, "site/index.html", "<LINK rel='stylesheet' href='css/base.css'>", ["site/css/base.css"]),
    (WEB, "site/index.html", '<script src="/logo.js"></script>', ["site/public/logo.js"]),
    (WEB, "site/index.html", '<script src="https://x.org/main.js"></script>', []),
    (WEB, "site/css/a.css", '@import url("base.css") screen;', ["site/css/base.css"]),
    (
        WEB,
        "site/css/a.scss",
        '@use "parts";\n@import "base"',
        ["site/css/_parts.scss", "site/css/base.css"],
    ),
    (WEB, "site/css/b.scss", '@use "./theme";', ["site/css/theme/_index.scss"]),
    (WEB, "site/b.html", '<p>@import "./css/base.css"</p>', []),
    (
        WEB,
        "site/b.html",
        '<style>\n  a { b: c }\n  @import "./css/base.css";\n</style>',
        ["site/css/base.css"],
    ),
    (WEB, "site/css/a.css", '/* @import "base.css"; */', []),
]


@pytest.mark.parametrize(("tree", "path", "text", "expected"), CASES)
def test_an_import_means_the_file_that_would_be_loaded(
    needs: Needs, tree: dict[str, str], path: str, text: str, expected: list[str]
) -> None:
    assert needs({**tree, path: text}, path) == expected


def test_what_cannot_be_found_is_counted(link: Link) -> None:
    graph = link(
        {
            "a.rb": "require 'json'\nrequire_relative 'gone'",
            "b.php": "<?php\nnamespace Shop;\nuse Shop\\Gone;\nuse Vendor\\Thing;"
            "\nrequire 'Pear/Mail.php';\nrequire './gone.php';",
            "c.sh": "source gone.sh\nsource /etc/profile",
        }
    )
    assert graph.imports == (0, 4, 4)
