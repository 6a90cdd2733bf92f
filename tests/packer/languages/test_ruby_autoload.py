"""Ruby's constants that are loaded on their first use, and gems of the same repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

RAILS = {
    "config/application.rb": "",
    "app/models/cart.rb": "class Cart < ApplicationRecord\nend\n",
    "app/models/shop/line_item.rb": "",
    "app/models/shop/tax.rb": "",
    "app/models/concerns/taxed.rb": "",
    "app/services/html_export.rb": "",
    "lib/pdf.rb": "",
    "engines/pay/config/routes.rb": "",
    "engines/pay/app/models/payment.rb": "",
}
GEM = {
    "lib/tool.rb": "require 'zeitwerk'\nloader = Zeitwerk::Loader.for_gem\nloader.setup\nmodule Tool\nend\n",
    "lib/tool/runner.rb": "",
    "lib/tool/cli/main.rb": "",
}
GEMS = {
    "Gemfile": "gem 'rates', path: 'gems/rates'\n",
    "gems/rates/lib/rates.rb": "",
    "gems/other/lib/rates/deep.rb": "",
}

CASES = [
    (RAILS, "app/controllers/a.rb", "Cart.find(1)", ["app/models/cart.rb"]),
    (RAILS, "app/controllers/a.rb", "Shop::LineItem.new", ["app/models/shop/line_item.rb"]),
    (
        RAILS,
        "app/models/shop/a.rb",
        "Tax.rate; ::Cart",
        ["app/models/cart.rb", "app/models/shop/tax.rb"],
    ),
    (RAILS, "app/models/a.rb", "include Taxed\nTax", ["app/models/concerns/taxed.rb"]),
    (RAILS, "app/models/a.rb", "HTMLExport::LIMIT", ["app/services/html_export.rb"]),
    (
        RAILS,
        "test/models/cart_test.rb",
        "class CartTest\n  PDF.make; Cart.new\nend",
        ["app/models/cart.rb", "lib/pdf.rb"],
    ),
    (RAILS, "engines/pay/app/models/a.rb", "Payment", ["engines/pay/app/models/payment.rb"]),
    (GEM, "lib/tool/a.rb", "Runner.new; CLI::Main", ["lib/tool/cli/main.rb", "lib/tool/runner.rb"]),
    (GEMS, "app.rb", "require 'rates'\nRates::Deep", ["gems/rates/lib/rates.rb"]),
]


@pytest.mark.parametrize(("tree", "path", "text", "expected"), CASES)
def test_a_constant_means_the_file_that_must_define_it(
    needs: Needs, tree: dict[str, str], path: str, text: str, expected: list[str]
) -> None:
    assert needs({**tree, path: text}, path) == expected


def test_what_is_loaded_late_gives_way_in_a_circle(link: Link) -> None:
    graph = link({**RAILS, "app/models/cart.rb": "Pdf", "lib/pdf.rb": "Cart"})
    assert len(graph.edges) == 2
    assert graph.lazy == set(graph.edges)
    assert graph.imports == (0, 0, 0)
