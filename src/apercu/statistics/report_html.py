"""The report as a page of HTML: charts are in it, and nothing is fetched from anywhere."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

from apercu.statistics import charts
from apercu.statistics.report_content import Content, Table

_STYLE = """
body{font:1rem/1.5 "DejaVu Sans",Verdana,sans-serif;color:#222}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}dt{font-weight:bold}dd{margin:0}
figure{margin:1rem 0}svg{width:100%;height:auto}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 1rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #ccc}th{border-bottom:2px solid #333}
.number{text-align:right}.note{font-size:.85rem}
@media print{body{margin:0;max-width:none}figure,tr{break-inside:avoid}}
"""


def as_html(content: Content) -> bytes:
    """Return the page."""
    speech, facts = content.speech, content.released.facts
    body = [f"<h1>{escape(content.title)}</h1>", "<dl>"]
    body += [f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in content.facts()]
    body.append("</dl>")
    body += charts_of(content)
    body += tables_of(content)
    body.append(f'<p class="note">{escape(legend_of(content))}</p>')
    if told := content.usual():
        body.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in told) + "</ul>")
    for name, text in content.notes():
        head = f"<b>{escape(name)}.</b> " if name else ""
        body.append(f'<p class="note">{head}{escape(text)}</p>')
    # For programs, and for whoever gets the page without its table: the facts go wherever it goes.
    told_facts = json.dumps(facts.as_dict(), ensure_ascii=False).replace("</", "<\\/")
    body.append(f'<script type="application/json" id="apercu-facts">{told_facts}</script>')
    return (
        f'<!doctype html>\n<html lang="{speech.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(content.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    ).encode()


def charts_of(content: Content) -> list[str]:
    """Return the charts as elements of HTML, or a sentence that there are none.

    Raises:
        UsageError: matplotlib is not installed.
    """
    body = []
    with charts.style():
        profiles = content.profiles()
        if not profiles:
            body.append(f"<p>{escape(content.speech.say('nothing'))}</p>")
        for number, draw in enumerate(profiles):
            body.append(_figure(draw, content, (9.0, 3.2), number == 0))
        if others := content.others():
            body.append('<div class="pair">')
            body += [_figure(draw, content, (4.4, 2.6), False) for draw in others]
            body.append("</div>")
    return body


def tables_of(content: Content) -> list[str]:
    """Return the tables, of totals and of flows, as elements of HTML with their headings."""
    body = []
    for table in (content.totals(), content.flows()):
        if table.rows:
            body += [f"<h2>{escape(table.title)}</h2>", _table(table)]
    return body


def legend_of(content: Content) -> str:
    """Return what the marks in tables and charts mean."""
    return "; ".join(
        content.speech.say(word) for word in ("withheld", "at_least", "tick", "incomplete", "arrow")
    )


def _figure(
    draw: Callable[[Any], None], content: Content, size: tuple[float, float], has_legend: bool
) -> str:
    figure = charts.matplotlib().figure.Figure(figsize=size, layout="constrained")
    draw(figure.subplots())
    if has_legend:
        charts.legend(figure, content.counted(), content.speech, loc="outside upper left")
    sink = io.StringIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    drawn = sink.getvalue()
    title = escape(figure.axes[0].get_title(loc="left"))
    svg = re.sub(r"<svg ", f'<svg role="img" aria-label="{title}" ', drawn[drawn.index("<svg") :], count=1)
    return f"<figure>{svg}</figure>"


def _table(table: Table) -> str:
    def cells(tag: str, values: tuple[str, ...]) -> str:
        parts = []
        for place, value in enumerate(values):
            kind = "" if place < table.texts else ' class="number"'
            parts.append(f"<{tag}{kind}>{escape(value)}</{tag}>")
        return "<tr>" + "".join(parts) + "</tr>"

    rows = "".join(cells("td", row) for row in table.rows)
    return f"<table><thead>{cells('th', table.heads)}</thead><tbody>{rows}</tbody></table>"
