"""The footage page: recordings are sent, or lie on the server, and each says what became of it.

They are analysed into the archive, or counted where the purpose allows no more.
"""

from __future__ import annotations

from typing import Any

from nicegui import ui

from apercu.archive.intake import DEFAULT_CAMERA
from apercu.archive.zones import read_zones
from apercu.purposes import Capability
from apercu.statistics.report_words import Speech
from apercu.web import making
from apercu.web.adding import ANALYSIS, COUNT, UPLOADS, FootageFile, list_footage, start_analysis, start_count
from apercu.web.counting import intervals_of
from apercu.web.jobs import Job, JobState
from apercu.web.pages import footage_words as words
from apercu.web.pages.controls import button, link
from apercu.web.pages.error_words import problem_told
from apercu.web.pages.place import Place
from apercu.web.pages.shell import archive_page
from apercu.web.pages.uploader import Uploader
from apercu.web.uploading import list_uploads, may_add, remove_upload, takes
from apercu.web.uploads import Upload

_POLL_S = 1.0
_DAY_S = 86_400
_STATES = {
    JobState.DONE: (words.DONE, "good"),
    JobState.FAILED: (words.FAILED, "bad"),
    JobState.CANCELLED: (words.CANCELLED, ""),
}


@archive_page("footage", words.FOOTAGE, may_add)
async def build(place: Place) -> None:
    """Build the page."""

    def read() -> tuple[bool, list[int], list[Upload]]:
        visit = place.visit()
        unfinished = [each for each in list_uploads(visit) if not each.is_finished]
        return takes(visit) is Capability.COUNT, intervals_of(visit), unfinished

    await _Footage(place, *await place.run(read)).show()


class _Footage:
    """What is sent, the files that may be used, and what became of them."""

    def __init__(self, place: Place, counts: bool, intervals: list[int], begun: list[Upload]) -> None:
        self._place, self._counts = place, counts
        self._files: list[FootageFile] = []
        self._chosen: dict[str, ui.checkbox] = {}
        self._seen: list[Job] | None = None
        about = words.ABOUT_COUNT if counts else words.ABOUT
        ui.label(place.say(about)).classes("muted")
        days = place.service.settings.unfinished_s // _DAY_S
        with ui.element("div").classes("columns results"):
            with place.panel(words.SEND):
                with ui.element("div").classes("row-line days"):
                    self._camera = ui.input(place.say(words.CAMERA)).props("outlined dense maxlength=64")
                    self._camera.value = place.asked.get("camera", "")
                    speech = Speech(place.language)
                    options = {length: speech.interval(length) for length in intervals}
                    self._interval = ui.select(options, label=place.say(words.INTERVAL)) if counts else None
                    if self._interval is not None:
                        self._interval.props("outlined dense options-dense")
                        self._interval.value = next((each for each in intervals if each >= 900), None)
                self._uploader = Uploader(place, begun, self._sent)
                hint = words.SEND_HINT_COUNT if counts else words.SEND_HINT
                ui.label(place.say(hint, days=place.numbers.count(days))).classes("muted small")
            with ui.element("div").classes("stack"):
                with place.panel(words.FILES):
                    self._folder = ui.select([], label=place.say(words.FOLDER), on_change=self._list)
                    self._folder.props("outlined dense options-dense")
                    self._lines = ui.element("div").classes("files")
                    with ui.element("div").classes("row-line"):
                        verb = place.say(words.COUNT if counts else words.ANALYSE)
                        button(verb, self._begin_chosen, main=True)
                        if counts:
                            button(place.say(words.DRAW), self._draw)
                        button(place.say(words.AGAIN), self.show)
                with place.panel(words.COUNTS if counts else words.JOBS):
                    self._jobs = ui.element("div").classes("stack").props("role=status")

    async def show(self) -> None:
        """Read the folders, and follow the work."""
        place = self._place
        with place.telling():
            self._files, sent = await place.run(
                lambda: (list_footage(place.visit()), list_uploads(place.visit()))
            )
            self._uploader.know([each.stamp for each in sent if each.is_finished and each.stamp])
            folders = {
                name: place.say(words.UPLOADS) if name == UPLOADS else name
                for name in dict.fromkeys(each.folder for each in self._files)
            }
            kept = self._folder.value if self._folder.value in folders else None
            self._folder.set_options(folders, value=kept or next(iter(folders), None))
            self._folder.set_visibility(bool(folders))
            self._list()
            if self._seen is None:
                ui.timer(_POLL_S, self._follow)

    def _list(self) -> None:
        place = self._place
        self._lines.clear()
        self._chosen = {}
        with self._lines:
            if not self._files:
                ui.label(place.say(words.NO_FILES)).classes("muted")
            for each in self._files:
                if each.folder == self._folder.value:
                    self._line(each)

    def _line(self, each: FootageFile) -> None:
        place = self._place
        told = f"{each.label} ({place.say(words.KNOWN)})" if each.is_known else each.label
        with ui.element("div").classes("row-line"):
            box = ui.checkbox(told, value=not each.is_known and each.problem is None)
            self._chosen[each.name] = box
            if each.folder == UPLOADS and not each.is_known:
                self._remover(each)
        if each.problem is not None:
            ui.label(self._broken({"file": each.label, "problem": each.problem})).classes("quote")
            ui.label(place.say(words.STAYS)).classes("muted small")

    def _remover(self, each: FootageFile) -> None:
        place = self._place

        async def remove() -> None:
            with place.telling():
                await place.run(lambda: remove_upload(place.visit(), each.name.rpartition("/")[2]))
            await self.show()

        button("✕", remove, label=place.say(words.REMOVE, file=each.label)).classes("chip")

    async def _sent(self, names: list[str]) -> None:
        """Use what has come, unless it would be counted nowhere."""
        place, camera = self._place, self._named
        with place.telling():
            drawn = await place.run(lambda: read_zones(place.visit().archive).get(camera))
            if self._counts and not drawn:
                ui.notify(place.say(words.DRAW_FIRST, camera=camera), type="positive", timeout=10_000)
            else:
                await self._begin(names)
        await self.show()
        if UPLOADS in self._folder.options:
            self._folder.value = UPLOADS

    async def _begin_chosen(self) -> None:
        with self._place.telling():
            await self._begin(self._wanted)

    @property
    def _wanted(self) -> list[str]:
        return [name for name, box in self._chosen.items() if box.value]

    @property
    def _named(self) -> str:
        """The camera, as the archive will call it."""
        return (self._camera.value or "").strip() or DEFAULT_CAMERA

    def _draw(self) -> None:
        """Lead to where lines and zones are drawn, on the scene of what is chosen."""
        footage = next(iter(self._wanted), "")
        ui.navigate.to(self._place.url("statistics", camera=self._named, footage=footage))

    async def _begin(self, names: list[str]) -> None:
        place, camera = self._place, (self._camera.value or "").strip() or None
        if self._interval is not None:
            length = float(self._interval.value)
            await place.run(lambda: start_count(place.visit(), names, camera=camera, interval_s=length))
        else:
            await place.run(lambda: start_analysis(place.visit(), names, camera=camera))
        await self._follow()

    async def _follow(self) -> None:
        """Show how far the work is, where anything changed."""
        place, kinds = self._place, (ANALYSIS, COUNT)
        with place.telling():
            jobs = [
                job for job in await place.run(lambda: making.list_jobs(place.visit())) if job.kind in kinds
            ]
            if jobs == self._seen:
                return
            ended = [j.is_over for j in jobs] != [j.is_over for j in self._seen or ()]
            self._seen = jobs
            self._jobs.clear()
            with self._jobs:
                if not jobs:
                    ui.label(place.say(words.NO_JOBS)).classes("muted")
                for job in jobs:
                    self._job(job)
            if ended:
                await self.show()

    def _job(self, job: Job) -> None:
        place, files = self._place, () if job.made is None else job.made.facts["files"]
        with ui.element("article").classes("stack"):
            with ui.element("div").classes("row-line"):
                if job.is_over:
                    state, tone = _STATES[job.state]
                    if any("problem" in file for file in files):
                        tone = "bad"
                    ui.label(place.say(state)).classes(f"badge {tone}")
                else:
                    running = "/" in job.stage
                    told = words.RUNNING if running else words.WAITING
                    ui.label(place.say(told, stage=job.stage)).classes("badge wait")
                begun = place.say(words.BEGUN, moment=place.numbers.moment(job.created_at))
                ui.label(begun).classes("muted small")
                if not job.is_over:
                    self._canceller(job.job_id)
            if not job.is_over:
                ui.linear_progress(job.share, show_value=False).props("rounded")
            if job.error is not None:
                ui.label(place.error(job.error)).classes("quote")
            for file in files:
                self._file(file)
            for camera in dict.fromkeys(file["camera"] for file in files if "camera" in file):
                link(place.say(words.SEE_NUMBERS), place.url("statistics", camera=camera))

    def _canceller(self, job_id: str) -> None:
        place = self._place

        async def cancel() -> None:
            with place.telling():
                await place.run(lambda: making.cancel_job(place.visit(), job_id))

        button("✕", cancel, label=place.say(words.CANCEL_JOB)).classes("chip")

    def _file(self, told: dict[str, Any]) -> None:
        place = self._place
        if "problem" in told:
            ui.label(self._broken(told)).classes("quote")
            return
        length = place.numbers.length(told["seconds"])
        if "tracks" in told:
            found = words.REPEATED if told["repeated"] else words.FOUND
            tracks = place.numbers.count(told["tracks"])
            ui.label(place.say(found, file=told["file"], tracks=tracks, length=length))
        else:
            found = words.COUNTED if told["places"] else words.NOWHERE
            found = words.COUNTED_BEFORE if told["repeated"] else found
            places = ", ".join(told["places"])
            line = place.say(found, file=told["file"], length=length, places=places, camera=told["camera"])
            ui.label(line)
        for warning in told["warnings"]:
            ui.label(warning).classes("muted small")

    def _broken(self, told: dict[str, Any]) -> str:
        place, problem = self._place, told["problem"]
        shown = problem_told(problem["kinds"], problem["what"], problem["next"], place.language)
        return place.say(words.BROKEN, file=told["file"], problem=shown)
