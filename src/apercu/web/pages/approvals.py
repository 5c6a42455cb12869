"""Approvals: what others ask of one's second pair of eyes, and what became of one's own requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from apercu.errors import UsageError
from apercu.search import TrackId
from apercu.web import approving
from apercu.web.approvals import Approval, State
from apercu.web.pages import words
from apercu.web.pages.controls import button
from apercu.web.pages.place import Place
from apercu.web.pages.shell import archive_page
from apercu.web.visit import Visit

_STATES = {
    State.PENDING: (words.PENDING, "wait"),
    State.APPROVED: (words.APPROVED, "good"),
    State.DENIED: (words.DENIED, "bad"),
    State.EXPIRED: (words.EXPIRED, ""),
}


def _shows(visit: Visit) -> bool:
    """Return whether something here takes another's approval that this person may ask for, or give."""
    purpose = visit.archive.settings.declaration.purpose
    return bool(purpose.four_eyes & visit.visitor.person.capabilities)


@archive_page("approvals", words.APPROVALS, _shows)
async def build(place: Place) -> None:
    """List requests: those to decide first."""
    me = place.visitor.person.person_id

    @ui.refreshable
    async def listed() -> None:
        with place.telling():
            found = await place.run(lambda: approving.list_approvals(place.visit()))
            others = [each for each in found if each.person_id != me]
            groups = (
                (words.TO_DECIDE, [e for e in others if e.state is State.PENDING], words.NOTHING_TO_DECIDE),
                (words.MINE, [each for each in found if each.person_id == me], words.NO_REQUESTS),
                (words.DECIDED, [e for e in others if e.state is not State.PENDING], None),
            )
            for title, requests, nothing in groups:
                if not requests and nothing is None:
                    continue
                with place.panel(title):
                    if not requests and nothing is not None:
                        ui.label(place.say(nothing)).classes("muted")
                    with ui.element("div").classes("cards"):
                        for request in requests:
                            _card(place, request, listed.refresh)

    with ui.element("div").classes("stack"):
        ui.label(place.say(words.APPROVAL_ABOUT)).classes("muted")
        await listed()


def _card(place: Place, request: Approval, refresh: Callable[[], Any]) -> None:
    mine = request.person_id == place.visitor.person.person_id
    state, tone = _STATES[request.state]
    numbers = place.numbers
    with ui.element("article").classes("panel"):
        with ui.element("div").classes("row-line"):
            ui.label(place.say(state)).classes(f"badge {tone}")
            ui.label(request.capability.meaning.in_language(place.language))
        ui.label(request.subject).classes("mono")
        ui.label(request.reason).classes("quote")
        asked = place.say(words.ASKED_BY, person=request.person, moment=numbers.moment(request.asked_at))
        ui.label(asked).classes("muted small")
        if request.decided_at is not None:
            decided = place.say(
                words.DECIDED_BY, person=request.decided_by, moment=numbers.moment(request.decided_at)
            )
            ui.label(decided + (f": {request.remark}" if request.remark else "")).classes("muted small")
        if request.state is State.APPROVED:
            until = numbers.moment(request.expires_at)
            ui.label(place.say(words.HOLDS_UNTIL, moment=until)).classes("muted small")
        _link(place, request.subject)
        if not mine and request.state is State.PENDING:
            _decision(place, request, refresh)


def _link(place: Place, subject: str) -> None:
    kind, _, named = subject.partition(" ")
    if kind != "track":
        return
    try:
        track = TrackId.read(named)
    except UsageError:  # not the name of a track: then there is no moment to open
        return
    ui.link(place.say(words.OPEN_MOMENT), place.url("review", track=str(track)))


def _decision(place: Place, request: Approval, refresh: Callable[[], Any]) -> None:
    remark = ui.input(place.say(words.REMARK)).props("outlined dense maxlength=2000")

    async def decide(approve: bool) -> None:
        with place.telling():
            told = remark.value or ""
            number = request.approval_id
            await place.run(
                lambda: approving.decide_approval(place.visit(), number, approve=approve, remark=told)
            )
            await refresh()

    with ui.element("div").classes("row-line"):
        button(place.say(words.APPROVE), lambda: decide(True), main=True)
        button(place.say(words.DENY), lambda: decide(False))
