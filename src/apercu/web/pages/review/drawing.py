"""Searching by drawing: a line, an area or a path on the empty scene, or a zone that has a name already."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from apercu.purposes import Capability
from apercu.search import Crossing, PathLike, Query, Region
from apercu.web.pages import words as shell_words
from apercu.web.pages.controls import button, dialog
from apercu.web.pages.review import words
from apercu.web.pages.review.desk import Desk

_WAYS = {
    "area": {"in": words.WAY_IN, "entered": words.WAY_ENTERED, "left": words.WAY_LEFT},
    "line": {"either": words.SIDE_EITHER, "right": words.SIDE_RIGHT, "left": words.SIDE_LEFT},
    "path": {"along": words.ALONG},
}
_MODES = {"area": words.AREA, "line": words.LINE, "path": words.PATH}


class Scene(Element, component="scene.js"):
    """The empty scene of a camera, to draw on."""

    def __init__(self, src: str, label: str, mode: str) -> None:
        """Show a picture; ``mode`` is ``line``, ``area`` or ``path``."""
        super().__init__()
        self._props |= {"src": src, "label": label, "mode": mode}

    def show(self, src: str) -> None:
        """Show another picture below what is drawn."""
        self._props["src"] = src
        self.update()

    def turn(self, mode: str) -> None:
        """Draw something else."""
        self._props["mode"] = mode
        self.update()


class Drawing:
    """The dialog in which is drawn."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self) -> None:
        """Open it on the scene of the camera that is looked at."""
        desk, place = self._desk, self._desk.place
        points: list[list[float]] = []
        with dialog(place.say(words.SCENE), wide=True) as opened:
            modes = {name: place.say(told) for name, told in _MODES.items()}
            with ui.element("div").classes("row-line ways"):
                mode = ui.radio(modes, value="area").props("inline dense")
                way = ui.select(self._ways("area"), value="in").props("outlined dense options-dense")
            if Capability.SHOW_SCENE in desk.may:
                scene = Scene(desk.scene, place.say(words.SCENE_HINT), "area")
                ui.label(place.say(words.SCENE_HINT)).classes("muted small")
            else:
                scene = None
                ui.label(place.say(words.NO_SCENE)).classes("empty")

            def drawn(event: Any) -> None:
                points[:] = event.args["points"]
                use.set_enabled(bool(points))

            def turned() -> None:
                ways = self._ways(mode.value)
                way.set_options(ways, value=next(iter(ways)))
                if scene is not None:
                    scene.turn(mode.value)

            async def search() -> None:
                opened.close()
                with place.telling():
                    await desk.ask(drawn_query(desk.wanted, mode.value, way.value, points))

            mode.on_value_change(turned)
            if scene is not None:
                scene.on("drawn", drawn)
            with ui.element("div").classes("row-line"):
                use = button(place.say(words.USE), search, main=True)
                use.set_enabled(False)
                if scene is not None:
                    button(place.say(words.AGAIN), lambda: scene.run_method("again"))
                button(place.say(shell_words.CANCEL), opened.close)
            self._named(opened)
        opened.open()

    def _ways(self, mode: str) -> dict[str, str]:
        return {name: self._desk.place.say(told) for name, told in _WAYS[mode].items()}

    def _named(self, opened: ui.dialog) -> None:
        """Offer the zones and lines of this camera that have names."""
        desk = self._desk

        async def search(name: str, kind: str) -> None:
            opened.close()
            if kind == "line":
                changed: dict[str, Any] = {"crossed": (*desk.wanted.crossed, Crossing(line=name))}
            else:
                changed = {"regions": (*desk.wanted.regions, Region(zone=name))}
            await desk.ask(desk.wanted.model_copy(update=changed))

        zones = desk.zones.get(desk.camera, {})
        if not zones:
            return
        with ui.element("div").classes("row-line"):
            ui.label(desk.place.say(words.NAMED)).classes("muted small")
            for zone in zones.values():
                button(zone.name, partial(search, zone.name, zone.kind)).classes("chip")


def drawn_query(query: Query, mode: str, way: str, points: list[list[float]]) -> Query:
    """Return a query that also asks for what was drawn.

    Raises:
        UsageError: what was drawn encloses nothing, or goes nowhere.
    """
    corners = [tuple(point) for point in points]
    if mode == "area":
        region = Query.of(regions=[{"corners": corners, "way": way}]).regions
        return query.model_copy(update={"regions": (*query.regions, *region)})
    if mode == "line":
        crossed = Query.of(crossed=[{"points": corners, "to": way}]).crossed
        return query.model_copy(update={"crossed": (*query.crossed, *crossed)})
    path: PathLike | None = Query.of(path={"points": corners}).path
    return query.model_copy(update={"path": path})
