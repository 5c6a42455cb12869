"""What is asked of every request before anything looks at it: its size, and where it comes from."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apercu.errors import AccessError, TooLargeError
from apercu.web.errors import answer

UPLOAD = re.compile(r"/api/v1/archives/[0-9a-f]{16}/uploads(/[a-z]{32})?/?")
"""Addresses that speak tus, where requests have no other limit than the upload itself."""
TUS_VERSION = "1.0.0"
_OVERRIDES = frozenset({"HEAD", "PATCH", "DELETE"})
"""What a request for an upload may be that had to come as POST, for a network between that knows no other."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing is loaded from elsewhere. The pages' framework compiles its templates in the browser.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Protection:
    """Refuses what other sites' pages send in a person's name, and bodies that are too large.

    What a browser sends says where the page came from that sent it (``Origin``). A request that changes
    something, and every WebSocket, must come from this service's own pages, or from no page at all.
    """

    def __init__(self, app: ASGIApp, *, body_bytes: int, upload_bytes: int, tls: bool) -> None:
        self._app, self._most, self._most_sent = app, body_bytes, upload_bytes
        self._headers = dict(_HEADERS)
        if tls:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope = _as_meant(scope, headers)
        foreign = _is_foreign(headers)
        if scope["type"] == "websocket":
            if foreign:
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._app(scope, receive, send)
            return
        sending = self._with_headers(scope, send)
        if foreign and (scope["method"] not in _SAFE or "_nicegui_ws" in scope["path"]):
            refusal = AccessError("the request comes from another site's page", next_step="Use this one's.")
            await answer(refusal)(scope, receive, sending)
            return
        announced = headers.get("content-length", "0")
        sends = scope["method"] in ("PATCH", "POST") and UPLOAD.fullmatch(scope["path"])
        most = self._most_sent if sends else self._most
        if not announced.isdecimal() or int(announced) > most:
            await answer(_too_large(most))(scope, receive, sending)
            return
        await self._measured(scope, receive, sending, most)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Let a request through whose length is not known before; when it is too much, it is cut off."""
        taken, begun = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= most else {"type": "http.disconnect"}

        async def unless_cut_off(message: Message) -> None:
            nonlocal begun
            if taken <= most or begun:
                begun = True
                await send(message)

        await self._app(scope, counted, unless_cut_off)
        if taken > most and not begun:
            await answer(_too_large(most))(scope, receive, send)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    told.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    told.setdefault("Cache-Control", "no-store")
                if UPLOAD.fullmatch(scope["path"]):
                    told.setdefault("Tus-Resumable", TUS_VERSION)
            await send(message)

        return sending


def _as_meant(scope: Scope, headers: Headers) -> Scope:
    """Return a request for an upload with the method that it says it would have (tus 1.0)."""
    meant = headers.get("x-http-method-override", "")
    if meant not in _OVERRIDES or scope.get("method") != "POST" or not UPLOAD.fullmatch(scope["path"]):
        return scope
    return {**scope, "method": meant}


def _is_foreign(headers: Headers) -> bool:
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"more than {most} bytes are not taken", next_step="Send less at once.")
