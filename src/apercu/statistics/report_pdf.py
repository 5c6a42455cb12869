"""The report as one page of A4."""

from __future__ import annotations

import textwrap
from typing import Any

from apercu.statistics import charts
from apercu.statistics.report_content import Content, Table
from apercu.statistics.report_html import legend_of

_A4 = (8.27, 11.69)
_LEFT, _RIGHT = 0.075, 0.955
_MOST_PROFILES, _MOST_OTHERS, _MOST_ROWS = 3, 4, 14
_LINE = 0.0145
_NOTE_WIDTH = 150


def as_figure(content: Content) -> Any:
    """Return the page as a figure of matplotlib, A4 upright."""
    figure = charts.matplotlib().figure.Figure(figsize=_A4)
    top = _header(figure, content)
    bottom = _footer(figure, content)
    profiles, others = content.profiles()[:_MOST_PROFILES], content.others()[:_MOST_OTHERS]
    table = content.totals()
    table_height = _LINE * (min(len(table.rows), _MOST_ROWS) + 2.5) if table.rows else 0.0
    if not profiles:
        figure.text(_LEFT, top - 0.03, content.speech.say("nothing"))
        return figure
    charts.legend(
        figure,
        content.counted(),
        content.speech,
        loc="upper left",
        bbox_to_anchor=(_LEFT - 0.008, top),
        borderpad=0,
    )
    top -= 0.035
    low = bottom + table_height + 0.045
    share = len(profiles) / (len(profiles) + 0.62 * (-(-len(others) // 2)))
    split = top - (top - low) * share
    grid = figure.add_gridspec(
        len(profiles), 1, left=_LEFT, right=_RIGHT, top=top, bottom=split + 0.045 * bool(others), hspace=0.6
    )
    for place, draw in enumerate(profiles):
        draw(figure.add_subplot(grid[place]))
    if others:
        count = -(-len(others) // 2)
        below = figure.add_gridspec(
            count, 2, left=_LEFT + 0.06, right=_RIGHT, top=split - 0.012, bottom=low, hspace=0.75, wspace=0.22
        )
        for place, draw in enumerate(others):
            draw(figure.add_subplot(below[place // 2, place % 2]))
    if table.rows:
        _table(figure, table, bottom + table_height, content)
    return figure


def _header(figure: Any, content: Content) -> float:
    """Write title and facts; return where they end."""
    y = 0.965
    figure.text(_LEFT, y, content.title, fontsize=15, fontweight="bold", va="top")
    y -= 0.032
    facts = content.facts()
    half = -(-len(facts) // 2)
    for place, (name, value) in enumerate(facts):
        x = _LEFT + (0.46 if place >= half else 0.0)
        at = y - _LINE * (place % half)
        figure.text(x, at, name, fontweight="bold", va="top")
        figure.text(x + (0.14 if place >= half else 0.085), at, value, va="top")
    return y - _LINE * half - 0.012


def _footer(figure: Any, content: Content) -> float:
    """Write the notes; return where they begin."""
    lines: list[str] = []
    for name, text in [("", legend_of(content)), *content.notes()]:
        lines += textwrap.wrap(f"{name}. {text}" if name else text, _NOTE_WIDTH)
    y = 0.028 + 0.0115 * len(lines)
    for place, line in enumerate(lines):
        figure.text(_LEFT, y - 0.0115 * place, line, fontsize=6.8, va="top")
    return y + 0.008


def _table(figure: Any, table: Table, top: float, content: Content) -> None:
    """Write a table; what does not fit is said to be in the other formats."""
    count = len(table.heads)
    widths = [0.13, 0.14] + [(_RIGHT - _LEFT - 0.27) / (count - 2)] * (count - 2)
    edges = [_LEFT]
    for width in widths:
        edges.append(edges[-1] + width)
    figure.text(_LEFT, top, table.title, fontsize=9, fontweight="bold", va="top")
    rows = [table.heads, *table.rows[:_MOST_ROWS]]
    for line, row in enumerate(rows):
        y = top - _LINE * (line + 1.25)
        for place, text in enumerate(row):
            is_text = place < table.texts
            weight = "bold" if line == 0 else "normal"
            x, align = (edges[place], "left") if is_text else (edges[place + 1] - 0.006, "right")
            figure.text(x, y, text, fontsize=6.6 if line == 0 else 7.5, fontweight=weight, va="top", ha=align)
        if line == 0:
            rule = charts.matplotlib().lines.Line2D(
                [_LEFT, _RIGHT], [y - 0.0115] * 2, color="#333333", linewidth=0.8
            )
            figure.add_artist(rule)
    if len(table.rows) > _MOST_ROWS:
        told = content.speech.say("more", count=str(len(table.rows) - _MOST_ROWS))
        figure.text(_LEFT, top - _LINE * (len(rows) + 1.25), told, fontsize=7.5, va="top")
