"""Draw what each question of a replay costs, as one SVG file that loads nothing.

Every layout has a panel of its own under a common scale: lines that jump between two levels cannot
be told apart in one panel. Colours follow the reader's light or dark setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil

from repoctx.evals.cache import LEDGER, CacheReport, Series
from repoctx.terminal import one_line

_WIDTH, _LEFT, _RIGHT = 900, 60, 210
_TOP, _HEIGHT, _GAP = 96, 104, 24
"""Pixels: above the first panel, of a panel, between two."""

_STYLE = """
:root { color-scheme: light dark }
svg { --paper: #faf9f6; --ink: #1c2026; --soft: #5b626c;
  --line: #dad6cd; --bar: #8b929c; --own: #1f5fa8 }
@media (prefers-color-scheme: dark) {
  svg { --paper: #14161a; --ink: #e9e7e2; --soft: #a2a8b1;
    --line: #343942; --bar: #6d7683; --own: #86b8f2 }
}
.paper { fill: var(--paper) }
text { fill: var(--soft); font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
.title { fill: var(--ink); font-size: 20px; font-weight: 600 }
.name { fill: var(--ink); font-size: 15px; font-weight: 600 }
.grid { stroke: var(--line); stroke-width: 1 }
.plain { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3 }
.cost { fill: var(--bar) }
.ledger .cost { fill: var(--own) }
.ledger .name { fill: var(--own) }
"""


def plot(report: CacheReport) -> str:
    """Return the picture."""
    most = max((q.cost for s in report.layouts.values() for q in s.questions), default=1.0)
    scale = max(1.0, ceil(most * 4) / 4)
    panels = len(report.layouts)
    height = _TOP + panels * (_HEIGHT + _GAP) + 30
    drawn = "".join(
        _panel(name, series, _TOP + number * (_HEIGHT + _GAP), scale)
        for number, (name, series) in enumerate(report.layouts.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>\n{_head(report)}{drawn}'
        f"{_text(_LEFT, height - 14, f'{report.commits} commits, oldest first; a question each')}"
        "</svg>\n"
    )


def _head(report: CacheReport) -> str:
    title = f"Cost of a question about {one_line(report.repo)}"
    unit = f"1 = the whole repository sent without a cache, at the prices of {report.model}"
    return _text(_LEFT, 40, title, "title") + _text(_LEFT, 64, unit)


def _panel(name: str, series: Series, top: int, scale: float) -> str:
    kind = ' class="ledger"' if name == LEDGER else ""
    return (
        f"<g{kind}>\n{''.join(_scale(top, scale))}{_bars(series, top, scale)}"
        f"{''.join(_legend(name, series, top))}</g>\n"
    )


def _scale(top: int, scale: float) -> Iterator[str]:
    right = _WIDTH - _RIGHT
    for cost, style in ((0.0, "grid"), (1.0, "plain")):
        y = _y(cost, top, scale)
        yield f'<path class="{style}" d="M{_LEFT} {y:.1f}H{right}"/>\n'
        yield _text(_LEFT - 22, y + 4, f"{cost:g}")


def _bars(series: Series, top: int, scale: float) -> str:
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(series.questions))
    floor = _y(0.0, top, scale)
    width = step * (0.8 if step > 2.5 else 1.0)
    path = "".join(
        f"M{_LEFT + number * step:.2f} {floor:.1f}V{_y(asked.cost, top, scale):.1f}"
        f"h{width:.2f}V{floor:.1f}z"
        for number, asked in enumerate(series.questions)
    )
    return f'<path class="cost" d="{path}"/>\n'


def _legend(name: str, series: Series, top: int) -> Iterator[str]:
    x = _WIDTH - _RIGHT + 16
    yield _text(x, top + 24, name, "name")
    for line, text in enumerate(_figures(series)):
        yield _text(x, top + 46 + 18 * line, text)


def _figures(series: Series) -> Sequence[str]:
    cost, hit = series.means()
    told = [f"{cost:.2f} on average", f"{hit:.1%} of the prefix kept"]
    return told if series.rebases is None else [*told, f"new bases: {series.rebases}"]


def _y(cost: float, top: int, scale: float) -> float:
    return top + _HEIGHT * (1 - cost / scale)


def _text(x: float, y: float, text: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:g}" y="{y:.1f}">{escape(text)}</text>\n'
