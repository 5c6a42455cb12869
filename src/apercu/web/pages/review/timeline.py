"""The timeline: activity per minute and class, drawn in the browser from numbers; choosing a time on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from nicegui.element import Element

from apercu.web.pages.shell import Place
from apercu.web.reading import Activity

_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
_MOST_TICKS = 14


class Timeline(Element, component="timeline.js"):
    """An element that shows activity, a chosen time and a moment in it."""

    def __init__(self, on_pick: Callable[[int, int], Awaitable[None]]) -> None:
        """Make it empty; ``on_pick`` is told the first minute chosen, and the one behind the last."""
        super().__init__()
        self._props |= {"rows": [], "minutes": 1, "ticks": [], "selection": None, "choosable": False}

        async def picked(event: Any) -> None:
            await on_pick(int(event.args["first"]), int(event.args["last"]))

        self.on("pick", picked)

    def show(
        self,
        place: Place,
        activity: Activity,
        names: Sequence[tuple[str, str, bool]],
        chosen: tuple[datetime, datetime] | None,
    ) -> None:
        """Show activity.

        Args:
            place: whose language and clock.
            activity: what.
            names: class, its name as shown, and whether it is filtered away, of each row.
            chosen: from when to when the question goes, aware; None for the whole.
        """
        nothing = [0] * activity.minutes
        self._props["rows"] = [
            {"name": name, "label": label, "faded": faded, "counts": activity.classes.get(name, nothing)}
            for name, label, faded in names
        ]
        self._props["minutes"] = activity.minutes
        self._props["choosable"] = activity.begin is not None
        self._props["ticks"] = _ticks(place, activity)
        selection = None
        if chosen is not None and activity.begin is not None:
            since = activity.begin.timestamp()
            selection = [(moment.timestamp() - since) / 60 for moment in chosen]
            if selection == [0, activity.minutes]:
                selection = None
        self._props["selection"] = selection
        self.update()

    def point_at(self, minute: float | None) -> None:
        """Show a moment, minutes from the beginning; None for none."""
        self._props["moment"] = minute
        self.update()


def _ticks(place: Place, activity: Activity) -> list[list[object]]:
    """Return minute and label of some round times."""
    each = next((n for n in _TICKS if activity.minutes / n <= _MOST_TICKS), _TICKS[-1])
    ticks: list[list[object]] = []
    for minute in range(0, activity.minutes + 1, each):
        if activity.begin is None:
            label = place.numbers.position(minute * 60)
        else:
            moment = activity.begin + timedelta(minutes=minute)
            # Minutes pass evenly; clocks that are put forward or back do not.
            moment = datetime.fromtimestamp(activity.begin.timestamp() + 60 * minute, moment.tzinfo)
            label = place.numbers.clock(moment, seconds=False)
            if each >= 1440:
                label = place.numbers.day(moment)
        ticks.append([minute, label])
    return ticks
