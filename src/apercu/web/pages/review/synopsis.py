"""The synopsis of what was found: how dense it is to be, how long that makes it, and the player.

Once there is one, another density, overlap or choice of classes makes it anew by itself: how long it becomes
is said at once, and its first seconds are shown as soon as they are rendered, in place of the one before.
"""

from __future__ import annotations

from nicegui import ui

from apercu.purposes import Capability, Wording
from apercu.search import Query, TrackId
from apercu.synopsis import ArrangeOptions, SynopsisOptions
from apercu.web import arranging, making
from apercu.web.arranging import with_effort
from apercu.web.jobs import Job, JobState
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import Slider, button, progress
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.player import Player

_MOST_AT_ONCE = 30
_ANY = _MOST_AT_ONCE + 1
"""The end of the slider, which sets no limit."""
_OVERLAPS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)


class SynopsisPanel:
    """The middle of the page: sliders, the way to a new synopsis, and the player of the last one."""

    def __init__(self, desk: Desk) -> None:
        self._desk, place = desk, desk.place
        self._shaped: Query | None = None
        self._made_of: Query | None = None
        self._job_id: str | None = None
        self._growing: tuple[str, Player] | None = None
        self._complete: tuple[str, Query] | None = None
        self._wanted: tuple[Query, ArrangeOptions] | None = None
        self._turn = 0
        self._able = {Capability.MAKE_SYNOPSIS, Capability.SHOW_IMAGES} <= desk.may
        with place.panel(label=words.SYNOPSIS) as panel:
            panel.classes("synopsis")
            if not self._able:
                ui.label(place.say(words.NO_PICTURES)).classes("empty")
                return
            with ui.element("div").classes("row-line shape"):
                self._dense, self._dense_told = self._slider(words.AT_ONCE, 1, _ANY, _ANY)
                self._over, self._over_told = self._slider(words.OVERLAP, 0, len(_OVERLAPS) - 1, 2)
                self._make = button(place.say(words.MAKE), self.make, main=True)
            with ui.element("div").classes("row-line"):
                self._length = ui.label(place.say(words.SHAPE_HINT)).classes("muted small")
                self._length.props("role=status")
                ui.element("div").classes("spring")
                self._follows = ui.checkbox(place.say(words.FOLLOW), value=True).props("dense")
            with ui.element("div").classes("row-line working") as self._working:
                self._stage = ui.label().classes("small")
                self._bar = progress(place.say(words.SYNOPSIS))
                button("✕", self._cancel, label=place.say(shell_words.CANCEL))
            self._working.set_visibility(False)
            self._old = ui.label(place.say(words.OUTDATED)).classes("badge wait")
            self._old.set_visibility(False)
            self._screen = ui.element("div").classes("screen")
            with self._screen:
                self._empty()
            ui.label(place.say(words.NOTICE)).classes("muted small")
        self._tell_values()
        desk.on_answer.append(self.show)

    def _empty(self) -> None:
        place = self._desk.place
        with ui.element("div").classes("before"):
            if Capability.SHOW_SCENE in self._desk.may and self._desk.footage.cameras:
                self._scene = ui.element("img").props('alt=""')
            ui.label(place.say(words.BEFORE_MAKING))

    def _show_scene(self) -> None:
        if hasattr(self, "_scene") and not self._scene.is_deleted:
            self._scene.props["src"] = self._desk.scene

    def _slider(self, title: Wording, least: int, most: int, value: int) -> tuple[Slider, ui.label]:
        with ui.element("div").classes("slide"):
            with ui.element("span").classes("small"):
                ui.label(self._desk.place.say(title)).classes("muted")
                told = ui.label().classes("nums")
            slider = Slider(self._desk.place.say(title), least, most, value)
            slider.on_move(self._tell_values)
            slider.on_settle(self.shape)
        return slider, told

    def _tell_values(self) -> None:
        place, dense = self._desk.place, self._dense.value
        at_once = place.say(words.ANY_NUMBER) if dense > _MOST_AT_ONCE else place.numbers.count(dense)
        overlap = place.numbers.share(_OVERLAPS[self._over.value], 1)
        for slider, told, value in (
            (self._dense, self._dense_told, at_once),
            (self._over, self._over_told, overlap),
        ):
            told.text = value
            slider.tell(value)

    def _arrangement(self) -> ArrangeOptions:
        dense = self._dense.value
        return ArrangeOptions(
            overlap=_OVERLAPS[self._over.value], density=None if dense > _MOST_AT_ONCE else dense
        )

    async def show(self) -> None:
        """Say that what is shown is of another question now; where only its classes differ, arrange it."""
        if not self._able:
            return
        query = self._desk.query
        self._show_scene()
        self._old.set_visibility(self._made_of is not None and self._made_of != query)
        wanted = None if self._wanted is None else _wide(self._wanted[0])
        if _wide(query) in (self._shaped, wanted):
            await self.shape()
        else:
            self._shaped = None
            self._length.text = self._desk.place.say(words.SHAPE_HINT)

    async def shape(self) -> None:
        """Arrange the tubes of the question, without a picture, and say how long the synopsis would be."""
        desk, place, options = self._desk, self._desk.place, self._arrangement()
        query = desk.query
        self._turn += 1
        turn = self._turn
        self._length.text = f"{place.say(words.STAGES['arrange'])}…"
        with place.telling():
            asked = SynopsisOptions(query=query, camera=desk.camera, arrange=options, reason=desk.reason)
            told = await place.run(lambda: arranging.shape(place.visit(), asked))
            self._shaped = _wide(query)
            if turn != self._turn:  # another answer is on its way
                return
            self._length.text = place.say(
                words.WOULD_LAST,
                objects=desk.count_told(told.objects),
                whole=place.numbers.length(told.recorded_s),
                length=place.numbers.length(told.length_s),
            )
            if self._follows.value and self._wanted not in (None, (query, options)):
                await self.make()

    async def make(self) -> None:
        """Make the synopsis of what was found, and show it; one of another shape is no longer made."""
        desk, place = self._desk, self._desk.place
        if desk.look is None or not desk.look.total:
            ui.notify(place.say(words.NOTHING), position="top")
            return
        query, shape = desk.query, self._arrangement()
        options = with_effort(shape, desk.look.total)
        asked = SynopsisOptions(query=query, camera=desk.camera, arrange=options, reason=desk.reason)
        wanted = self._wanted = query, shape
        with place.telling():
            await self._cancel()
            self._growing = None
            self._make.disable()
            self._working.set_visibility(True)
            try:
                job = await place.run(lambda: making.start_synopsis(place.visit(), asked))
                if self._wanted is wanted:
                    self._job_id = job.job_id
                    job = await desk.follow(job, self._stage, self._bar, self._begin)
            finally:
                if self._wanted is wanted:
                    self._working.set_visibility(False)
                    self._make.enable()
            if self._wanted is not wanted:  # another was asked for meanwhile
                number = job.job_id
                await place.run(lambda: making.cancel_job(place.visit(), number))
                return
            self._job_id = None
            if job.state is JobState.DONE and job.made is not None:
                self._play(job.job_id, query)
            elif self._growing is not None:
                self._go_back()
            if job.state is JobState.FAILED and job.error is not None:
                raise job.error

    def _begin(self, job: Job) -> None:
        """Show what there is of a synopsis while the rest of it is rendered."""
        if job.begun is not None and self._growing is None and job.job_id == self._job_id:
            self._old.set_visibility(False)
            base = f"{self._desk.place.api}/jobs/{job.job_id}"
            self._growing = job.job_id, self._new_player("", grows=f"{base}/{making.GROWING}")

    def _play(self, job_id: str, query: Query) -> None:
        place = self._desk.place
        base = f"{place.api}/jobs/{job_id}"
        self._made_of = query
        self._complete = job_id, query
        self._old.set_visibility(query != self._desk.query)
        self._make.text = place.say(words.MAKE_AGAIN)
        growing, self._growing = self._growing, None
        if growing is not None and growing[0] == job_id:
            growing[1].complete(f"{base}/video", f"{base}/index")
        else:
            self._new_player(f"{base}/video", index=f"{base}/index")

    def _go_back(self) -> None:
        """Take away what will never be complete, and show what was there before it."""
        self._growing = None
        if self._complete is not None:
            self._play(*self._complete)
            return
        self._screen.clear()
        with self._screen:
            self._empty()
        self._show_scene()

    def _new_player(self, video: str, *, index: str = "", grows: str = "") -> Player:
        self._screen.clear()
        with self._screen:
            player = Player(self._desk.place, video, index=index, grows=grows)
        player.on_tube(self._clicked)
        return player

    async def _clicked(self, recording_id: str, track_id: int, second: float) -> None:
        await self._desk.choose(TrackId(recording_id=recording_id, track_id=track_id), second)

    async def _cancel(self) -> None:
        place, job_id = self._desk.place, self._job_id
        if job_id is not None:
            self._job_id = None
            with place.telling():
                await place.run(lambda: making.cancel_job(place.visit(), job_id))


def _wide(query: Query) -> Query:
    """Return a query without its classes, among which another choice can be arranged at once."""
    return query.model_copy(update={"classes": ()})
