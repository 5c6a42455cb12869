"""One's own account: roles, and tokens for programs that speak in one's name."""

from __future__ import annotations

from datetime import UTC, datetime

from nicegui import ui

from apercu.errors import RightError
from apercu.purposes import Capability
from apercu.web.pages import people_words as words
from apercu.web.pages.controls import button
from apercu.web.pages.place import Place
from apercu.web.pages.shell import service_page
from apercu.web.roles import Role
from apercu.web.tokens import LONGEST_DAYS, Token
from apercu.web.visit import Visitor


@service_page("account", words.ACCOUNT, lambda visitor: True)
async def build(place: Place) -> None:
    """Show one's roles and tokens."""

    @ui.refreshable
    async def listed() -> None:
        with place.telling():
            held = await place.run(lambda: place.service.tokens.of(_self(place).person.person_id))
            if not held:
                ui.label(place.say(words.NO_TOKENS)).classes("muted")
            for token in held:
                _line(token)

    def _line(token: Token) -> None:
        over = token.expires_at < datetime.now(UTC)

        async def end() -> None:
            with place.telling():
                number = token.token_id
                await place.run(lambda: place.service.tokens.delete(_self(place).person.person_id, number))
                await listed.refresh()

        with ui.element("article").classes("row-line"):
            ui.label(token.name)
            day = place.numbers.day(token.expires_at)
            told = place.say(words.ENDED if over else words.UNTIL, day=day)
            ui.label(told).classes("badge" if over else "badge good")
            ui.label(", ".join(sorted(scope.value for scope in token.scopes))).classes("muted small mono")
            ui.element("div").classes("spring")
            button(
                place.say(words.DELETE_TOKEN), end, label=place.say(words.DELETE_TOKEN_OF, name=token.name)
            )

    async def make() -> None:
        with place.telling():
            told, scopes, lasting = name.value or "", [Capability(each) for each in may.value], days.value
            made, _ = await place.run(
                lambda: place.service.tokens.create(_self(place).person, told, scopes, int(lasting or 0))
            )
            name.value, may.value = "", []
            secret.clear()
            with secret:
                ui.label(place.say(words.SECRET))
                ui.label(made).classes("quote mono")
            await listed.refresh()

    person = place.visitor.person
    with ui.element("div").classes("columns"):
        with place.panel(words.MY_ROLES):
            for role in Role:
                if role in person.roles:
                    ui.label(place.say(words.ROLE[role])).classes("badge")
                    ui.label(role.meaning.in_language(place.language)).classes("muted")
        with place.panel(words.MY_TOKENS):
            ui.label(place.say(words.TOKENS_ABOUT)).classes("muted")
            await listed()
            name = ui.input(place.say(words.TOKEN_FOR)).props("outlined dense maxlength=100")
            meanings = {
                capability.value: capability.meaning.in_language(place.language)
                for capability in Capability
                if capability in person.capabilities
            }
            may = ui.select(meanings, multiple=True, value=[], label=place.say(words.SCOPES))
            may.props("outlined dense options-dense")
            days = ui.number(place.say(words.DAYS), value=30, min=1, max=LONGEST_DAYS, precision=0)
            days.props("outlined dense")
            button(place.say(words.MAKE_TOKEN), make, main=True)
            secret = ui.element("div").classes("stack").props("role=status")


def _self(place: Place) -> Visitor:
    """Return who looks, logged in still.

    Raises:
        LoginError: the session is over.
        RightError: it is a program, which makes no tokens.
    """
    visitor = place.again()
    if visitor.session is None:
        raise RightError("a token cannot make or end tokens", next_step="Log in.")
    return visitor
