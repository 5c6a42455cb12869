"""What a page knows of who looks at it: the person, the archive, language and theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeVar, get_args
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from apercu.errors import ApercuError, LoginError
from apercu.purposes import LANGUAGES, Language, Wording
from apercu.web.pages import words
from apercu.web.pages.error_words import error_told
from apercu.web.pages.telling import Numbers
from apercu.web.service import Service
from apercu.web.visit import Visit, Visitor

LANGUAGE_COOKIE, THEME_COOKIE = "apercu-language", "apercu-theme"

Theme = Literal["system", "light", "dark"]
Result = TypeVar("Result")


@dataclass(slots=True)
class Place:
    """What a page knows of who looks at it.

    Attributes:
        service: behind it.
        visitor: who looked when the page was opened.
        language, theme: as the browser remembers them.
        numbers: how numbers and times are written; by the archive's clocks.
        asked: the parameters of the address.
        archives: the archives in which the person has a right: id and name.
        pages: where the person may go from here: name, title, address.
        archive_id: of which archive; None on pages of none.
    """

    service: Service
    visitor: Visitor
    language: Language
    theme: Theme
    numbers: Numbers
    asked: dict[str, str]
    archives: list[tuple[str, str]]
    pages: list[tuple[str, Wording, str]]
    archive_id: str | None = None
    _cookie: str = field(default="", repr=False)

    def visit(self) -> Visit:
        """Let the person in anew; call it for each thing that is done, in ``run``.

        Raises:
            LoginError: the session is over.
            RightError: the right is.
        """
        assert self.archive_id is not None, "a page of an archive"
        return self.service.visit(self.service.identify(self._cookie, None), self.archive_id)

    def again(self) -> Visitor:
        """Return who looks, asked anew.

        Raises:
            LoginError: the session is over.
        """
        return self.service.identify(self._cookie, None)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run what takes a while in a thread of the service."""
        return await self.service.run(work)

    def say(self, wording: Wording, **values: object) -> str:
        """Return a text in the person's language."""
        return wording.in_language(self.language).format(**values)

    def url(self, page: str, **parameters: str) -> str:
        """Return the address of a page of this archive."""
        asked = "&".join(f"{name}={quote(value, safe=':/,;')}" for name, value in parameters.items() if value)
        return f"/archives/{self.archive_id}/{page}" + (f"?{asked}" if asked else "")

    @property
    def api(self) -> str:
        """Where the API has this archive."""
        return f"/api/v1/archives/{self.archive_id}"

    @property
    def csrf(self) -> str:
        """What a request to the API that changes something has to say."""
        return "" if self.visitor.session is None else self.visitor.session.csrf

    def error(self, error: ApercuError) -> str:
        """Return an error as a person reads it: what kind in their language, then its details."""
        return error_told(error, self.language)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Show errors that Aperçu raises on purpose; who is no longer logged in is led to the login."""
        try:
            yield
        except LoginError:
            ui.run_javascript("apercu.toLogin()")
        except ApercuError as error:
            told = self.error(error)
            ui.notify(
                told, type="negative", position="top", timeout=10_000, close_button=self.say(words.CLOSE)
            )

    @contextmanager
    def panel(self, title: Wording | None = None, *, label: Wording | None = None) -> Iterator[ui.element]:
        """Put what follows into a panel with a heading."""
        with ui.element("section").classes("panel") as panel:
            if title is not None:
                ui.html(tagged("h2", self.say(title)), sanitize=False)
            if label is not None:
                panel.props["aria-label"] = self.say(label)
            yield panel


def language_of(request: Request) -> Language:
    """Return the language that was chosen, or else the first of the browser's that the pages speak."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    for known in LANGUAGES:
        if known == chosen:
            return known
    for part in request.headers.get("accept-language", "").split(","):
        for known in LANGUAGES:
            if part.strip().lower().startswith(known):
                return known
    return "en"


def theme_of(request: Request) -> Theme:
    """Return the theme that was chosen, or that of the system."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((known for known in get_args(Theme) if known == chosen), "system")


def tagged(tag: str, text: str) -> str:
    """Return a text as an element of HTML."""
    return f"<{tag}>{escape(text)}</{tag}>"
