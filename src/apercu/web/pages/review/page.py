"""The review page: what is asked above, filters, synopsis and objects below it."""

from __future__ import annotations

from nicegui import ui

from apercu.errors import UsageError
from apercu.purposes import Capability
from apercu.search import Query, TrackId, read_query
from apercu.web.pages import words as shell_words
from apercu.web.pages.place import Place
from apercu.web.pages.review import words
from apercu.web.pages.review.bar import Bar
from apercu.web.pages.review.desk import Desk
from apercu.web.pages.review.filters import Filters
from apercu.web.pages.review.moment import MomentPanel
from apercu.web.pages.review.synopsis import SynopsisPanel
from apercu.web.pages.review.tracks import TrackList
from apercu.web.pages.review.when import When
from apercu.web.pages.review.why import Why
from apercu.web.pages.shell import archive_page


@archive_page("review", shell_words.REVIEW, lambda visit: visit.may(Capability.SEARCH))
async def build(place: Place) -> None:
    """Build the page, and ask what its address asks."""
    desk = await place.run(lambda: Desk.of(place, place.visit()))
    if not desk.footage.cameras:
        ui.label(place.say(words.NO_FOOTAGE)).classes("empty")
        return
    with ui.element("div").classes("review"):
        Why(desk, lambda: _begin(desk))
        Bar(desk)
        When(desk)
        filters = Filters(desk)
        with ui.element("div").classes("centre"):
            SynopsisPanel(desk)
            TrackList(desk)
        MomentPanel(desk)
    await filters.list_saved()
    await _begin(desk)


async def _begin(desk: Desk) -> None:
    """Ask what the address asks; what it says wrongly is told, and the last day shown."""
    asked, place = desk.place.asked, desk.place
    query = None
    with place.telling():
        query = read_query(asked.get("q", ""))
    if desk.takes_reason and not desk.reason:
        desk.wanted = desk.footage.settled(query or Query())
        return
    if not (query is not None and await desk.ask(query)):
        await desk.ask(read_query(""))
    if asked.get("track"):
        with place.telling():
            track = TrackId.read(asked["track"])
            try:
                second = float(asked["second"]) if asked.get("second") else None
            except ValueError as error:
                raise UsageError(f"{asked['second']!r} is no number of seconds") from error
            await desk.choose(track, second)
