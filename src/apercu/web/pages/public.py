"""The public oversight page, for whoever asks, where the controller allows it: nobody logs in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from html import escape

from fastapi import Request
from nicegui import ui

from apercu.archive.settings import read_settings
from apercu.errors import NothingToShowError
from apercu.purposes import Language, Wording
from apercu.web.pages import oversight_words as words
from apercu.web.pages.header import settings
from apercu.web.pages.place import language_of, tagged, theme_of
from apercu.web.pages.shell import head
from apercu.web.pages.statement import Statement, limits_panels, purpose_panels, uses_panel, verdict
from apercu.web.pages.telling import Numbers
from apercu.web.publication import Figures
from apercu.web.service import Service


@dataclass(frozen=True, slots=True)
class Reader:
    """How it is said to somebody of whom nothing is known but the language."""

    language: Language
    numbers: Numbers

    def say(self, wording: Wording, **values: object) -> str:
        """Return a text in the reader's language."""
        return wording.in_language(self.language).format(**values)

    @contextmanager
    def panel(self, title: Wording | None = None) -> Iterator[ui.element]:
        """Put what follows into a panel with a heading."""
        with ui.element("section").classes("panel") as panel:
            if title is not None:
                ui.html(tagged("h2", self.say(title)), sanitize=False)
            yield panel


@ui.page("/public")
async def listed(request: Request) -> None:
    """List the archives that are public."""
    service: Service = request.scope["apercu.service"]
    with _framed(request, Reader(language_of(request), Numbers(language_of(request), UTC))) as reader:
        if not service.publication.archives:
            ui.label(reader.say(words.NOT_PUBLIC)).classes("empty")
        else:
            ui.label(reader.say(words.PUBLIC_LEAD)).classes("muted")
        for archive_id, folder in service.publication.archives.items():
            name = (await service.run_for_strangers(read_settings, folder)).name
            link = f'<a class="listed" href="/public/{archive_id}">{escape(name)}</a>'
            ui.html(link, sanitize=False).classes("panel")


@ui.page("/public/{archive_id}", response_timeout=60)
async def build(request: Request, archive_id: str) -> None:
    """Show what an archive is for, may do and did."""
    service: Service = request.scope["apercu.service"]

    def read() -> tuple[str, Statement, Figures, Reader]:
        archive = service.publication.archive(archive_id)
        reader = Reader(language_of(request), Numbers(language_of(request), archive.settings.zone))
        return archive.settings.name, Statement.of(archive), service.publication.figures(archive_id), reader

    try:
        name, told, figures, reader = await service.run_for_strangers(read)
    except NothingToShowError:
        with _framed(request, Reader(language_of(request), Numbers(language_of(request), UTC))) as reader:
            ui.label(reader.say(words.NOT_PUBLIC)).classes("empty")
        return
    with _framed(request, reader):
        ui.html(tagged("h2", name), sanitize=False).classes("large")
        ui.label(reader.say(words.LEAD)).classes("muted")
        purpose_panels(reader, told)
        with ui.element("div").classes("columns"):
            with reader.panel(words.LEDGER):
                ui.label(reader.say(words.LEDGER_ABOUT)).classes("muted")
                verdict(reader, figures.verification, figures.made, told.ledger)
                ui.html(
                    f"<details><summary>{escape(reader.say(words.CHECKPOINT))}</summary>"
                    f"{tagged('code', figures.checkpoint)}</details>",
                    sanitize=False,
                )
                made = reader.numbers.moment(figures.made)
                ui.label(reader.say(words.READ_AT, moment=made)).classes("muted small")
            uses_panel(reader, told.purpose, figures.uses, public=True)
        limits_panels(reader, told)


@contextmanager
def _framed(request: Request, reader: Reader) -> Iterator[Reader]:
    theme = theme_of(request)
    head(reader.language, theme, reader.say(words.PUBLIC))
    with ui.element("header").classes("top"):
        ui.html(
            '<a class="brand" href="/public"><img src="/assets/icon.svg" alt="">Aperçu</a>', sanitize=False
        )
        ui.element("div").classes("spring")
        settings(reader.language, theme)
    with ui.element("main").classes("page").props('id="main" tabindex="-1"'):
        ui.html(tagged("h1", reader.say(words.PUBLIC)), sanitize=False).classes("sr-only")
        with ui.element("div").classes("stack oversight"):
            yield reader
