"""The contact sheet: each object found in its best moment; choosing one opens its original moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from apercu.search import TrackId
from apercu.web.jobs import JobState
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button, dialog, progress
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.sheets import start_sheet


class ContactSheet:
    """A button, and the dialog that it opens."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        button(desk.place.say(words.SHEET), self.open)

    async def open(self) -> None:
        """Make the sheet of what is asked, and show it."""
        desk, place, query = self._desk, self._desk.place, self._desk.query
        with dialog(place.say(words.SHEET), wide=True) as shown:
            with ui.element("div").classes("row-line working") as working:
                stage = ui.label().classes("small")
                bar = progress(place.say(words.SHEET))
            pictures = ui.element("div").classes("sheet")
            button(place.say(shell_words.CLOSE), shown.close)
        shown.open()
        with place.telling():
            job = await place.run(lambda: start_sheet(place.visit(), query, reason=desk.reason))
            job = await desk.follow(job, stage, bar)
            working.set_visibility(False)
            if job.state is JobState.FAILED and job.error is not None:
                shown.close()
                raise job.error
            if job.made is not None:
                self._fill(shown, pictures, job.job_id, job.made.facts["shown"])

    def _fill(
        self, opened: ui.dialog, pictures: ui.element, job_id: str, shown: Sequence[Mapping[str, Any]]
    ) -> None:
        """Show the pictures, each cut out of its page by the browser, as a button that names its object."""
        desk, place = self._desk, self._desk.place
        with pictures:
            for each in shown:
                track = TrackId(recording_id=each["recording_id"], track_id=each["track_id"])
                x, y, width, height = each["picture"]
                page = f"{place.api}/jobs/{job_id}/pages/{each['page']}"
                with ui.element("button").props("type=button").classes("still") as still:
                    picture = ui.element("span").classes("picture")
                    picture.style(f"width: {width}px; height: {height}px")
                    picture.style(f"background: url({page}) -{x}px -{y}px")
                    time = desk.time_told(track.recording_id, float(each["second"]))
                    ui.label(f"{desk.class_told(each['class'])} · {time}").classes("small nums")
                still.on("click", partial(self._chosen, opened, track, float(each["second"])))

    async def _chosen(self, opened: ui.dialog, track: TrackId, second: float) -> None:
        opened.close()
        await self._desk.choose(track, second)
