"""The timeline: activity per minute and class, drawn in the browser from numbers; choosing a time on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from nicegui.element import Element

from apercu.web.pages.place import Place
from apercu.web.pages.review import words
from apercu.web.reading import Activity


class Timeline(Element, component="timeline.js"):
    """An element that shows activity, a chosen time and a moment in it; what is put into it stands below."""

    def __init__(self, place: Place, on_pick: Callable[[int, int], Awaitable[None]]) -> None:
        """Make it empty; ``on_pick`` is told the first minute chosen, and the one behind the last."""
        super().__init__()
        self._props |= {"rows": [], "minutes": 1, "hint": "", "selection": None, "choosable": False}
        self._props |= {"language": place.language, "zone": "UTC"}
        self._props["says"] = {
            "timeline": place.say(words.TIMELINE),
            "keys": place.say(words.TIMELINE_KEYS),
            "nearer": place.say(words.NEARER),
            "further": place.say(words.FURTHER),
            "all": place.say(words.ALL_OF_IT),
            "nobody": place.say(words.NOBODY),
        }

        async def picked(event: Any) -> None:
            await on_pick(int(event.args["first"]), int(event.args["last"]))

        self.on("pick", picked)

    def show(
        self,
        activity: Activity,
        names: Sequence[tuple[str, str, bool]],
        chosen: tuple[datetime, datetime] | None,
        hint: str,
    ) -> None:
        """Show activity.

        Args:
            activity: what.
            names: class, its name as shown, and whether it is filtered away, of each row.
            chosen: from when to when the question goes, aware; None for the whole.
            hint: what stands below while nothing is pointed at.
        """
        nothing = [0] * activity.minutes
        self._props["rows"] = [
            {"name": name, "label": label, "faded": faded, "counts": activity.classes.get(name, nothing)}
            for name, label, faded in names
        ]
        self._props["minutes"], self._props["hint"] = activity.minutes, hint
        self._props["choosable"] = activity.begin is not None
        self._props["begin"] = None if activity.begin is None else activity.begin.timestamp()
        if activity.begin is not None:
            self._props["zone"] = str(activity.begin.tzinfo)
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
        self.run_method("point", minute)  # without sending all the numbers again
