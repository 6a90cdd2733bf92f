"""What a repository or a model holds reaches the screen as text, whatever it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from repoctx.tui.app import RepoctxApp
from repoctx.tui.review import ReviewScreen
from tests.tui.conftest import Drive, MakeDesk, until

EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u200b[red]markup[/red][@click=app.quit]x[/]"
NAMES = (
    "esc\x1b[2Jape.py",
    "bidi\u202etxt.py",
    "c1\x9b31m.py",
    "[red]markup[/].py",
    "new\nline.py",
    "byte\udcff.py",
    "\u4e2d\u6587.py",
)
REPLY = f"""Look at `{NAMES[0]}:1` {EVIL}

- {EVIL}

```python
{EVIL}
```

plain.py
```python
<<<<<<< SEARCH
x = 1
=======
x = "{EVIL}"
>>>>>>> REPLACE
```

gone.py
```python
<<<<<<< SEARCH
{EVIL}
=======
{EVIL} again
>>>>>>> REPLACE
```
"""


def drawn(app: RepoctxApp) -> Iterator[str]:
    """Every piece of text that the screen's cells hold."""
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            yield segment.text


def unsafe(app: RepoctxApp) -> set[str]:
    return {
        character
        for text in drawn(app)
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character != "\n"
    }


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
def test_no_control_character_is_drawn(
    repository: Callable[..., Path], desk: MakeDesk, drive: Drive, size: tuple[int, int]
) -> None:
    root = repository({**dict.fromkeys(NAMES, f"# {EVIL}\n"), "plain.py": "x = 1\n"})

    async def scenario(app: RepoctxApp, pilot: Pilot[None]) -> None:
        seen: set[str] = set()
        await pilot.press(*"why", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.is_ready)
        for _ in range(12):
            seen |= unsafe(app)
            await pilot.press("j")
        await pilot.press("escape")
        await until(pilot, lambda: app.main.is_idle)
        await pilot.pause(0.3)
        seen |= unsafe(app)
        assert seen == set()
        text = "".join(drawn(app))
        assert "[red]markup" in text or size[0] == 80
        assert "\u4e2d\u6587.py" in text or size[0] == 80

    drive(desk(root, REPLY, rounds=1), scenario, size=size)
