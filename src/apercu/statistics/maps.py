"""Where it moves: the released map of movement, over the camera's empty scene where that may be shown."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.archive import Archive
from apercu.errors import NothingToShowError
from apercu.purposes import Capability
from apercu.statistics import charts
from apercu.statistics.cells import HEAT_COLUMNS, HEAT_ROWS
from apercu.statistics.released import Released
from apercu.statistics.report_words import Speech

_LEVELS = 5


def as_png(archive: Archive, released: Released, speech: Speech, reason: str | None) -> bytes:
    """Return the map of movement of the one camera that was released, all classes and intervals together.

    Raises:
        NothingToShowError: no map was released, or of several cameras.
        RefusedError: the scene is asked for without a reason where it takes one.
        UsageError: matplotlib is not installed.
    """
    cameras = sorted({row["camera"] for row in released.table.to_pylist() if row["measure"] == "movement"})
    if len(cameras) != 1:
        raise NothingToShowError(
            f"maps of {len(cameras)} cameras were released, and a picture is of one",
            next_step="Choose it with --camera; where nothing is shown, ask for more time at once.",
        )
    heat = movement(released)
    scene = _scene(archive, cameras[0], reason)
    with charts.style():
        figure = charts.matplotlib().figure.Figure(figsize=(8.0, 5.4), layout="constrained")
        axes = figure.subplots()
        _draw(axes, figure, heat, scene, speech)
        axes.set_title(speech.say("map", camera=cameras[0]))
        facts = released.facts
        note = f"{speech.span(facts.begin, facts.end)}. {speech.say('blank')} "
        note += facts.statement.in_language(speech.language)
        figure.supxlabel(note, fontsize=6.5, wrap=True)
        sink = io.BytesIO()
        figure.savefig(sink, format="png", dpi=160, metadata={"Description": note})
    return sink.getvalue()


def movement(released: Released) -> NDArray[np.float64]:
    """Return objects per cell of the picture, float64 (18, 32); blocks are spread over their cells."""
    heat = np.zeros((HEAT_ROWS, HEAT_COLUMNS))
    for row in released.table.to_pylist():
        if row["measure"] == "movement" and row["value"]:
            below, right = row["row"] + row["span"], row["column"] + row["span"]
            part = heat[row["row"] : below, row["column"] : right]
            part += row["value"] / part.size
    return heat


def _scene(archive: Archive, camera: str, reason: str | None) -> NDArray[np.uint8] | None:
    """Return the camera's latest empty scene in grey, uint8 (h, w); None where none may be shown, or is."""
    if not archive.gate.allows(Capability.SHOW_SCENE):
        return None
    if all(row.camera != camera for row in archive.recordings()):
        return None
    with archive.opens(Capability.SHOW_SCENE, subject=f"camera {camera}", reason=reason) as inside:
        for _, scene in inside.latest_scenes(camera):
            return np.asarray(cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY), np.uint8)
    return None


def _draw(
    axes: Any, figure: Any, heat: NDArray[np.float64], scene: NDArray[np.uint8] | None, speech: Speech
) -> None:
    extent = (0.0, float(HEAT_COLUMNS), float(HEAT_ROWS), 0.0)
    if scene is not None:
        axes.imshow(scene, cmap="gray", extent=extent, vmin=-60, vmax=300)
    shown = np.ma.masked_less_equal(heat, 0.0)
    drawn = axes.imshow(shown, cmap="cividis", extent=extent, alpha=0.62, interpolation="nearest", vmin=0.0)
    columns, rows = np.arange(HEAT_COLUMNS) + 0.5, np.arange(HEAT_ROWS) + 0.5
    levels = np.unique(np.round(np.linspace(0.0, float(heat.max()), _LEVELS + 1)[1:-1]))
    if len(levels) and levels[0] > 0:
        for width, colour in ((2.4, "white"), (0.9, "black")):
            lines = axes.contour(columns, rows, heat, levels=levels, colors=colour, linewidths=width)
        axes.clabel(lines, fmt=lambda value: speech.number(value), fontsize=7, colors="black")
    axes.set_aspect("auto" if scene is None else scene.shape[0] / scene.shape[1] * HEAT_COLUMNS / HEAT_ROWS)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
    figure.colorbar(drawn, ax=axes, label=speech.say("objects"), format=lambda value, _: speech.number(value))
