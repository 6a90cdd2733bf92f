"""One line of content as the screen draws it, with what of it is selected."""

from __future__ import annotations

from textual.content import Content
from textual.css.styles import RulesMap
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions
from textual.widget import Widget

_AS_IT_IS: RulesMap = {"text_wrap": "nowrap", "text_overflow": "clip"}


def line_strip(widget: Widget, content: Content, style: Style) -> Strip:
    """Draw content of one line in full, in the widget's theme."""
    options = RenderOptions(widget._get_style, _AS_IT_IS)
    strips = content.render_strips(max(1, content.cell_length), 1, style, options)
    return strips[0] if strips else Strip([])


def marked(widget: Widget, content: Content, selection: Selection, line: int) -> Content:
    """Return the content with the selected part of this line marked."""
    span = selection.get_span(line)
    if span is None:
        return content
    start, end = span
    style = Style.from_styles(widget.screen.get_component_styles("screen--selection"))
    return content.stylize(style, start, len(content.plain) if end == -1 else end)
