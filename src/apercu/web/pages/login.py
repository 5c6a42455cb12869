"""The login page. Name and password go to the API as from any program; its answer sets the cookie."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from apercu.purposes import Wording
from apercu.web.pages import oversight_words, words
from apercu.web.pages.header import settings
from apercu.web.pages.place import language_of, theme_of
from apercu.web.pages.shell import head, visitor_of

_INSIDE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
"""Browsers leave tabs and ends of lines out of an address, and read a backslash as a slash."""


@ui.page("/login")
async def build(request: Request) -> Any:
    """Ask who somebody is; who is logged in already goes on."""
    wanted = _inside(request.query_params.get("next", "/"))
    if await visitor_of(request) is not None:
        return RedirectResponse(wanted, status_code=303)
    language, theme = language_of(request), theme_of(request)
    head(language, theme, words.LOG_IN.in_language(language))

    def say(wording: Wording) -> str:
        return escape(wording.in_language(language))

    single = ""
    if request.scope["apercu.provider"] is not None:
        single = f'<a class="button" href="/api/v1/session/single-sign-on">{say(words.LOG_IN_WITH)}</a>'
    public = ""
    if request.scope["apercu.service"].publication.archives:
        public = f'<p><a href="/public">{say(oversight_words.PUBLIC_LINK)}</a></p>'
    with ui.element("main").classes("login").props('id="main"'):
        ui.html(
            f'<div class="brand large"><img src="/assets/icon.svg" alt=""><h1>Aperçu</h1></div>'
            f"<p>{say(words.WELCOME)}</p>"
            f'<form onsubmit="apercu.logIn(this); return false" data-next="{escape(wanted)}"'
            f' data-wrong="{say(words.WRONG)}" data-many="{say(words.TOO_MANY)}"'
            f' data-away="{say(words.NO_CONNECTION)}">'
            f"<label>{say(words.NAME)}"
            '<input name="name" autocomplete="username" required maxlength="200" autofocus></label>'
            f"<label>{say(words.PASSWORD)}"
            '<input name="password" type="password" autocomplete="current-password" required></label>'
            '<p class="wrong" role="alert"></p>'
            f'<button class="button main">{say(words.LOG_IN)}</button>{single}</form>'
            f'<p class="muted">{say(words.RECORDED)}</p>{public}',
            sanitize=False,
        )
        with ui.element("div").classes("choices"):
            settings(language, theme)
    return None


def _inside(address: str) -> str:
    """Return an address when it lies on this service, else the start page: links may lead nobody astray."""
    return address if _INSIDE.fullmatch(address) else "/"
