"""The page of people, for administrators: who there is, with which roles, with rights in which archives."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from nicegui import ui

from apercu.archive.settings import ArchiveSettings, read_settings
from apercu.errors import UsageError
from apercu.purposes import Wording
from apercu.web.accounts import Person
from apercu.web.api.common import the_administrator
from apercu.web.granting import change_account, give_right, take_right
from apercu.web.pages import people_words as words
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button
from apercu.web.pages.place import Place, tagged
from apercu.web.pages.shell import service_page
from apercu.web.rights import Right
from apercu.web.roles import Role
from apercu.web.service import Service


@service_page("people", words.PEOPLE, lambda visitor: visitor.administers)
async def build(place: Place) -> None:
    """Build the page."""
    await _Register(place).show()


class _Register:
    """Who there is, and the one person who is looked at."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._chosen: int | None = None
        self._archives: dict[str, ArchiveSettings] = {}

    async def show(self) -> None:
        """Show everything anew."""
        service = self._place.service
        self._archives = await self._place.run(
            lambda: {archive_id: read_settings(folder) for archive_id, folder in service.archives.items()}
        )
        with ui.element("div").classes("columns"):
            with ui.element("div").classes("stack"):
                self._new()
                with self._place.panel(words.PEOPLE):
                    self._list = ui.element("div").classes("stack people")
            self._one = ui.element("div").classes("stack")
        await self._refresh()

    def _new(self) -> None:
        place = self._place
        with place.panel(words.ADD):
            name = ui.input(place.say(words.NAME)).props('outlined dense maxlength=64 autocomplete="off"')
            password = _password(place, words.PASSWORD_HINT)
            roles = _roles(place, ())

            async def add() -> None:
                with place.telling():
                    told, secret, chosen = name.value or "", password.value or None, roles.value
                    made = await place.run(
                        lambda: self._service().accounts.create(told, [Role(r) for r in chosen], secret)
                    )
                    self._chosen = made.person_id
                    name.value = password.value = ""
                    roles.value = []
                    ui.notify(place.say(words.ADDED, name=made.name), type="positive")
                    await self._refresh()

            button(place.say(words.ADD), add, main=True)

    async def _refresh(self) -> None:
        """Show what is true now."""
        place = self._place

        def read() -> tuple[list[Person], list[Right]]:
            service = self._service()
            mine = [] if self._chosen is None else service.rights.of(self._chosen)
            return service.accounts.everyone(), mine

        people, rights = await place.run(read)
        self._list.clear()
        with self._list:
            for person in people:
                self._line(person)
        self._one.clear()
        with self._one:
            chosen = next((each for each in people if each.person_id == self._chosen), None)
            if chosen is None:
                ui.label(place.say(words.CHOOSE)).classes("empty")
                return
            self._account(chosen)
            self._rights(chosen, rights)

    def _line(self, person: Person) -> None:
        async def choose() -> None:
            self._chosen = person.person_id
            with self._place.telling():
                await self._refresh()

        told = button(
            self._place.say(words.LISTED, name=person.name, roles=_told(self._place, person)), choose
        )
        told.props["aria-pressed"] = str(person.person_id == self._chosen).lower()
        if person.is_disabled:
            told.text += f" ({self._place.say(words.DISABLED)})"

    def _account(self, person: Person) -> None:
        place = self._place
        with place.panel():
            ui.html(tagged("h2", person.name), sanitize=False)
            with ui.element("div").classes("row-line"):
                if person.is_disabled:
                    ui.label(place.say(words.DISABLED)).classes("badge bad")
                if not person.has_password:
                    ui.label(place.say(words.SINGLE_SIGN_ON)).classes("badge")
                since = place.say(words.SINCE, day=place.numbers.day(person.created_at))
                ui.label(since).classes("muted small")
            roles = _roles(place, person.roles)

            async def change(
                chosen: list[Role] | None = None, secret: str | None = None, disabled: bool | None = None
            ) -> None:
                with place.telling():

                    def work() -> None:
                        actor = the_administrator(place.again()).actor
                        change_account(
                            place.service,
                            actor,
                            person.person_id,
                            roles=chosen,
                            password=secret,
                            is_disabled=disabled,
                        )

                    await place.run(work)
                    ui.notify(place.say(words.SAVED), type="positive")
                    await self._refresh()

            button(place.say(words.SAVE_ROLES), lambda: change([Role(r) for r in roles.value]))
            password = _password(place, words.PASSWORD_ONLY)
            button(place.say(words.SET_PASSWORD), lambda: change(secret=password.value or ""))
            if person.is_disabled:
                button(place.say(words.ENABLE), lambda: change(disabled=False))
            else:
                ui.label(place.say(words.DISABLE_SURE, name=person.name)).classes("muted small")
                button(place.say(words.DISABLE), lambda: change(disabled=True))

    def _rights(self, person: Person, rights: list[Right]) -> None:
        place = self._place
        with place.panel(words.RIGHTS):
            ui.label(place.say(words.RECORDED)).classes("muted small")
            if not rights:
                ui.label(place.say(words.NO_RIGHTS))
            for right in rights:
                self._right(person, right)
            ui.html(tagged("h3", place.say(words.GIVE_RIGHT)), sanitize=False)
            names = {archive_id: settings.name for archive_id, settings in self._archives.items()}
            archive = ui.select(names, value=next(iter(names)), label=place.say(shell_words.ARCHIVE))
            archive.props("outlined dense options-dense")
            day = ui.input(place.say(words.LAST_DAY)).props("outlined dense type=date stack-label")

            async def give() -> None:
                with place.telling():
                    ends, archive_id = _day(place, day.value), str(archive.value)

                    def work() -> None:
                        actor = the_administrator(place.again()).actor
                        give_right(self._service(), actor, person.person_id, archive_id, ends)

                    await place.run(work)
                    await self._refresh()

            button(place.say(words.GIVE), give)

    def _right(self, person: Person, right: Right) -> None:
        place, settings = self._place, self._archives.get(right.archive_id)
        name = place.say(words.OTHER_ARCHIVE) if settings is None else settings.name
        holds = settings is not None and right.holds(settings.zone)

        async def end() -> None:
            with place.telling():

                def work() -> None:
                    actor = the_administrator(place.again()).actor
                    take_right(self._service(), actor, person.person_id, right.archive_id)

                await place.run(work)
                await self._refresh()

        with ui.element("article").classes("row-line"):
            ui.label(name)
            told = words.UNTIL if holds else words.ENDED
            ui.label(place.say(told, day=place.numbers.day(right.ends))).classes(
                "badge good" if holds else "badge"
            )
            given = place.numbers.day(right.granted_at)
            ui.label(place.say(words.GIVEN_BY, person=right.granted_by, day=given)).classes("muted small")
            ui.element("div").classes("spring")
            button(place.say(words.END_RIGHT), end, label=place.say(words.END_RIGHT_OF, archive=name))

    def _service(self) -> Service:
        """Return the service while who looks is still an administrator.

        Raises:
            LoginError: the session is over.
            RightError: the person no longer is one.
        """
        the_administrator(self._place.again())
        return self._place.service


def _password(place: Place, hint: Wording) -> ui.input:
    made = ui.input(place.say(words.PASSWORD), password=True).props("outlined dense maxlength=1024")
    made.props('autocomplete="new-password"')
    made.props["hint"] = place.say(hint)
    return made.classes("hinted")


def _roles(place: Place, roles: Collection[Role]) -> ui.select:
    names = {role.value: place.say(words.ROLE[role]) for role in Role}
    made = ui.select(
        names,
        multiple=True,
        value=[role.value for role in Role if role in roles],
        label=place.say(words.ROLES),
    )
    return made.props("outlined dense options-dense")


def _told(place: Place, person: Person) -> str:
    roles = [place.say(words.ROLE[role]) for role in Role if role in person.roles]
    return ", ".join(roles) or place.say(words.NO_ROLE)


def _day(place: Place, text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise UsageError(place.say(words.NO_DAY)) from error
