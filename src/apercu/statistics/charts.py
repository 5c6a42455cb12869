"""Charts of released numbers, for print in grey and for eyes that tell few colours apart.

Colours are those of Okabe and Ito ("Color Universal Design", 2008); each class has a hatch as well.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from apercu.errors import UsageError
from apercu.statistics.derived import Percentiles
from apercu.statistics.report_words import Speech

STYLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "person": ("#0072B2", ""),
        "bicycle": ("#009E73", "////"),
        "motorcycle": ("#CC79A7", "xxxx"),
        "car": ("#E69F00", "...."),
        "bus": ("#56B4E9", "\\\\\\\\"),
        "truck": ("#D55E00", "----"),
    }
)
"""Colour and hatch of each class; others are grey."""

_OTHER = ("#999999", "++++")
_MOST_BARS = 100
_LONGER_S = (3600.0, 86_400.0)
_SHADE, _LINE, _TEXT = "#E3E3E3", "#333333", "#222222"
_STEP_KMH = 5.0
_SHARES = 5

Rows = list[dict[str, Any]]


def matplotlib() -> Any:
    """Return ``matplotlib``, drawing into memory only.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import matplotlib.dates
        import matplotlib.figure
        import matplotlib.patches
        import matplotlib.ticker
    except ImportError as error:
        raise UsageError(
            "charts and reports need matplotlib, which is not installed",
            next_step="Install it with: pip install 'apercu[statistics]'.",
        ) from error
    return matplotlib


@contextmanager
def style() -> Iterator[None]:
    """Draw in the manner of reports while the block lasts."""
    settings = {
        "font.family": "DejaVu Sans",
        "font.size": 8,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": _LINE,
        "axes.labelcolor": _TEXT,
        "text.color": _TEXT,
        "xtick.color": _TEXT,
        "ytick.color": _TEXT,
        "hatch.linewidth": 0.5,
        "svg.fonttype": "none",
        "svg.hashsalt": "apercu",
        "pdf.fonttype": 42,
    }
    with matplotlib().rc_context(settings):
        yield


def look(name: str) -> dict[str, Any]:
    """Return how bars of a class look."""
    colour, hatch = STYLES.get(name, _OTHER)
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.0}


def profile(
    axes: Any, rows: Rows, observed: Rows, zone: tzinfo, speech: Speech, directions: Sequence[str]
) -> None:
    """Draw numbers over time: one direction upward, the other downward, classes upon each other.

    Args:
        axes: where to.
        rows: numbers of one place, with a clock.
        observed: those of ``observed`` of its camera.
        zone: the archive's clock.
        speech: the language.
        directions: what goes up, and what goes down if anything.
    """
    length_s = _bar_s(observed)
    number = matplotlib().dates.date2num
    places = _classes(rows)
    for way, sign in zip(directions, (1.0, -1.0), strict=False):
        base: dict[datetime, float] = defaultdict(float)
        for name in places:
            bars: dict[datetime, float] = defaultdict(float)
            for row in rows:
                if row["class"] == name and way in (row["direction"], row["measure"]) and row["value"]:
                    bars[_floor(row["begin"].astimezone(zone), length_s)] += max(0.0, row["value"])
            begins = sorted(bars)
            if not begins:
                continue
            axes.bar(
                number(begins),
                [sign * bars[at] for at in begins],
                width=length_s / 86_400.0,
                bottom=[sign * base[at] for at in begins],
                align="edge",
                label=speech.kind(name) if sign > 0 else None,
                **look(name),
            )
            for at in begins:
                base[at] += bars[at]
    edges = min(row["begin"] for row in observed), max(row["end"] for row in observed)
    for begin, end in _gaps(observed, *edges):
        axes.axvspan(*number([begin, end]), color=_SHADE, zorder=0, linewidth=0)
    there = {row["begin"] for row in rows if row["value"] is not None}
    lacking = [row for row in rows if row["value"] is None and row["begin"] not in there]
    middles = sorted({row["begin"] + (row["end"] - row["begin"]) / 2 for row in lacking})
    axes.plot(number(middles), [0.0] * len(middles), "|", color="#000000", markersize=5, markeredgewidth=0.6)
    axes.axhline(0.0, color=_LINE, linewidth=0.8)
    axes.set_xlim(*number(edges))
    top, bottom = axes.get_ylim()[1], axes.get_ylim()[0]
    axes.set_ylim(bottom * 1.12 if len(directions) > 1 and bottom < 0 else 0.0, max(top, 1.0) * 1.12)
    _time_axis(axes, zone, speech)
    axes.yaxis.set_major_locator(matplotlib().ticker.MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: speech.number(abs(value)))
    axes.set_ylabel(speech.say("per_interval", interval=speech.interval(length_s)))
    axes.grid(axis="y", color="#CCCCCC", linewidth=0.5)
    axes.set_axisbelow(True)
    for way, y, align in zip(directions, (0.99, 0.01), ("top", "bottom"), strict=False):
        if len(directions) > 1:
            arrow = "↑" if align == "top" else "↓"
            axes.text(
                0.005, y, f"{arrow} {speech.way(way)}", transform=axes.transAxes, va=align, style="italic"
            )


def share_bars(axes: Any, shares: Mapping[str, float], speech: Speech) -> None:
    """Draw the share of each class, the largest on top."""
    ordered = sorted(shares.items(), key=lambda item: item[1])
    names = [speech.kind(name) for name, _ in ordered]
    for place, (name, share) in enumerate(ordered):
        axes.barh(place, share * 100, height=0.7, **look(name))
        axes.text(share * 100 + 1.0, place, speech.percent(share, least=True), va="center")
    axes.set_ylim(len(names) - max(len(names), _SHARES) - 0.5, len(names) - 0.5)  # one bar is no wall
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0.0, 112.0)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def speed_bars(axes: Any, rows: Rows, found: Percentiles, speech: Speech) -> None:
    """Draw the distribution of speeds with its median and its 85th percentile; bins are spread evenly."""
    slots: dict[int, float] = defaultdict(float)
    for row in rows:
        high = row["high"] if row["high"] is not None else row["low"] + _STEP_KMH
        count = max(1, round((high - row["low"]) / _STEP_KMH))
        for part in range(count):
            slots[int(row["low"] / _STEP_KMH) + part] += row["value"] / count
    whole = math.fsum(slots.values())
    places = sorted(slots)
    heights = [100.0 * slots[place] / whole for place in places]
    axes.bar(
        [place * _STEP_KMH for place in places],
        heights,
        width=_STEP_KMH,
        align="edge",
        facecolor="#BBBBBB",
        edgecolor="#555555",
        linewidth=0.5,
    )
    top = max(heights) * 1.3
    for value, name, dashes in zip(found.values[1:], ("v50", "v85"), ((2, 2), (6, 2)), strict=True):
        axes.axvline(value, color="#000000", linewidth=1.2, dashes=dashes)
        axes.text(
            value,
            top,
            f" {name} = {speech.number(value)}\u2009",
            va="top",
            ha="left" if name == "v85" else "right",
        )
    axes.set_ylim(0.0, top)
    axes.set_xlim(max(0.0, places[0] * _STEP_KMH - 10.0), places[-1] * _STEP_KMH + 20.0)
    axes.set_xlabel(speech.say("speed_axis"))
    axes.set_ylabel(speech.say("per_cent"))
    axes.yaxis.set_major_formatter(lambda value, _: speech.number(value))


def legend(figure: Any, rows: Rows, speech: Speech, **where: Any) -> None:
    """Draw what colours and hatches mean."""
    patches = [matplotlib().patches.Patch(label=speech.kind(name), **look(name)) for name in _classes(rows)]
    figure.legend(
        handles=patches, ncols=len(patches), frameon=False, handlelength=2.2, handleheight=1.1, **where
    )


def _classes(rows: Rows) -> list[str]:
    there = {row["class"] for row in rows if row["value"]}
    return [*(name for name in STYLES if name in there), *sorted(there - STYLES.keys())]


def _bar_s(observed: Rows) -> float:
    """Return for how long a bar stands: the interval, or longer ones where there would be too many bars."""
    length = float(min(row["length_s"] for row in observed))
    span = (max(row["end"] for row in observed) - min(row["begin"] for row in observed)).total_seconds()
    for longer in _LONGER_S:
        if span / length > _MOST_BARS and longer > length:
            length = longer
    return length


def _floor(moment: datetime, length_s: float) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (moment - midnight).total_seconds()
    return midnight + timedelta(seconds=since // length_s * length_s)


def _gaps(observed: Rows, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in which not all was observed."""
    for row in sorted(observed, key=lambda row: row["begin"]):
        if row["complete"]:
            if row["begin"] > begin:
                yield begin, row["begin"]
            begin = max(begin, row["end"])
    if begin < end:
        yield begin, end


def _time_axis(axes: Any, zone: tzinfo, speech: Speech) -> None:
    dates = matplotlib().dates
    first, last = axes.get_xlim()
    minutes = int((last - first) * 1440)  # between two of them the clock tells nothing new
    locator = dates.AutoDateLocator(tz=zone, minticks=max(1, min(4, minutes)), maxticks=13)
    axes.xaxis.set_major_locator(locator)

    def told(value: float, _: object) -> str:
        moment = dates.num2date(value, tz=zone)
        if moment.hour == moment.minute == 0:
            return speech.short_day(moment)
        return speech.clock(moment)

    axes.xaxis.set_major_formatter(told)
