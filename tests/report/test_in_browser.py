"""The page in a real browser: it is drawn, adds up, can be used by keyboard, and stays inert."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repoctx.packer.pack import Pack
from repoctx.packer.select import Level
from repoctx.report.facts import About, facts_of
from repoctx.report.models import costs
from repoctx.report.page import page

MakeRepository = Callable[..., Path]
MakePack = Callable[..., Pack]

FILES = {
    "app/main.py": "from app import model\nfrom web import views\n" + "x = 1\n" * 300,
    "app/model.py": "from app.base import Base\n" + "y = 2\n" * 200,
    "app/base.py": "class Base:\n    pass\n" * 40,
    "app/deep/er/one.py": "from app import base\n" + "z = 3\n" * 100,
    "web/views.py": "from app import main\n" + "v = 4\n" * 150,
    "README.md": "# An app\n" * 30,
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}
EVIL = "</script><script>alert(1)</script>"
HOSTILE = {
    f"{EVIL.replace('/', '|')}/<img src=x onerror=alert(1)>.py": "x = 1\n" * 20,
    "\"'><svg onload=alert(1)>.py": "x = 1\n" * 20,
    "<!--<script>.md": "text\n" * 20,
    "line\nbreak\x1b[31m\u202egnp.py": "x = 1\n" * 20,
    "byte\udcff.txt": "text\n" * 20,
}

LEAVES = "[...document.querySelectorAll('.tile:not([data-opened])')]"
TOTAL = f"{LEAVES}.reduce((sum, tile) => sum + Number(tile.dataset.tokens), 0)"
TRAIL = "[...document.querySelectorAll('#trail > :not(.amount)')].map((e) => e.textContent)"


def written(folder: Path, pack: Pack, about: About, **changes: Any) -> str:
    """Write the page and return its address."""
    facts = facts_of(pack, about, costs(pack.tokens, "my-model", "http://x", {}), "1.2.3")
    path = folder / "page.html"
    path.write_text(page(facts | changes), "utf-8")
    return path.as_uri()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Callable[..., Any]:
    """A function that opens the page of a pack; at the end nothing may have gone wrong in it."""

    def open_it(pack: Pack, about: About | None = None, **options: Any) -> Any:
        changes = options.pop("changes", {})
        address = written(tmp_path, pack, about or About("app"), **changes)
        browser.complaints.clear()
        browser.fetched.clear()
        browser.show(address, **options)
        assert browser.ask("document.getElementById('failed').hidden")
        assert browser.complaints == []
        assert {url for url in browser.fetched if url != "about:blank"} == {address}
        return browser

    return open_it


def test_the_map_adds_up_and_opens_and_closes_by_mouse_and_by_key(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    pack = packed(repository(FILES))
    at = show(pack)
    tokens = {document.path: document.tokens for document in pack.documents}
    app = sum(its for path, its in tokens.items() if path.startswith("app/"))
    assert at.ask(TOTAL) == sum(tokens.values())
    assert at.ask(f"{LEAVES}.every((tile) => tile.clientWidth > 0 && tile.clientHeight > 0)")

    tile = "document.querySelector('.tile[data-tokens=\"%d\"]')"
    at.ask(f"{tile % app}.click()")
    assert at.ask(TRAIL) == ["app", "app"]
    assert at.ask(TOTAL) == app
    at.ask("document.querySelector('#trail button').click()")
    assert at.ask(TOTAL) == sum(tokens.values())

    at.ask("document.querySelector('#map-choices button:last-of-type').focus()")
    at.press("Tab")
    at.press("Tab")
    at.press("Tab")
    assert at.ask("document.activeElement.dataset.tokens") == str(app)
    at.press("Enter")
    assert at.ask(TRAIL) == ["app", "app"]
    at.press("ArrowRight")
    assert at.ask("document.activeElement.classList.contains('tile')")
    at.press("Escape")
    assert at.ask(TRAIL) == ["app"]
    assert at.ask("document.activeElement.dataset.tokens") == str(app)
    assert at.complaints == []


def test_the_rectangles_are_those_of_the_paper(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    at = show(packed(repository(FILES)))
    boxes = at.ask("squarify([6, 6, 4, 3, 2, 2, 1], {x: 0, y: 0, w: 6, h: 4})")
    rounded = [tuple(round(box[side], 3) for side in "xywh") for box in boxes]
    assert rounded[:4] == [
        (0, 0, 3, 2),
        (0, 2, 3, 2),
        (3, 0, 1.714, 2.333),
        (4.714, 0, 1.286, 2.333),
    ]
    assert [round(w * h, 1) for _, _, w, h in rounded] == [6, 6, 4, 3, 2, 2, 1]


def test_imports_are_drawn_with_their_circle_and_light_up(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    at = show(packed(repository(FILES)))
    parts = at.ask("[...document.querySelectorAll('.part title')].map((e) => e.textContent)")
    assert {"app/main.py", "app/deep/", "web/"} <= set(parts)
    assert at.ask("document.querySelectorAll('.arrow.back').length") == 1
    assert at.ask("document.querySelectorAll('.turn').length") == 2
    at.ask(f"document.querySelectorAll('.part')[{parts.index('web/')}].focus()")
    assert at.ask("document.querySelectorAll('.arrow.on').length") == 2
    assert "web/: 1 import of 1 other" in at.ask(
        "document.getElementById('graph-note').textContent"
    )
    rows = "document.querySelectorAll('#graph-table tbody tr').length"
    assert at.ask(rows) == at.ask("document.querySelectorAll('.arrow').length")


def test_what_is_not_full_can_be_found_by_words_level_and_reason(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    pack = packed(repository({**FILES, "Big.csv": "1,2,3\n" * 4000}), budget=2500)
    at = show(pack, About("app", budget=2500))
    missing = {d.path for d in pack.documents if d.level is not Level.FULL}
    paths = "[...document.querySelectorAll('#rest-table tbody td:first-child')].map((e) => e.textContent)"
    assert set(at.ask(paths)) == missing >= {"Big.csv", "logo.png"}
    search = "document.querySelector('#rest-bar input')"
    at.ask(f"{search}.value = 'bIG', {search}.dispatchEvent(new Event('input'))")
    assert at.ask(paths) == ["Big.csv"]
    at.ask(f"{search}.value = '', {search}.dispatchEvent(new Event('input'))")
    at.ask(
        "[...document.querySelectorAll('.chip')].find((e) => e.textContent.startsWith('binary')).click()"
    )
    assert at.ask(paths) == ["logo.png"]


def test_costs_say_what_fits_and_what_is_not_known(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    at = show(packed(repository(FILES)))
    rows = at.ask(
        "[...document.querySelectorAll('#costs-table tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert rows[0] == ["my-model", *["not known"] * 6]
    assert all(row[3].startswith("yes") and row[4].startswith("$") for row in rows[1:])


def test_hostile_names_are_shown_and_do_nothing(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    about = About("<b>app</b>" + EVIL, rev="<i>\x1b[0m", question=EVIL + "\u202e")
    at = show(packed(repository(HOSTILE)), about)
    assert at.ask("document.scripts.length") == 2
    assert at.ask("document.querySelectorAll('img, b b, h1 b, svg[onload]').length") == 0
    assert at.ask("document.querySelector('h1').textContent") == about.name
    seen = at.ask(
        "[...document.querySelectorAll('.tile')].map((e) => e.getAttribute('aria-label')).join()"
    )
    for words in (
        "<img src=x onerror=alert(1)>.py",
        "line\\nbreak\\x1b[31m\\u202egnp.py",
        "byte\\xff.txt",
    ):
        assert words in seen
    assert "\\u202e" in at.ask("document.getElementById('asked').textContent")
    assert at.complaints == []


def test_thirteen_thousand_files_are_drawn_as_what_can_be_seen(
    show: Any, repository: MakeRepository, packed: MakePack, tmp_path: Path
) -> None:
    pack = packed(repository(FILES))
    files = facts_of(pack, About("app"), [], "")["files"]
    many = {name: [*column] * 2000 for name, column in files.items()}
    at = show(pack, changes={"files": many})
    assert at.ask(TOTAL) == sum(many["tokens"])
    assert 20 < at.ask("document.querySelectorAll('.tile').length") < 6000
    assert at.ask("document.querySelectorAll('tbody tr').length") < 500
    assert (tmp_path / "page.html").stat().st_size < 6_000_000

    at.ask("[...document.querySelectorAll('.tile.more')][0].click()")
    assert at.ask(TRAIL)[-1].endswith(" more")


def test_a_repository_without_text_is_drawn_all_the_same(
    show: Any, repository: MakeRepository, packed: MakePack
) -> None:
    at = show(packed(repository({"logo.png": b"\x89PNG\r\n\x1a\n\0\0\0"})), About(""))
    assert "no text here" in at.ask("document.getElementById('treemap').textContent")
    assert "No file imports another" in at.ask("document.getElementById('graph').textContent")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1200), ("light", 400)])
def test_it_follows_the_readers_colours_and_fits_a_narrow_window(
    show: Any, repository: MakeRepository, packed: MakePack, scheme: str, width: int
) -> None:
    at = show(packed(repository(FILES)), scheme=scheme, width=width)
    paper = at.ask("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, paper[4:-1].split(","))) < 128) == (scheme == "dark")
    assert at.ask("document.documentElement.scrollWidth") <= width
