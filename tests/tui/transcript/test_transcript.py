"""What happens to a question is seen, in order, whatever it is."""

from __future__ import annotations

from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from repoctx import events
from repoctx.attachments import Attachment, elements
from repoctx.backends.base import Message
from repoctx.events import CheckRan, EditProposed, Estimated, Packed, Progress, TextDelta, Usage
from tests.tui.conftest import until
from tests.tui.transcript.conftest import Stage, Stand

ANSWER = """It is in `src/app.py:3`, and in src/greeting.py:7-9.

src/greeting.py
```python
<<<<<<< SEARCH
\told = 1
=======
\tnew = 2
>>>>>>> REPLACE
```

Only to read:

```sh
make
```
"""


def says(app: Stand, *words: str) -> None:
    """Each of the words is drawn, in this order."""
    at = 0
    for word in words:
        found = app.transcript.text.find(word, at)
        assert found >= 0, f"{word!r} is not in {app.transcript.text[at:]!r}"
        at = found + len(word)


def test_every_event_is_drawn_in_the_words_of_the_command_line(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        draw = app.transcript.draw
        app.transcript.ask("Why?", ["log.txt"])
        draw(Packed(2, 300, 900, "o200k_base", {"full": 2}))
        draw(Estimated("scripted", "", "this machine", 300, None, None, None, "costs nothing"))
        draw(TextDelta("Because.\n"))
        draw(Usage(300, 2, cost=0.5))
        draw(events.Spent(0.5, 1.25))
        draw(events.Notice("take care"))
        draw(EditProposed("a.py", "edit", 2, 1, "-a\n+b\n+c\n", ("hook",)))
        draw(events.Conflict("b.py", "does not fit", "look again", "-x\n+y"))
        draw(events.Applied("1", ("a.py",)))
        draw(CheckRan("make", 2, 1.5, "it fails"))
        draw(CheckRan("make", 0, 1.5, ""))
        draw(events.Finished("applied", 0, "`repoctx undo` takes it back"))
        draw(events.Failed("no network", "try again", 1))
        says(app, "Why?", "+ log.txt", "· packed 2 files: 300 tokens (o200k_base), 2 in full")
        says(app, "· to scripted at this machine", "Because.", "· used 300 tokens in", "$1.25")
        says(app, "! take care", "▸ edit a.py: +2 -1", "! careful: hook")
        says(app, "✗ b.py: does not fit", "hint: look again", "-x", "+y", "✓ applied: a.py")
        says(app, "✗ check fails with 2 (1.5 s): make", "it fails", "✓ check passes (1.5 s): make")
        says(app, "✓ `repoctx undo` takes it back", "✗ no network", "hint: try again")

    stage(scene)


def test_one_live_line_says_what_goes_on_and_leaves_a_summary(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        draw = app.transcript.draw
        app.transcript.ask("Why?")
        draw(Progress("upload", 1_000_000, 4_000_000, "bytes"))
        says(app, "upload", "25%", "1.0 of 4.0 MB", "0.0 s")
        app.now = 3
        draw(Progress("waiting", 0, None, detail="for the model's first word"))
        says(app, "· upload 1.0 of 4.0 MB: 3.0 s", "waiting", "for the model's first word")
        draw(events.FirstToken(1.5))
        assert "waiting" not in app.transcript.text
        draw(TextDelta("x" * 300))
        await pilot.pause(0.1)
        app.now = 5
        await until(pilot, lambda: "answering: 300 characters, 150 a second" in app.transcript.text)
        draw(events.Finished("answered", 0))
        says(app, "answered in 2.0 s: 300 characters, 150 a second; the first word after 1.5 s")
        assert "answering" not in app.transcript.text

    stage(scene)


def test_the_output_of_a_running_check_is_seen_as_it_comes(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Fix it")
        app.transcript.draw(Progress("check", 0, None, detail="one\ntw"))
        app.transcript.draw(Progress("check", 0, None, detail="o\n\x1b[31mthree"))
        await until(pilot, lambda: "three" in app.transcript.text)
        says(app, "check", "one", "two", "\\x1b[31mthree")
        app.transcript.draw(CheckRan("make", 1, 2.0, "\n".join(f"line {n}" for n in range(20))))
        assert "three" not in app.transcript.text
        assert "▸ output of the check · 20 lines" in app.transcript.text
        assert "line 19" not in app.transcript.text
        app.transcript.paper.focus()
        await pilot.press("j", "enter")
        says(app, "▾ output of the check", "line 0", "line 19")

    stage(scene)


def test_cancelling_says_what_was_written(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("One")
        app.transcript.draw(TextDelta("half an ans"))
        app.transcript.cancelled()
        app.transcript.draw(events.Failed("cancelled", "", 130))
        says(app, "half an ans", "! cancelled; nothing was written")
        assert app.transcript.text.count("cancelled") == 1
        app.transcript.ask("Two")
        app.transcript.draw(events.Applied("1", ("a.py",)))
        app.transcript.draw(events.Failed("cancelled", "", 130))
        says(app, "✓ applied: a.py", "! cancelled; what was applied before stays")

    stage(scene)


def test_edits_are_folded_once_the_change_is_proposed(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Do it")
        for character in ANSWER:
            app.transcript.draw(TextDelta(character))
        await until(pilot, lambda: ">>>>>>> REPLACE" in app.transcript.text)
        app.transcript.draw(EditProposed("src/greeting.py", "edit", 1, 1, "-a\n+b\n"))
        says(app, "▸ edits src/greeting.py · python · 5 lines", "▾ sh · 1 line", "make")
        assert "SEARCH" not in app.transcript.text
        app.transcript.paper.focus()
        await pilot.press("k", "k", "k", "enter")
        says(app, "▾ edits src/greeting.py", "<<<<<<< SEARCH", "    old = 1")

    stage(scene)


def test_a_place_opens_with_the_keyboard_and_the_mouse(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Where?")
        app.transcript.draw(
            TextDelta("In `src/app.py:3`, [x](http://evil.example) or src/greeting.py:7-9.\n")
        )
        app.transcript.draw(events.Finished("answered", 0))
        await pilot.pause()
        app.transcript.paper.focus()
        await pilot.press("k", "enter", "k", "enter")
        assert app.opened == [("src/greeting.py", 7, 9), ("src/app.py", 3, 3)]
        line = next(
            y for y in range(24) if "In src/app.py" in app.transcript.paper.render_line(y).text
        )
        x = app.transcript.paper.render_line(line).text.index("app.py")
        await pilot.click(app.transcript.paper, offset=(x, line))
        assert app.opened[2:] == [("src/app.py", 3, 3)]
        evil = app.transcript.paper.render_line(line).text.index("evil")
        await pilot.click(app.transcript.paper, offset=(evil, line))
        assert len(app.opened) == 3

    stage(scene)


def test_a_block_is_copied_as_it_was_written(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Show")
        app.transcript.draw(TextDelta("```make\nall:\n\techo \x1b]0;t\x07\n```\nText.\n"))
        app.transcript.draw(events.Finished("answered", 0))
        await pilot.pause()
        app.transcript.paper.focus()
        await pilot.press("c")
        assert app.clipboard == "all:\n\techo \\x1b]0;t\\x07\n"
        app.copy_to_clipboard("")
        rows = [app.transcript.paper.render_line(y).text for y in range(24)]
        head = next(y for y, row in enumerate(rows) if "copy" in row)
        await pilot.click(app.transcript.paper, offset=(rows[head].index("copy") + 1, head))
        assert app.clipboard.startswith("all:\n\techo")
        assert "▾ make" in app.transcript.text

    stage(scene)


def test_an_answer_is_copied_as_markdown_and_stays_one_when_the_model_thinks_again(
    stage: Stage,
) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Q")
        app.transcript.draw(TextDelta("A **list"))
        app.transcript.draw(Progress("thinking", 9, None, "characters"))
        app.transcript.draw(TextDelta("**:\n- `one`\n"))
        app.transcript.draw(events.Finished("answered", 0))
        says(app, "A list:", "• one")
        app.transcript.paper.focus()
        await pilot.press("C")
        assert app.clipboard == "A **list**:\n- `one`\n"

    stage(scene)


def test_a_selection_copies_the_text_and_not_its_layout(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        long = "word " * 40
        app.transcript.ask("Q")
        app.transcript.draw(TextDelta(f"{long}end\n\n- item\n\n```\n\tcode\n```\n"))
        app.transcript.draw(events.Finished("answered", 0))
        await pilot.pause()
        paper = app.transcript.paper
        whole = paper.get_selection(Selection(None, None))
        assert whole is not None
        assert whole[0].startswith(f"Q\n{long}end\n\n- item\n\tcode")
        first = next(y for y in range(24) if "word" in paper.render_line(y).text)
        for event, y, x in (
            (MouseDown, first, 1),
            (MouseMove, first + 1, 5),
            (MouseUp, first + 1, 5),
        ):
            await pilot._post_mouse_events([event], paper, offset=(x, y), button=1)
        copied = app.screen.get_selected_text()
        assert copied is not None
        assert copied.startswith("word word")
        assert "\n" not in copied
        assert len(copied) > 70

    stage(scene)


def test_the_view_follows_the_end_until_the_person_scrolls_up(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        paper = app.transcript.paper
        app.transcript.ask("Long")
        app.transcript.draw(TextDelta("line\n\n" * 40))
        await until(pilot, lambda: paper.max_scroll_y > 40)
        assert paper.is_at_end
        paper.focus()
        await pilot.press("pageup")
        await until(pilot, lambda: not paper.is_at_end)
        await until(pilot, lambda: paper.scroll_y == paper.scroll_target_y)
        here = paper.scroll_offset.y
        app.transcript.draw(TextDelta("more\n\n" * 10))
        await until(pilot, lambda: bool(app.query_one("Below").display))
        assert paper.scroll_offset.y == here
        assert "new lines below" in str(app.query_one("Below").render())
        await pilot.press("end")
        await until(pilot, lambda: not app.query_one("Below").display)
        app.transcript.draw(TextDelta("last\n\n" * 10))
        await until(pilot, lambda: "last" in app.transcript.text and paper.is_at_end)

    stage(scene)


def test_the_view_follows_the_end_when_it_loses_height(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        paper = app.transcript.paper
        app.transcript.ask("Long")
        app.transcript.draw(TextDelta("line\n\n" * 40))
        await until(pilot, lambda: paper.max_scroll_y > 40)
        height = paper.size.height
        app.transcript.styles.height = height - 5  # as the list of commands takes it
        await until(pilot, lambda: paper.size.height < height)
        app.transcript.draw(events.Notice("undone"))
        await until(pilot, lambda: paper.virtual_size.height == paper.scroll_offset.y + height - 5)
        assert not app.query_one("Below").display
        app.transcript.styles.height = height
        app.transcript.draw(events.Notice("again"))
        await until(pilot, lambda: paper.virtual_size.height == paper.scroll_offset.y + height)

    stage(scene)


def test_a_stored_conversation_is_drawn_again_and_its_beginning_on_demand(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        attached = "\n".join([*elements([Attachment("notes.txt", "secret plan")]), "What now?"])
        turns = [("user", f"question {n}") for n in range(50)]
        messages = [
            each
            for role, text in turns
            for each in (Message("user", text), Message("assistant", f"answer to {text}"))
        ]
        app.transcript.replay([*messages, Message("user", attached), Message("assistant", ANSWER)])
        await pilot.pause()
        says(app, "▲ 31 earlier turns", "question 31", "answer to question 49")
        says(app, "What now?", "+ notes.txt", "src/app.py:3", "▸ edits src/greeting.py")
        assert "secret plan" not in app.transcript.text
        assert app.transcript.answer == ANSWER
        assert app.transcript.paper.is_at_end
        app.transcript.paper.go_to(0)
        app.transcript.paper.focus()
        await pilot.click(app.transcript.paper, offset=(4, 0))
        says(app, "▲ 11 earlier turns", "question 11", "question 31")
        await until(pilot, lambda: app.transcript.paper.scroll_offset.y > 20)

    stage(scene)


def test_a_long_question_is_folded(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("\n".join(f"line {n}" for n in range(30)))
        assert "… 18 more lines" in app.transcript.text
        app.transcript.paper.focus()
        await pilot.press("j", "enter")
        says(app, "line 11", "line 29")

    stage(scene)


def test_markup_and_controls_of_hostile_text_are_only_text(stage: Stage) -> None:
    hostile = "[red]x[/] [@click=app.quit]y[/] \x1b]0;t\x07 \u202e"
    shown = "[red]x[/] [@click=app.quit]y[/] \\x1b]0;t\\x07 \\u202e"

    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask(hostile, [hostile])
        app.transcript.draw(events.Notice(hostile))
        app.transcript.draw(EditProposed(hostile, "edit", 1, 0, hostile, (hostile,)))
        app.transcript.draw(TextDelta(f"{hostile}\n\n```{hostile}\n{hostile}\n```\n"))
        app.transcript.draw(events.Conflict(hostile, hostile, hostile, hostile))
        app.transcript.draw(CheckRan(hostile, 1, 1, hostile))
        app.transcript.draw(Progress(hostile, 0, None, hostile, hostile))
        await pilot.pause()
        assert app.transcript.text.count(shown) >= 9
        for y in range(app.transcript.paper.size.height):
            assert "\x1b" not in app.transcript.paper.render_line(y).text
            assert "\u202e" not in app.transcript.paper.render_line(y).text

    stage(scene, size=(200, 60))


def test_selection_offsets_beyond_the_end_are_harmless(stage: Stage) -> None:
    async def scene(app: Stand, pilot: Pilot[None]) -> None:
        app.transcript.ask("Q")
        selection = Selection(Offset(0, 0), Offset(99, 99))
        assert app.transcript.paper.get_selection(selection) == ("Q", "\n")

    stage(scene)
