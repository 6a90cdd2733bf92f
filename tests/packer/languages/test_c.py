from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

TREE = {
    "include/shop/cart.h": "",
    "include/shop/config.h.in": "",
    "src/cart.h": "",
    "src/util/text.hpp": "",
    "src/string.h": "",
    "lib/deep/include/deep/one.h": "",
    "other/include/deep/one.h": "",
}

CASES = [
    ("src/a.c", '#include "cart.h"', ["src/cart.h"]),
    ("src/util/a.cc", '#include "../cart.h"', ["src/cart.h"]),
    ("src/util/a.cc", '#include "util/text.hpp"', ["src/util/text.hpp"]),
    ("src/a.c", "#  include <shop/cart.h>  // public", ["include/shop/cart.h"]),
    ("src/a.c", '#include "shop/config.h"', ["include/shop/config.h.in"]),
    ("lib/deep/src/a.cpp", "#include <deep/one.h>", ["lib/deep/include/deep/one.h"]),
    ("src/a.m", '#import "cart.h"', ["src/cart.h"]),
    ("src/a.c", "#include <string.h>\n#include <vector>\n#include <sys/cart.h>", []),
    ("src/a.c", '/*\n#include "cart.h"\n*/\n// #include "cart.h"', []),
    ("src/a.c", 'const char *s = "/*";\n#include "cart.h"', ["src/cart.h"]),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_an_include_means_the_file_that_a_compiler_would_find(
    needs: Needs, path: str, text: str, expected: list[str]
) -> None:
    assert needs({**TREE, path: text}, path) == expected


def test_a_missing_quoted_include_is_unresolved_and_a_missing_system_one_external(
    link: Link,
) -> None:
    graph = link({"a.c": '#include "gone.h"\n#include <gone.h>\n#include "stdio.h"\n'})
    assert graph.imports == (0, 2, 1)


def test_an_include_folder_of_the_build_is_found_by_the_path_that_it_completes(
    needs: Needs,
) -> None:
    tree = {
        "CMakeLists.txt": "target_include_directories(a PRIVATE third/json/single)",
        "third/json/single/json/json.hpp": "",
        "core/api/cart.h": "",
        "apps/a.cpp": "#include <json/json.hpp>\n#include <api/cart.h>\n",
    }
    assert needs(tree, "apps/a.cpp") == ["core/api/cart.h", "third/json/single/json/json.hpp"]
