"""The statistics page: draw lines and zones, count at them, see and save what may leave."""

from __future__ import annotations

import threading
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from nicegui import ui

from apercu.archive import check_camera
from apercu.errors import UsageError
from apercu.purposes import Capability, Wording
from apercu.purposes.purpose import Release
from apercu.statistics.counting import COUNTED
from apercu.statistics.released import Released
from apercu.statistics.report_content import Content
from apercu.statistics.report_html import charts_of, legend_of, tables_of
from apercu.statistics.report_words import Speech
from apercu.statistics.store import runs
from apercu.web.counting import (
    DRAWING,
    FILES,
    NumbersAsked,
    as_file,
    cameras_counted,
    intervals_of,
    numbers_for,
)
from apercu.web.jobs import Cancelled
from apercu.web.pages import statistics_words as words
from apercu.web.pages.board import Board
from apercu.web.pages.controls import button, link, progress
from apercu.web.pages.oversight_words import CAMERA
from apercu.web.pages.place import Place, tagged
from apercu.web.pages.shell import archive_page
from apercu.web.uploading import may_add
from apercu.web.visit import Visit

_TAKES = (Capability.COUNT, Capability.RELEASE_STATISTICS)
_REASONED = (*_TAKES, Capability.SHOW_SCENE, Capability.MANAGE)


@archive_page("statistics", words.STATISTICS, lambda visit: all(visit.may(each) for each in _TAKES))
async def build(place: Place) -> None:
    """Build the page."""

    known = None
    with place.telling():
        known = await place.run(lambda: _Known.of(place.visit(), place.asked.get("camera") or None))
    if known is None:
        return
    if not known.cameras or known.rules is None:
        with ui.element("div").classes("empty"):
            ui.label(place.say(words.NOTHING))
            if known.may_add:
                link(place.say(words.ADD), place.url("footage"))
        return
    await _Numbers(place, known, known.rules).show()


@dataclass(frozen=True, slots=True)
class _Known:
    """What can be asked: of which cameras, by which intervals, with a reason or not, under which rules.

    Attributes:
        camera: the one that is shown first.
        interval: the one that is offered first: not shorter than that by which the camera was counted.
        may_add: whether footage may be counted here, too.
    """

    cameras: list[str]
    intervals: list[int]
    reasoned: bool
    rules: Release | None
    camera: str | None
    interval: int | None
    may_add: bool

    @classmethod
    def of(cls, visit: Visit, camera: str | None) -> _Known:
        cameras = cameras_counted(visit)
        if camera is not None:
            cameras = sorted({*cameras, check_camera(camera)})
        first = camera or next(iter(cameras), None)
        counted = max((run.interval_s for run in runs(visit.archive) if run.camera == first), default=0)
        intervals = intervals_of(visit)
        return cls(
            cameras,
            intervals,
            any(visit.needs(each)[0] for each in _REASONED),
            visit.archive.settings.declaration.purpose.release,
            first,
            next((each for each in intervals if each >= counted), None),
            may_add(visit),
        )


class _Numbers:
    """What is asked, and what came of it."""

    def __init__(self, place: Place, known: _Known, rules: Release) -> None:
        speech = Speech(place.language)
        self._place, self._share, self._may_add = place, 0.0, known.may_add
        self._cancelled = threading.Event()
        self._released: Released | None = None
        self._asked: NumbersAsked | None = None
        with ui.element("div").classes("columns"):
            footage = place.asked.get("footage")
            self._board = Board(
                place, lambda: (self._reason.value or "").strip(), self._places_changed, footage
            )
            with ui.element("div").classes("stack"):
                with place.panel(words.ASK):
                    self._camera = _choice(place, CAMERA, {name: name for name in known.cameras})
                    self._camera.value = known.camera
                    self._camera.on_value_change(self._turn)
                    told = {length: speech.interval(length) for length in known.intervals}
                    self._interval = _choice(place, words.INTERVAL, told)
                    self._interval.value = known.interval
                    with ui.element("div").classes("row-line days"):
                        self._since, self._until = _day(place, words.FROM), _day(place, words.TO)
                    self._classes = _several(place, words.CLASSES, {n: speech.kind(n) for n in COUNTED})
                    self._places = _several(place, words.ONLY_PLACES, {})
                    self._heat = ui.checkbox(place.say(words.HEAT))
                    self._reason = ui.input(place.say(words.REASON)).props("outlined dense maxlength=2000")
                    self._reason.set_visibility(known.reasoned)
                    self._count = button(place.say(words.ASK), self._ask, main=True)
                    self._bar = progress(place.say(words.COUNTING))
                    self._bar.set_visibility(False)
                    self._stop = button(place.say(words.STOP), self._cancelled.set)
                    self._stop.set_visibility(False)
                    if known.may_add:
                        self._footage_link = ui.element("div")
                _show_rules(place, rules)
        self._result = ui.element("div").classes("stack results")

    async def show(self) -> None:
        """Show the first camera."""
        await self._turn()

    async def _turn(self) -> None:
        place, camera = self._place, str(self._camera.value)
        with place.telling():
            await self._board.show(camera)
            if self._may_add:
                self._footage_link.clear()
                with self._footage_link:
                    link(place.say(words.ADD), place.url("footage", camera=camera))
            await self._places_changed()

    async def _places_changed(self) -> None:
        names = sorted(self._board.zones)
        kept = [name for name in self._places.value or () if name in names]
        self._places.set_options(names, value=kept)

    async def _ask(self) -> None:
        """Count, and show what may leave."""
        place = self._place
        with place.telling():
            asked = NumbersAsked(
                camera=str(self._camera.value),
                interval_s=int(self._interval.value),
                since=_read_day(place, self._since.value),
                until=_read_day(place, self._until.value),
                places=tuple(self._places.value),
                classes=tuple(self._classes.value),
                heat=bool(self._heat.value),
                reason=(self._reason.value or "").strip() or None,
            )
            self._count.disable()
            self._cancelled.clear()
            self._bar.set_visibility(True)
            self._stop.set_visibility(True)
            telling = ui.timer(0.3, lambda: self._bar.set_value(self._share))
            try:
                self._released = await place.run(lambda: numbers_for(place.visit(), asked, self._told))
                self._asked = asked
                shown = await place.run(self._drawn)
            except Cancelled:
                return
            finally:
                telling.cancel()
                self._share = 0.0
                self._bar.set_visibility(False)
                self._stop.set_visibility(False)
                self._count.enable()
            self._result.clear()
            with self._result:
                self._show(*shown)

    def _told(self, share: float) -> None:
        """Take note of how far counting is; ends it when the person does not want it any more."""
        if self._cancelled.is_set():
            raise Cancelled
        self._share = share

    def _drawn(self) -> tuple[Released, str, str, str]:
        """Return what is shown: the numbers, charts, tables, and the map as an address."""
        assert self._released is not None and self._asked is not None
        content = Content(self._released, self._place.language)
        with DRAWING:
            charts = "".join(charts_of(content))
        tables = "".join(tables_of(content)) + f'<p class="muted small">{escape(legend_of(content))}</p>'
        heat = ""
        if self._asked.heat and "movement" in self._released.table["measure"].to_pylist():
            drawn = as_file(self._visit(), self._released, ".png", self._place.language, self._asked.reason)
            heat = "data:image/png;base64," + b64encode(drawn).decode()
        return self._released, charts, tables, heat

    def _show(self, released: Released, charts: str, tables: str, heat: str) -> None:
        place, facts, numbers = self._place, released.facts, self._place.numbers
        with place.panel(words.RESULT):
            with ui.element("div").classes("row-line").props("role=status"):
                ui.label(place.say(words.LEFT, number=numbers.count(released.table.num_rows))).classes(
                    "badge"
                )
                held = words.WITHHELD if facts.withheld else words.NONE_WITHHELD
                told = place.say(held, number=numbers.count(facts.withheld))
                ui.label(told).classes("badge wait" if facts.withheld else "badge good")
                observed = place.say(words.OBSERVED, share=numbers.share(facts.observed_share))
                ui.label(observed).classes("badge")
            for line in (facts.statement, *facts.remarks):
                ui.label(line.in_language(place.language))
            with ui.element("div").classes("row-line"):
                ui.label(place.say(words.EXPORT)).classes("muted")
                for kind in FILES:
                    if kind != ".png" or heat:
                        self._saver(kind)
        with place.panel(words.CHARTS):
            ui.html(charts, sanitize=False).classes("paper")
            ui.html(tables, sanitize=False).classes("tables")
        if heat:
            with place.panel(words.MAP):
                told = escape(place.say(words.MAP_OF, camera=facts.cameras[0]))
                ui.html(f'<img src="{heat}" alt="{told}">', sanitize=False).classes("paper")

    def _saver(self, kind: str) -> None:
        place = self._place

        async def save() -> None:
            with place.telling():
                released, asked = self._released, self._asked
                assert released is not None and asked is not None
                content = await place.run(
                    lambda: as_file(self._visit(), released, kind, place.language, asked.reason)
                )
                ending = kind if kind.startswith(".") else f".{kind}"
                ui.download.content(content, f"{asked.camera}-{datetime.now():%Y%m%d-%H%M%S}{ending}")

        button(kind.removeprefix("."), save).classes("chip")

    def _visit(self) -> Visit:
        return self._place.visit()


def _show_rules(place: Place, rules: Release) -> None:
    """Say what may leave, before anything is asked."""
    with place.panel(words.RULES):
        lines = (rule.in_language(place.language) for rule in (*rules.rules, rules.basis))
        ui.html(f"<ul>{''.join(tagged('li', line) for line in lines)}</ul>", sanitize=False)


def _choice(place: Place, title: Wording, options: dict[str, str] | dict[int, str]) -> ui.select:
    made = ui.select(options, value=next(iter(options)), label=place.say(title))
    return made.props("outlined dense options-dense")


def _several(place: Place, title: Wording, options: dict[str, str]) -> ui.select:
    made = ui.select(options, multiple=True, value=[], label=place.say(title))
    return made.props("outlined dense options-dense")


def _day(place: Place, title: Wording) -> ui.input:
    return ui.input(place.say(title)).props("outlined dense type=date stack-label")


def _read_day(place: Place, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(place.say(words.BAD_DAY)) from error
