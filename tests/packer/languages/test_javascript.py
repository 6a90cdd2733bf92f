from __future__ import annotations

from collections.abc import Callable

import pytest

from repoctx.packer.graph import ImportGraph
from repoctx.packer.languages.javascript import sites

Needs = Callable[[dict[str, str], str], list[str]]
Link = Callable[[dict[str, str]], ImportGraph]

TREE = {
    "package.json": '{"name": "root", "workspaces": ["packages/*"], "imports": {'
    '"#config": "./config/index.mjs",'
    '"#lib/*": {"types": "./lib/*.d.ts", "default": "./lib/*.js"}}}',
    "config/index.mjs": "",
    "lib/text.js": "",
    "src/app.ts": "",
    "src/view.tsx": "",
    "src/styles.css": "",
    "src/data.json": "{}",
    "src/legacy.cjs": "",
    "src/types.d.ts": "",
    "src/parts/index.ts": "",
    "src/parts/Button.vue": "",
    "public/logo.js": "",
    "packages/core/package.json": '{"name": "@acme/core", "main": "./dist/index.js", "exports": '
    '{".": {"import": "./dist/index.mjs"}, "./deep/*": "./dist/deep/*.js", "./raw": "./raw.js"}}',
    "packages/core/src/index.ts": "",
    "packages/core/src/deep/tree.ts": "",
    "packages/core/raw.js": "",
    "packages/plain/package.json": '{"name": "plain", "main": "lib/main"}',
    "packages/plain/lib/main.js": "",
    "packages/plain/extra.js": "",
    "linked/inner/package.json": '{"name": "other"}',
    "linked/inner/index.js": "",
    "linked/package.json": '{"name": "l", "dependencies": {"dep": "link:./inner"}}',
}

CASES = [
    ("src/a.ts", 'import { run } from "./app";', "src/app.ts"),
    ("src/a.ts", "import run, { type A } from './app.js'", "src/app.ts"),
    ("src/a.ts", "import * as app from './app'", "src/app.ts"),
    ("src/a.ts", "import type { A } from './types'", "src/types.d.ts"),
    ("src/a.ts", "import './styles.css?inline'", "src/styles.css"),
    ("src/a.ts", "import data from './data.json' with { type: 'json' }", "src/data.json"),
    ("src/a.ts", "import {\n  a, // it's\n  /* { */ b,\n} from './app'", "src/app.ts"),
    ("src/a.ts", "export * from './parts'", "src/parts/index.ts"),
    ("src/a.ts", "export * as parts from './parts/'", "src/parts/index.ts"),
    ("src/a.ts", "export { a } from './view.jsx'", "src/view.tsx"),
    ("src/a.ts", "import Button from './parts/Button.vue'", "src/parts/Button.vue"),
    ("src/a.ts", "const x = await import(/* chunk */ './app')", "src/app.ts"),
    ("src/a.ts", "const x = require('./legacy')", "src/legacy.cjs"),
    ("src/a.ts", "import old = require('./legacy.cjs')", "src/legacy.cjs"),
    ("src/a.ts", "import('/logo.js')", "public/logo.js"),
    ("src/a.ts", "import a from '@/parts'", "src/parts/index.ts"),
    ("src/a.ts", '/// <reference path="types.d.ts" />\nlet a = `${"x"}`', "src/types.d.ts"),
    ("src/a.js", "import{run}from'./app';import'./view'", "src/app.ts"),
    ("src/a.js", "import{run}from'./app';import'./view'", "src/view.tsx"),
    ("src/parts/x.ts", "import a from '..' \nimport b from '../app'", "src/app.ts"),
    ("src/a.ts", "import c from '#config'", "config/index.mjs"),
    ("src/a.ts", "import t from '#lib/text'", "lib/text.js"),
    ("src/a.ts", "import { core } from '@acme/core'", "packages/core/src/index.ts"),
    ("src/a.ts", "import { tree } from '@acme/core/deep/tree'", "packages/core/src/deep/tree.ts"),
    ("src/a.ts", "import raw from '@acme/core/raw'", "packages/core/raw.js"),
    ("src/a.ts", "import plain from 'plain'", "packages/plain/lib/main.js"),
    ("src/a.ts", "import extra from 'plain/extra'", "packages/plain/extra.js"),
    ("linked/a.js", "import dep from 'dep'", "linked/inner/index.js"),
    ("src/A.vue", "<script setup>\nimport './app'\n</script>", "src/app.ts"),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_an_import_means_the_file_that_node_or_a_bundler_would_load(
    needs: Needs, path: str, text: str, expected: str
) -> None:
    assert expected in needs({**TREE, path: text}, path)


@pytest.mark.parametrize(
    "text",
    [
        "// import './app'",
        "/*\nimport './app'\n*/",
        "const fixture = `\nimport './app'\n${`\nimport './app'\n`}\nimport './app'\n`",
        "const pattern = /`/\nconst a = `\nimport './app'\n`",
        "const s = 'x /* y'\nconst t = `\nimport './app'\n`",
        "object.import('./app')",
        "myrequire('./app')",
        "import.meta.glob('./app')",
        "import(`./${name}`)",
        "import fs from 'node:fs'; import react from 'react'",
        "const from = './app'",
    ],
)
def test_what_is_not_an_import_of_the_repository_gives_no_edge(needs: Needs, text: str) -> None:
    assert needs({**TREE, "src/a.ts": text}, "src/a.ts") == []


def test_code_after_a_template_or_regular_expression_is_read(needs: Needs) -> None:
    text = (
        "const a = `it's ${'}' + `x`}`\nconst b = x / 2 / y\nconst c = /[/'\"`]/\nimport './app'\n"
    )
    assert needs({**TREE, "src/a.ts": text}, "src/a.ts") == ["src/app.ts"]


def test_types_and_late_imports_are_lazy() -> None:
    source = (
        b"import a from 'a'\nimport type b from 'b'\nimport('c')\nif (x) {\n  require('d')\n}\n"
    )
    assert [(site.target, site.lazy) for site in sites(source)] == [
        ("a", False),
        ("b", True),
        ("c", True),
        ("d", True),
    ]


def test_path_mappings_come_from_tsconfig_with_comments_and_extends(needs: Needs) -> None:
    tree = {
        "tsconfig.base.json": """{
            // where names lead
            "compilerOptions": {
                "baseUrl": "./source", /* the root */
                "paths": {"~app/*": ["app/*", "app/generated/*"], "exact": ["one.ts"],},
            },
        }""",
        "web/tsconfig.json": '{"extends": "../tsconfig.base"}',
        "source/app/main.ts": "",
        "source/app/generated/api.ts": "",
        "source/one.ts": "",
        "source/shared/util.ts": "",
        "web/a.ts": "import '~app/main'; import '~app/api'; import 'exact'; import 'shared/util'",
    }
    assert needs(tree, "web/a.ts") == [
        "source/app/generated/api.ts",
        "source/app/main.ts",
        "source/one.ts",
        "source/shared/util.ts",
    ]


def test_the_nearest_configuration_wins(needs: Needs) -> None:
    tree = {
        "tsconfig.json": '{"compilerOptions": {"paths": {"@x": ["./far.ts"]}}}',
        "app/tsconfig.json": '{"compilerOptions": {"paths": {"@x": ["./near.ts"]}}}',
        "far.ts": "",
        "app/near.ts": "",
        "app/a.ts": "import '@x'",
    }
    assert needs(tree, "app/a.ts") == ["app/near.ts"]


def test_configurations_that_extend_each_other_end(needs: Needs) -> None:
    tree = {
        "tsconfig.json": '{"extends": "./tsconfig.b.json"}',
        "tsconfig.b.json": '{"extends": ["./tsconfig.json", 7]}',
        "a.ts": "import './b'; import 'c'",
        "b.ts": "",
    }
    assert needs(tree, "a.ts") == ["b.ts"]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{",
        "null",
        '{"exports": {"./*": 7, "*": [{}]}}',
        '{"name": 3, "imports": []}',
        '{"dependencies": [], "exports": "../../etc"}',
        "[" * 100000,
        '{"compilerOptions": []}',
    ],
)
def test_a_broken_manifest_is_no_reason_to_stop(needs: Needs, manifest: str) -> None:
    tree = {"package.json": manifest, "tsconfig.json": manifest, "b.js": "", "a.js": "import './b'"}
    assert needs(tree, "a.js") == ["b.js"]


def test_imports_are_counted_by_where_they_lead(link: Link) -> None:
    text = "import './app'; import './gone'; import 'react'; import '@acme/core/none'"
    graph = link({**TREE, "src/a.ts": text})
    assert graph.imports == (1, 1, 2)


def test_a_built_file_means_the_source_that_it_is_built_from(needs: Needs) -> None:
    tree = {
        "tool/package.json": '{"name": "tool"}',
        "tool/src/node/cli.ts": "",
        "tool/bin/tool.js": "import('../dist/node/cli.js'); import('../dist/gone.js')",
    }
    assert needs(tree, "tool/bin/tool.js") == ["tool/src/node/cli.ts"]


def test_react_natives_platform_files_are_found(needs: Needs) -> None:
    tree = {"a.native.ts": "import { b } from './b'", "b.native.ts": "", "b.web.ts": ""}
    assert needs(tree, "a.native.ts") == ["b.native.ts"]


def test_the_packages_of_a_pnpm_workspace_import_each_other_by_name(needs: Needs) -> None:
    tree = {
        "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
        "packages/ui/package.json": '{"name": "@acme/ui", "exports": {".": "./dist/index.mjs", '
        '"./icons/*": {"import": "./dist/icons/*.mjs"}}}',
        "packages/ui/src/index.ts": "",
        "packages/ui/src/icons/cart.ts": "",
        "packages/app/package.json": '{"name": "app", "dependencies": {"@acme/ui": "workspace:*"}}',
        "packages/app/tsconfig.json": '{"references": [{"path": "../ui"}]}',
        "packages/app/main.ts": "import '@acme/ui'\nimport '@acme/ui/icons/cart'",
    }
    assert needs(tree, "packages/app/main.ts") == [
        "packages/ui/src/icons/cart.ts",
        "packages/ui/src/index.ts",
    ]


def test_of_a_packages_conditions_the_first_written_counts(needs: Needs) -> None:
    tree = {
        "dep/package.json": '{"name": "dep", "exports": {"react-server": "./server.js", '
        '"module": "./esm.js", "import": "./index.mjs", "default": "./index.js"}}',
        **dict.fromkeys(("dep/server.js", "dep/esm.js", "dep/index.mjs", "dep/index.js"), ""),
        "a.js": "import 'dep'",
    }
    assert needs(tree, "a.js") == ["dep/esm.js"]
