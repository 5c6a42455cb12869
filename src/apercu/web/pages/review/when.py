"""When: the timeline, and the same choice as two times of day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from nicegui import ui

from apercu.errors import UsageError
from apercu.events.telling import CLASSES
from apercu.purposes import Wording
from apercu.web.pages.controls import button
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.question import within
from apercu.web.pages.review.timeline import Timeline


class When:
    """The panel of the timeline."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._quiet, place = desk, False, desk.place
        with place.panel(label=words.TIMELINE) as panel:
            panel.classes("when")
            self._line = Timeline(place, self._picked)
            with self._line:
                self._begin = self._time(words.BEGIN)
                self._end = self._time(words.END)
                self._whole = button(place.say(words.WHOLE_DAY), self._all)
        desk.on_answer.append(self.show)
        desk.on_choice.append(self.mark)

    def _time(self, title: Wording) -> ui.input:
        field = ui.input(self._desk.place.say(title)).props('outlined dense mask="##:##"').classes("clock")
        field.on("change", self._typed)
        return field

    async def show(self) -> None:
        """Show the activity of the answer, and the time that is asked for."""
        desk, look, place = self._desk, self._desk.look, self._desk.place
        if look is None:
            return
        begin, end = desk.query.span(desk.footage.zone)
        chosen = None if begin is None or end is None else (begin, end)
        classes = desk.query.classes
        names = [
            (name, desk.class_told(name), bool(classes) and name not in classes)
            for name in CLASSES
            if name in look.activity.classes
        ]
        hint = place.say(words.TIMELINE_NO_CLOCK if chosen is None else words.TIMELINE_HINT)
        self._line.show(look.activity, names, chosen, hint)
        one_day = look.activity.minutes <= 25 * 60 and chosen is not None
        for field, moment in ((self._begin, begin), (self._end, end)):
            field.set_visibility(one_day)
            if moment is not None:
                field.value = place.numbers.clock(moment, seconds=False)
        self._whole.set_visibility(chosen is not None)
        await self.mark()

    async def mark(self) -> None:
        """Show where the chosen object's moment is."""
        desk = self._desk
        if desk.look is None or desk.chosen is None or desk.chosen.recording_id not in desk.recordings:
            self._line.point_at(None)
            return
        second = desk.second
        for row in desk.look.tracks:
            if second is None and row["track_id"] == desk.chosen.track_id:
                second = float(row["start_s"])
        moment = desk.moment(desk.chosen.recording_id, second or 0.0)
        since = desk.look.activity.begin
        if since is None or moment is None:
            self._line.point_at((second or 0.0) / 60)
        else:
            self._line.point_at((moment.timestamp() - since.timestamp()) / 60)

    async def _picked(self, first: int, last: int) -> None:
        desk = self._desk
        if desk.look is None or desk.look.activity.begin is None:
            return
        since = desk.look.activity.begin.timestamp()
        zone = desk.footage.zone
        begin, end = (datetime.fromtimestamp(since + 60 * minute, zone) for minute in (first, last))
        await desk.ask(within(desk.wanted, begin, end, zone))

    async def _typed(self) -> None:
        desk = self._desk
        window = desk.footage.window(desk.wanted)
        if window is None or not self._begin.value or not self._end.value:
            return
        day, zone = window[0].date(), desk.footage.zone
        with desk.place.telling():
            begin, end = (_clock(str(field.value)) for field in (self._begin, self._end))
            later = day + timedelta(days=1) if end <= begin else day
            first, last = datetime.combine(day, begin, zone), datetime.combine(later, end, zone)
            await desk.ask(within(desk.wanted, first, min(last, window[1]), zone))

    async def _all(self) -> None:
        window = self._desk.footage.window(self._desk.wanted)
        if window is not None:
            first, last = window[0].date(), (window[1] - timedelta(hours=1)).date()
            changed = {"from_time": first, "to_time": last}
            await self._desk.ask(self._desk.wanted.model_copy(update=changed))


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time of day", next_step="Write it like 14:30.") from error
