"""The footage page: recordings on the server go into the archive, and each says what became of it."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from apercu.purposes import Capability
from apercu.web import making
from apercu.web.footage import KIND, FoundFile, find_files, start_analysis
from apercu.web.jobs import Job, JobState
from apercu.web.pages import footage_words as words
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button
from apercu.web.pages.shell import Place, archive_page
from apercu.web.visit import Visit

_POLL_S = 1.0
_TAKES = (Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS)
_STATES = {
    JobState.DONE: (words.DONE, "good"),
    JobState.FAILED: (words.FAILED, "bad"),
    JobState.CANCELLED: (words.CANCELLED, ""),
}


def _shows(visit: Visit) -> bool:
    return bool(visit.service.settings.footage) and all(visit.may(each) for each in _TAKES)


@archive_page("footage", words.FOOTAGE, _shows)
async def build(place: Place) -> None:
    """Build the page."""
    await _Folders(place).show()


class _Folders:
    """The files that may be analysed, and the analyses."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._files: list[FoundFile] = []
        self._chosen: dict[int, ui.checkbox] = {}
        self._seen: list[Job] | None = None
        ui.label(place.say(words.ABOUT)).classes("muted")
        with ui.element("div").classes("columns results"):
            with place.panel(words.FILES):
                self._folder = ui.select([], label=place.say(words.FOLDER), on_change=self._list)
                self._folder.props("outlined dense options-dense")
                self._lines = ui.element("div").classes("files")
                self._camera = ui.input(place.say(words.CAMERA)).props("outlined dense maxlength=64")
                with ui.element("div").classes("row-line"):
                    button(place.say(words.ANALYSE), self._begin, main=True)
                    button(place.say(words.AGAIN), self.show)
            with place.panel(words.JOBS):
                self._jobs = ui.element("div").classes("stack").props("role=status")

    async def show(self) -> None:
        """Read the folders, and follow the analyses."""
        with self._place.telling():
            self._files = await self._place.run(lambda: find_files(self._place.visit()))
            folders = list(dict.fromkeys(each.folder for each in self._files))
            kept = self._folder.value if self._folder.value in folders else None
            self._folder.set_options(folders, value=kept or next(iter(folders), None))
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
            for number, each in enumerate(self._files):
                if each.folder == self._folder.value:
                    told = f"{each.name} ({place.say(words.KNOWN)})" if each.is_known else each.name
                    self._chosen[number] = ui.checkbox(told, value=not each.is_known)

    async def _begin(self) -> None:
        place = self._place
        with place.telling():
            paths = [self._files[number].path for number, box in self._chosen.items() if box.value]
            camera = (self._camera.value or "").strip() or None
            await place.run(lambda: start_analysis(place.visit(), paths, camera))
            await self._follow()

    async def _follow(self) -> None:
        """Show how far the analyses are, where anything changed."""
        place = self._place
        with place.telling():
            jobs = [
                job for job in await place.run(lambda: making.list_jobs(place.visit())) if job.kind == KIND
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
        place = self._place
        with ui.element("article").classes("stack"):
            with ui.element("div").classes("row-line"):
                if job.is_over:
                    state, tone = _STATES[job.state]
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
            for file in () if job.made is None else job.made.facts["files"]:
                self._file(file)

    def _canceller(self, job_id: str) -> None:
        place = self._place

        async def cancel() -> None:
            with place.telling():
                await place.run(lambda: making.cancel_job(place.visit(), job_id))

        button("✕", cancel, label=place.say(words.CANCEL_JOB)).classes("chip")

    def _file(self, told: dict[str, Any]) -> None:
        place = self._place
        if "kinds" in told:
            kind = next(shell_words.ERRORS[name] for name in told["kinds"] if name in shell_words.ERRORS)
            details = told["what"] + (f". {told['next']}" if told["next"] else "")
            line = place.say(words.BROKEN, file=told["file"], kind=place.say(kind), details=details)
            ui.label(line).classes("quote")
            return
        length = place.numbers.length(told["seconds"])
        tracks = place.numbers.count(told["tracks"])
        found = words.REPEATED if told["repeated"] else words.FOUND
        ui.label(place.say(found, file=told["file"], tracks=tracks, length=length))
        for warning in told["warnings"]:
            ui.label(warning).classes("muted small")
