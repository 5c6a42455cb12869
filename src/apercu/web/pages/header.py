"""The header of each page: which archive, where one can go, language, theme, and the way out."""

from __future__ import annotations

from html import escape

from nicegui import ui

from apercu.purposes import LANGUAGES, Language
from apercu.web.pages import words
from apercu.web.pages.place import LANGUAGE_COOKIE, THEME_COOKIE, Place, Theme

_LANGUAGES = {"en": "English", "fr": "Français"}
_THEMES = {"system": words.THEME_SYSTEM, "light": words.THEME_LIGHT, "dark": words.THEME_DARK}


def header(place: Place, current: str) -> None:
    """Put the header on a page."""
    ui.html(f'<a class="skip" href="#main">{place.say(words.SKIP)}</a>', sanitize=False)
    with ui.element("header").classes("top"):
        ui.html('<a class="brand" href="/"><img src="/assets/icon.svg" alt="">Aperçu</a>', sanitize=False)
        if place.archives:
            _archives(place, current)
        with ui.element("nav") as nav:
            nav.props["aria-label"] = place.say(words.PAGES)
            for name, title, address in place.pages:
                here = ' aria-current="page"' if name == current else ""
                ui.html(f'<a href="{address}"{here}>{place.say(title)}</a>', sanitize=False)
        ui.element("div").classes("spring")
        settings(place.language, place.theme)
        with ui.element("div").classes("who"):
            ui.label(place.visitor.person.name)
            ui.html(
                f'<button type="button" class="plain" data-csrf="{escape(place.csrf)}" '
                f'onclick="apercu.logOut(this.dataset.csrf)">{place.say(words.LOG_OUT)}</button>',
                sanitize=False,
            )


def _archives(place: Place, current: str) -> None:
    """Offer the archives; choosing one opens the same page of it."""
    page = f"/{current}" if place.archive_id is not None else ""
    options = "".join(
        f'<option value="/archives/{archive_id}{page}"{_chosen(archive_id == place.archive_id)}>'
        f"{escape(name)}</option>"
        for archive_id, name in place.archives
    )
    if place.archive_id is None:
        options = f'<option value="" selected>{place.say(words.ARCHIVE)}…</option>{options}'
    ui.html(
        f'<label class="pick"><span class="sr-only">{place.say(words.ARCHIVE)}</span>'
        f'<select onchange="if (this.value) location.href = this.value">{options}</select></label>',
        sanitize=False,
    )


def settings(language: Language, theme: Theme) -> None:
    """Offer the languages and themes; the browser remembers what was chosen."""
    languages = "".join(
        f'<option value="{code}"{_chosen(code == language)} lang="{code}">{_LANGUAGES[code]}</option>'
        for code in LANGUAGES
    )
    themes = "".join(
        f'<option value="{code}"{_chosen(code == theme)}>{wording.in_language(language)}</option>'
        for code, wording in _THEMES.items()
    )
    for label, cookie, options in (
        (words.LANGUAGE, LANGUAGE_COOKIE, languages),
        (words.THEME, THEME_COOKIE, themes),
    ):
        ui.html(
            f'<label class="pick"><span class="sr-only">{label.in_language(language)}</span>'
            f"<select onchange=\"apercu.remember('{cookie}', this.value)\">{options}</select></label>",
            sanitize=False,
        )


def _chosen(yes: bool) -> str:
    return " selected" if yes else ""
