"""The original moment of one object: a clip with people pixelated, and the way to ask for more than that."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from apercu.disclosure.options import ClipOptions
from apercu.purposes import Capability
from apercu.search import Query, TrackId
from apercu.web import approving, making
from apercu.web.approvals import Approval, State
from apercu.web.jobs import Job, JobState
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button, dialog, progress, with_key
from apercu.web.pages.place import tagged
from apercu.web.pages.reason import ReasonField
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.player import Player
from apercu.web.visit import Visit

_ASK_EVERY_S, _ASK_TIMES = 5.0, 120
"""How often it is looked whether a request was decided: not for ever, or no session would ever be idle."""


class MomentPanel:
    """The panel of the chosen object."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clips: dict[tuple[TrackId, bool], str] = {}
        self._shown: TrackId | None = None
        self._state: tuple[State | None, bool] | None = None
        with desk.place.panel(label=words.MOMENT) as panel:
            panel.classes("original")
            with ui.element("div").classes("row-line"):
                ui.html(tagged("h2", desk.place.say(words.MOMENT)), sanitize=False)
                ui.element("div").classes("spring")
                for sign, title, key, by in (("‹", words.BEFORE, "p", -1), ("›", words.NEXT, "n", 1)):
                    step = button(sign, partial(desk.step, by), label=desk.place.say(title))
                    with_key(step, key, repeats=True)
            self._hint = ui.label(desk.place.say(words.CHOOSE_ONE)).classes("muted")
            self._facts = ui.label().props("role=status")
            self._screen = ui.element("div").classes("screen")
            with ui.element("div").classes("row-line working") as self._working:
                self._stage = ui.label().classes("small")
                self._bar = progress(desk.place.say(words.MOMENT))
            self._working.set_visibility(False)
            self._acts = ui.element("div").classes("row-line")
            self._asking = ui.element("div").classes("stack")
        self._asked = 0
        self._timer = ui.timer(_ASK_EVERY_S, self._refresh_asking, active=False)
        desk.on_choice.append(self.show)

    async def show(self) -> None:
        """Show the chosen object's moment, and what can be done with it."""
        desk, track = self._desk, self._desk.chosen
        self._hint.set_visibility(track is None)
        self._acts.clear()
        if track is None:
            self._facts.text, self._shown = "", None
            self._screen.clear()
            self._asking.clear()
            return
        self._offer(track)
        if track == self._shown:
            return
        self._shown, self._state, self._asked = track, None, 0
        self._facts.text = self._told(track)
        self._screen.clear()
        self._asking.clear()
        await self._refresh_asking()
        if Capability.SHOW_IMAGES in desk.may:
            await self._clip(track, ClipOptions(reason=desk.reason))

    def _told(self, track: TrackId) -> str:
        desk = self._desk
        rows = () if desk.look is None else desk.look.tracks
        for row in rows:
            if (row["recording_id"], row["track_id"]) == (track.recording_id, track.track_id):
                begin = float(row["start_s"])
                moment = desk.moment(track.recording_id, begin)
                numbers = desk.place.numbers
                told = numbers.position(begin) if moment is None else numbers.moment(moment)
                lasts = desk.place.say(words.LASTS, length=numbers.length(float(row["duration_s"])))
                return f"{desk.class_told(str(row['class']))} · {told} · {lasts}"
        return str(track)

    def _offer(self, track: TrackId) -> None:
        desk, place = self._desk, self._desk.place
        marked = desk.is_reviewed(track)
        with self._acts:
            mark = button(place.say(words.UNMARK if marked else words.MARK), lambda: desk.mark())
            with_key(mark, "m")
            mark.props["aria-pressed"] = "true" if marked else "false"
            job_id = self._clips.get((track, True))
            if job_id is not None:
                ui.html(
                    f'<a class="button" href="{place.api}/jobs/{job_id}/video" '
                    f'download="clip-{track.recording_id}-{track.track_id}.mp4">'
                    f"{place.say(words.TAKE_CLIP)}</a>",
                    sanitize=False,
                )
            button(place.say(words.COPY_LINK), self._copy)
            button(place.say(words.ONLY_THIS), lambda: desk.ask(Query(tracks=(track,))))

    def _copy(self) -> None:
        ui.run_javascript("navigator.clipboard?.writeText(location.href)")
        ui.notify(self._desk.place.say(words.COPIED), position="top")

    async def _clip(self, track: TrackId, options: ClipOptions) -> None:
        """Cut the moment out, and show it."""
        desk, place, key = self._desk, self._desk.place, (track, options.redact)
        with place.telling():
            if key not in self._clips:
                self._working.set_visibility(True)
                try:
                    job = await place.run(lambda: making.start_clip(place.visit(), track, options))
                    job = await desk.follow(job, self._stage, self._bar)
                finally:
                    self._working.set_visibility(False)
                if job.state is JobState.FAILED and job.error is not None:
                    raise job.error
                if job.state is not JobState.DONE:
                    return
                self._clips[key] = job.job_id
            if track == desk.chosen:
                number = self._clips[key]
                await self._play(await place.run(lambda: making.find_job(place.visit(), number)), track)

    async def _play(self, job: Job, track: TrackId) -> None:
        desk, place = self._desk, self._desk.place
        assert job.made is not None, "it is done"
        begin_s = float(job.made.facts["begin_s"])
        start_s = 0.0 if desk.second is None else max(0.0, desk.second - begin_s)
        redacted = bool(job.made.facts["redacted"])
        self._screen.clear()
        with self._screen:
            with ui.element("div").classes("row-line"):
                ui.label(place.say(words.PIXELATED if redacted else words.AS_FILMED)).classes(
                    "badge" if redacted else "badge bad"
                )
                clock = ui.label(desk.time_told(track.recording_id, begin_s + start_s)).classes("nums")
            player = Player(place, f"{place.api}/jobs/{job.job_id}/video", start_s=start_s)
        player.on(
            "moment",
            lambda event: clock.set_text(desk.time_told(track.recording_id, begin_s + float(event.args))),
            throttle=0.25,
        )
        self._acts.clear()
        self._offer(track)

    async def _refresh_asking(self) -> None:
        """Offer to ask for people as filmed, or tell what became of the request."""
        desk, track, place = self._desk, self._desk.chosen, self._desk.place
        if track is None or Capability.SHOW_UNREDACTED not in desk.may:
            self._timer.active = False
            return
        with place.telling():
            request, approving_needed = await place.run(lambda: _request_of(place.visit(), track))
            self._asked += 1
            pending = request is not None and request.state is State.PENDING
            self._timer.active = pending and self._asked < _ASK_TIMES
            state = (None if request is None else request.state, approving_needed)
            if state == self._state:
                return
            self._state = state
            self._asking.clear()
            with self._asking:
                self._tell(track, request, approving_needed)

    def _tell(self, track: TrackId, request: Approval | None, needed: bool) -> None:
        place = self._desk.place
        if request is not None and request.state is State.PENDING:
            ui.label(place.say(words.WAITING_FOR)).classes("badge wait")
            return
        if request is not None and request.state is State.APPROVED:
            reason = request.reason
            ui.label(place.say(words.APPROVED_BY, person=request.decided_by)).classes("badge good")
            as_filmed = ClipOptions(redact=False, reason=reason)
            button(place.say(words.SHOW_UNREDACTED), lambda: self._clip(track, as_filmed), main=True)
            return
        if request is not None and request.state is State.DENIED:
            ui.label(place.say(words.WAS_DENIED, remark=request.remark)).classes("badge bad")
        wording = words.ASK_UNREDACTED if needed else words.SHOW_UNREDACTED
        button(place.say(wording), lambda: self._ask(track, needed))

    def _ask(self, track: TrackId, needed: bool) -> None:
        """Ask for a reason, and with it another person, or the clip at once where the purpose lets."""
        place = self._desk.place
        with dialog(place.say(words.ASK_UNREDACTED)) as asking:
            ui.label(place.say(words.ASK_ABOUT if needed else words.WHY_ABOUT))
            ui.label(self._told(track)).classes("quote")
            reason = ReasonField(place, self._desk.kinds)

            async def send() -> None:
                why = reason.value
                with place.telling():
                    if needed:
                        capability = Capability.SHOW_UNREDACTED
                        await place.run(lambda: approving.ask_approval(place.visit(), capability, track, why))
                        ui.notify(place.say(words.ASKED), type="positive", position="top")
                        asking.close()
                        await self._refresh_asking()
                    else:
                        asking.close()
                        await self._clip(track, ClipOptions(redact=False, reason=why))

            with ui.element("div").classes("row-line"):
                button(place.say(shell_words.SEND), send, main=True)
                button(place.say(shell_words.CANCEL), asking.close)
        asking.open()


def _request_of(visit: Visit, track: TrackId) -> tuple[Approval | None, bool]:
    """Return the visitor's newest request to see a track as filmed, and whether that takes one."""
    needed = visit.needs(Capability.SHOW_UNREDACTED)[1]
    person_id, subject = visit.visitor.person.person_id, f"track {track}"
    mine = (
        each
        for each in approving.list_approvals(visit)
        if (each.person_id, each.subject, each.capability) == (person_id, subject, Capability.SHOW_UNREDACTED)
    )
    return next(mine, None), needed
