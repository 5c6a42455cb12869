"""The picture of a camera with its lines and zones, to draw more of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any
from urllib.parse import quote

from nicegui import ui

from apercu.archive.zones import Kind, Zone, add_zone, read_zones, remove_zone
from apercu.purposes import Capability
from apercu.web.pages import statistics_words as words
from apercu.web.pages.controls import button
from apercu.web.pages.place import Place
from apercu.web.pages.review.drawing import Scene
from apercu.web.pages.shell import ASSETS_URL
from apercu.web.scenes import has_footage, has_scene

_FRAME = (Capability.READ_TRACKS, Capability.SHOW_IMAGES)
_MODES: dict[str, Kind] = {"line": "line", "area": "zone"}
_SHEET = f"{ASSETS_URL}/sheet.svg"
_ASIDE = 0.05
"""How far from a line stands what its right side is called, as a share of the picture."""


class Board:
    """Lines and zones of one camera, drawn on its empty scene, or on a sheet where none may be shown."""

    def __init__(
        self,
        place: Place,
        reason: Callable[[], str],
        changed: Callable[[], Awaitable[None]],
        footage: str | None = None,
    ) -> None:
        """Show nothing yet.

        Args:
            place: whose.
            reason: says why when that is asked.
            changed: told of what is drawn.
            footage: name of a recording whose scene is shown of cameras of which none is kept.
        """
        self._place, self._reason, self._changed, self._footage = place, reason, changed, footage
        self._camera, self._points = "", list[tuple[float, float]]()
        self.zones: dict[str, Zone] = {}
        with place.panel(words.PLACES) as panel:
            panel.classes("drawing")
            self._sheet = ui.element("div").classes("board")
            self._below = ui.element("div").classes("stack")

    async def show(self, camera: str) -> None:
        """Show a camera."""
        place, self._camera = self._place, camera

        def read() -> tuple[dict[str, Zone], str, bool, bool]:
            visit = place.visit()
            zones = dict(read_zones(visit.archive).get(camera, {}))
            pictured, why = visit.may(Capability.SHOW_SCENE), self._why()
            filmed = all(visit.may(each) for each in _FRAME) and has_footage(visit, camera)
            if pictured and has_scene(visit, camera):
                picture = f"{place.api}/cameras/{camera}/scene" + (f"?{why}" if why else "")
            elif pictured and self._footage is not None:
                picture = f"{place.api}/footage/scene?name={quote(self._footage)}" + (
                    f"&{why}" if why else ""
                )
            else:
                picture = _SHEET
            return zones, picture, filmed, visit.may(Capability.MANAGE)

        self.zones, picture, filmed, may_draw = await place.run(read)
        self._sheet.clear()
        with self._sheet:
            self._scene = Scene(picture, place.say(words.BOARD, camera=camera), "line")
            self._scene.on("drawn", self._drawn)
            ui.html(_overlay(self.zones, place.say(words.RIGHT_SIDE)), sanitize=False).classes("over")
        self._below.clear()
        with self._below:
            if picture == _SHEET:
                ui.label(place.say(words.NO_SCENE)).classes("muted small")
                if filmed:
                    with ui.element("div").classes("row-line"):
                        button(place.say(words.FRAME), self._show_frame)
                        ui.label(place.say(words.FRAME_ABOUT)).classes("muted small")
            if may_draw:
                self._tools()
            self._list(may_draw)

    def _show_frame(self) -> None:
        why = self._why()
        self._scene.show(f"{self._place.api}/cameras/{self._camera}/frame" + (f"?{why}" if why else ""))

    def _why(self) -> str:
        """Return the reason as a part of an address; empty where none is said."""
        return f"reason={quote(self._reason())}" if self._reason() else ""

    def _tools(self) -> None:
        place = self._place
        ui.label(place.say(words.PLACES_HINT)).classes("muted small")
        with ui.element("div").classes("row-line"):
            modes = {"line": place.say(words.LINE), "area": place.say(words.ZONE)}
            mode = ui.radio(modes, value="line").props("inline dense")
            name = ui.input(place.say(words.NAME)).props("outlined dense maxlength=64")
            name.props["title"] = place.say(words.NAME_HINT)
            self._keep = button(place.say(words.KEEP), lambda: keep(), main=True)
            self._keep.set_enabled(False)
            button(place.say(words.AGAIN), lambda: self._scene.run_method("again"))

        async def keep() -> None:
            with place.telling():
                told, points, why = (name.value or "").strip(), list(self._points), self._reason()
                kind = _MODES[str(mode.value)]
                await place.run(
                    lambda: add_zone(place.visit().archive, self._camera, told, kind, points, reason=why)
                )
                ui.notify(place.say(words.KEPT, name=told), type="positive")
                await self._again()

        mode.on_value_change(lambda: self._scene.turn(str(mode.value)))

    def _list(self, may_draw: bool) -> None:
        place = self._place
        if not self.zones:
            ui.label(place.say(words.NO_PLACES)).classes("muted")
        with ui.element("div").classes("row-line"):
            for zone in self.zones.values():
                ui.label(f"{place.say(words.LINE if zone.kind == 'line' else words.ZONE)} {zone.name}")
                if may_draw:
                    self._remover(zone.name)

    def _remover(self, name: str) -> None:
        place = self._place

        async def remove() -> None:
            with place.telling():
                why = self._reason()
                await place.run(lambda: remove_zone(place.visit().archive, self._camera, name, reason=why))
                await self._again()

        button("✕", remove, label=place.say(words.REMOVE, name=name)).classes("chip")

    def _drawn(self, event: Any) -> None:
        self._points = [(float(x), float(y)) for x, y in event.args["points"]]
        if hasattr(self, "_keep"):
            self._keep.set_enabled(bool(self._points))

    async def _again(self) -> None:
        self._points = []
        await self.show(self._camera)
        await self._changed()


def _overlay(zones: dict[str, Zone], right: str) -> str:
    """Return lines and zones as HTML that lies over the picture; names stand beside them."""
    drawn, names = [], []
    for zone in zones.values():
        points = " ".join(f"{x * 1000:.0f},{y * 1000:.0f}" for x, y in zone.points)
        tag = "polyline" if zone.kind == "line" else "polygon"
        drawn += [f'<{tag} class="under" points="{points}"/>', f'<{tag} class="mark" points="{points}"/>']
        (x, y), (to_x, to_y) = zone.points[0], zone.points[1]
        names.append(_text(zone.name, x, y))
        if zone.kind == "line":
            # Looking from the first end to the second; in pictures y goes down.
            long = max(((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5, 1e-9)
            across = (-(to_y - y) / long, (to_x - x) / long)
            middle = (x + to_x) / 2 + across[0] * _ASIDE, (y + to_y) / 2 + across[1] * _ASIDE
            names.append(_text(right, *middle, "side"))
    shapes = "".join(drawn)
    return (
        f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'
        + "".join(names)
    )


def _text(text: str, x: float, y: float, kind: str = "name") -> str:
    left, top = 100 * min(max(x, 0.0), 0.92), 100 * min(max(y, 0.02), 0.96)
    return f'<span class="{kind}" style="left:{left:.1f}%;top:{top:.1f}%">{escape(text)}</span>'
