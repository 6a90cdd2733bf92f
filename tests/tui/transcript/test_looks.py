"""How a conversation looks: dark, light and small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from repoctx import events
from repoctx.events import CheckRan, EditProposed, Packed, Progress, TextDelta, Usage
from tests.tui.transcript.conftest import Stand

ANSWER = """## What happens

`greet` in `src/greeting.py:12` prints *twice*, because **both** branches call it; see also
src/app.py:3-9 and [the page](http://example.org/page).

1. The parser reads the file from its first line to its last, and keeps what it has read for later.
   - an inner point
2. Then it prints.

| file | lines |
|------|-------|
| app.py | 3 |
| 名字.py | 14 |

> quoted words

src/greeting.py
```python
<<<<<<< SEARCH
def greet(name):
    print("Hello " + name)
=======
def greet(name: str) -> None:
    print(f"Hello {name}")  # 你好
>>>>>>> REPLACE
```

To read:

```python
def greet(name: str) -> None:  # a comment which does not fit into the width of eighty columns
    return f"Hello {name}"
```
"""


async def conversation(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Stand)
    draw = app.transcript.draw
    app.transcript.ask("Why does greet print twice?\nMend it.", ["log.txt"])
    draw(Packed(12, 3400, 9000, "o200k_base", {"full": 10, "outline": 2}))
    draw(events.FirstToken(1.2))
    draw(TextDelta(ANSWER))
    draw(Usage(3500, 200, 3000, cost=0.0123))
    draw(EditProposed("src/greeting.py", "edit", 2, 2, "-a\n+b\n", ("git hook",)))
    draw(events.Applied("1", ("src/greeting.py",)))
    draw(CheckRan("make test", 1, 2.3, "test_greet ... FAILED\n1 failed"))
    draw(Progress("packing", 9, 12, "files"))
    await pilot.pause()


async def streaming(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Stand)
    app.transcript.ask("Why?")
    app.transcript.draw(TextDelta(ANSWER))
    app.transcript.draw(events.Conflict("a.py", "SEARCH fits no place", "copy it", "-x\n+y"))
    app.transcript.paper.focus()
    await pilot.press("k", "k")


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
def test_a_conversation(snap_compare: Callable[..., Any], theme: str) -> None:
    app = Stand()
    app.theme = theme
    assert snap_compare(app, run_before=conversation, terminal_size=(100, 50))


def test_a_small_screen(snap_compare: Callable[..., Any]) -> None:
    assert snap_compare(Stand(), run_before=streaming, terminal_size=(80, 24))
