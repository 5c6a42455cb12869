"""The bar of the review page: camera, day, the search in words, and the help."""

from __future__ import annotations

from datetime import date, timedelta

from nicegui import ui

from apercu.purposes import Wording
from apercu.search import read_query
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button, dialog, with_key
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.question import of_recording, on_day


class Bar:
    """Camera, day, and the search in words."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._quiet, place = desk, False, desk.place
        with ui.element("div").classes("bar"):
            cameras = list(desk.footage.cameras)
            self._camera = ui.select(cameras, label=place.say(words.CAMERA), on_change=self._camera_chosen)
            self._camera.props("outlined dense options-dense").classes("camera")
            self._before = self._arrow("‹", words.DAY_BEFORE, -1)
            self._day = ui.select({}, label=place.say(words.DAY), on_change=self._day_chosen)
            self._day.props("outlined dense options-dense").classes("day")
            self._after = self._arrow("›", words.DAY_AFTER, 1)
            self._text = ui.input(place.say(words.SEARCH_TEXT)).props("outlined dense maxlength=4000")
            self._text.props('aria-keyshortcuts="/"').classes("words")
            self._text.props["placeholder"] = place.say(words.SEARCH_HINT)
            self._text.on("keydown.enter", self._asked)
            button(place.say(words.SEARCH), self._asked, main=True)
            with_key(button("?", self._help, label=place.say(words.HELP)), "?")
        desk.on_answer.append(self.show)

    def _arrow(self, told: str, title: Wording, by: int) -> ui.button:
        async def go() -> None:
            await self._go(by)

        return button(told, go, label=self._desk.place.say(title))

    async def show(self) -> None:
        """Show what is asked."""
        desk, numbers = self._desk, self._desk.place.numbers
        footage, query = desk.footage, desk.query
        days = footage.days.get(desk.camera, [])
        options = {day.isoformat(): numbers.day(day) for day in reversed(days)}
        for key, name in footage.clockless.get(desk.camera, []):
            options[key] = desk.place.say(words.NO_CLOCK, name=name)
        window = footage.window(query)
        chosen = query.recordings[0] if query.recordings else None
        if window is not None:
            first, last = window[0].date(), (window[1] - timedelta(hours=1)).date()
            chosen = first.isoformat()
            if first != last or chosen not in options:
                chosen = f"{first.isoformat()}/{last.isoformat()}"
                options[chosen] = f"{numbers.day(first)} – {numbers.day(last)}"
        self._quiet = True
        self._camera.value = desk.camera
        self._day.set_options(options, value=chosen if chosen in options else None)
        self._text.value = query.text()
        self._quiet = False
        index = self._index(days)
        self._before.set_enabled(index is not None and index > 0)
        self._after.set_enabled(index is not None and index < len(days) - 1)

    def _index(self, days: list[date]) -> int | None:
        window = self._desk.footage.window(self._desk.query)
        if window is None or window[0].date() not in days:
            return None
        return days.index(window[0].date())

    async def _go(self, by: int) -> None:
        days = self._desk.footage.days.get(self._desk.camera, [])
        index = self._index(days)
        if index is not None and 0 <= index + by < len(days):
            await self._desk.ask(on_day(self._desk.wanted, days[index + by]))

    async def _camera_chosen(self) -> None:
        if not self._quiet and self._camera.value:
            nowhere = {"recordings": (), "from_time": None, "to_time": None, "tracks": ()}
            changed = {"cameras": (self._camera.value,), **nowhere}
            await self._desk.ask(self._desk.wanted.model_copy(update=changed))

    async def _day_chosen(self) -> None:
        if self._quiet or not self._day.value or "/" in self._day.value:
            return
        query, chosen = self._desk.wanted, str(self._day.value)
        if len(chosen) == 16:
            await self._desk.ask(of_recording(query, chosen))
        else:
            await self._desk.ask(on_day(query, date.fromisoformat(chosen)))

    async def _asked(self) -> None:
        with self._desk.place.telling():
            await self._desk.ask(read_query(self._text.value or ""))

    def _help(self) -> None:
        place = self._desk.place
        with dialog(place.say(words.HELP)) as opened:
            space = place.say(words.SPACE)
            rows = "".join(
                f"<tr><td>{' '.join(f'<kbd>{key}</kbd>' for key in keys.format(space=space).split())}</td>"
                f"<td>{place.say(told)}</td></tr>"
                for keys, told in words.KEYS.items()
            )
            ui.html(f'<table class="keys">{rows}</table>', sanitize=False)
            button(place.say(shell_words.CLOSE), opened.close).props("autofocus")
        opened.open()
