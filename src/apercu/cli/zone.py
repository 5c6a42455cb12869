"""``apercu zone``: parts of a camera's picture that have a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Force, Json, Reason, check_output
from apercu.errors import NothingToShowError, UnknownNameError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from apercu.archive import Archive

HELP = "Name parts of a camera's picture, to ask for what was there."

CameraName = Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")]
ZoneName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the zone or line.")]


def add(
    archive: ArchiveFolder,
    camera: CameraName,
    name: ZoneName,
    points: Annotated[
        str,
        typer.Argument(
            metavar="X,Y;X,Y;...",
            help="Its corners in shares of the picture's width and height, 0 to 1, from the upper left; or "
            "px:X,Y;... in pixels of the camera's recordings.",
        ),
    ],
    line: Annotated[
        bool, typer.Option("--line", help="It is a line from its first point to its second.")
    ] = False,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WxH", help="The points are pixels of pictures of this size."),
    ] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Name a zone of a camera's picture, or a line; one of the same name is replaced and stays listed.

    Nothing is analysed again. Feet count: a zone is drawn on the ground.

    \b
    Examples:
      apercu zone add gate north entrance "0.1,0.6;0.4,0.6;0.4,0.9;0.1,0.9"
      apercu zone add gate north kerb "px:120,700;1800,690" --line
    """
    from apercu.archive import Archive
    from apercu.archive.zones import add_zone
    from apercu.purposes import Capability

    store = Archive.open(archive)
    told = points.strip().removeprefix("px:")
    if size is not None:
        width, height = _size(size)
    else:
        width, height = (1.0, 1.0) if told == points.strip() else _picture(store, camera)
    given = [(x / width, y / height) for x, y in _points(told)]
    zone = add_zone(store, camera, name, "line" if line else "zone", given, reason=reason or "")
    if as_json:
        place = {"kind": zone.kind, "unit": "normalised", "points": zone.points}
        console.say_json({"camera": camera, "name": name, **place})
        return
    console.say(f"{camera}: {zone.kind} {name} of {len(zone.points)} points")
    keeps = Capability.KEEP_TRACKS in store.settings.declaration.purpose.allows
    if keeps and not any(row.camera == camera for row in store.recordings()):
        console.tell(f"warning: the archive has no recording of {camera} yet")


def list_all(
    archive: ArchiveFolder,
    every: Annotated[bool, typer.Option("--all", help="Earlier drawings too, and what was removed.")] = False,
    as_json: Json = False,
) -> None:
    """List the zones and lines of an archive's cameras.

    What is counted at one drawing is a series: a line that is drawn anew starts another.

    \b
    Examples:
      apercu zone list gate
      apercu zone list gate --all
    """
    from apercu.archive import Archive
    from apercu.archive.zones import read_drawings

    store = Archive.open(archive)
    drawings = [zone for of in read_drawings(store).values() for drawn in of.values() for zone in drawn]
    zones = [zone for zone in drawings if every or zone.until is None]
    if as_json:
        console.say_json(
            [
                {
                    "camera": zone.camera,
                    "name": zone.name,
                    "kind": zone.kind,
                    "unit": "normalised",
                    "points": zone.points,
                    "series": zone.series,
                    "recorded": zone.recorded,
                    "until": zone.until,
                    "actor": zone.actor,
                    "reason": zone.reason,
                }
                for zone in zones
            ]
        )
    elif zones:
        local = store.settings.zone
        console.say_table(
            ("camera", "name", "kind", "series", "since", "until", "points, shares of width and height"),
            (
                (
                    z.camera,
                    z.name,
                    z.kind,
                    z.series,
                    f"{z.recorded.astimezone(local):%Y-%m-%d %H:%M}",
                    "" if z.until is None else f"{z.until.astimezone(local):%Y-%m-%d %H:%M}",
                    ";".join(f"{x:.3g},{y:.3g}" for x, y in z.points[:8]),
                )
                for z in zones
            ),
        )
    if not zones:
        raise NothingToShowError(
            "no zone is named", where=archive, next_step="Name one with: apercu zone add ARCHIVE ..."
        )


def show(
    archive: ArchiveFolder,
    camera: CameraName,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="PNG to write; CAMERA-zones.png in this folder by default."),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            "--video",
            metavar="FILE",
            help="Footage of the camera to take the empty scene from, in memory; for an archive that keeps "
            "none.",
        ),
    ] = None,
    grid: Annotated[
        bool, typer.Option("--grid", help="Draw every tenth of the picture, to read positions off.")
    ] = False,
    reason: Reason = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draw the zones and lines of a camera onto its latest empty scene.

    The arrow of a line points to its right, as one looks from its first point to its second. Whoever might
    still be in the scene is pixelated.

    \b
    Examples:
      apercu zone show gate north -o zones.png
      apercu zone show counts north --video north.mp4 --grid
    """
    import cv2

    from apercu.archive import Archive
    from apercu.archive.zones import read_zones
    from apercu.disk import replace_file, writing
    from apercu.purposes import Capability
    from apercu.synopsis.zones import with_zones

    store = Archive.open(archive)
    rows = store.recordings()
    names = sorted({row.camera for row in rows})
    if video is None and names and camera not in names:
        raise UnknownNameError("camera", camera, names)
    target = output or Path(f"{camera}-zones.png")
    footage = [row.absolute_path for row in rows] + ([] if video is None else [video])
    check_output(target, footage, force, suffixes=(".png",))
    zones = list(read_zones(store).get(camera, {}).values())
    subject = f"camera {camera}" if video is None else f"camera {camera}, footage {video.name}"
    with store.opens(Capability.SHOW_SCENE, subject=subject, reason=reason) as inside:
        drawn = with_zones(_scene(inside, camera, video), zones, grid=grid)
        with writing(target):
            replace_file(target, cv2.imencode(".png", drawn)[1].tobytes())
    if as_json:
        console.say_json({"picture": target, "camera": camera, "zones": len(zones)})
    else:
        console.say(f"{target}: {len(zones)} zones and lines of {camera}")


def _scene(archive: Archive, camera: str, video: Path | None) -> NDArray[np.uint8]:
    """Return the latest empty scene of a camera, or that of a file.

    Raises:
        NothingToShowError: the archive keeps none of this camera.
        FootageError: the file cannot be read.
    """
    from apercu.analysis import AnalysisOptions, load_detector
    from apercu.analysis.emptying import empty_scene

    if video is not None:
        return empty_scene(video, load_detector(), AnalysisOptions().detector_px)
    for _, scene in archive.latest_scenes(camera):
        return scene.image
    raise NothingToShowError(
        f"camera {camera} has no empty scene",
        where=archive.path,
        next_step="Analyse a recording of it, or name one with --video FILE.",
    )


def remove(
    archive: ArchiveFolder, camera: CameraName, name: ZoneName, reason: Reason = None, as_json: Json = False
) -> None:
    """Remove a zone or line; what was counted there stays, and: apercu zone list --all.

    \b
    Examples:
      apercu zone remove gate north entrance
    """
    from apercu.archive import Archive
    from apercu.archive.zones import remove_zone

    remove_zone(Archive.open(archive), camera, name, reason=reason or "")
    if as_json:
        console.say_json({"camera": camera, "forgotten": name})
    else:
        console.say(f"{camera}: {name} is forgotten")


def _picture(archive: Archive, camera: str) -> tuple[float, float]:
    """Return the size of a camera's pictures, pixels."""
    sizes = {(row.facts.width, row.facts.height) for row in archive.recordings() if row.camera == camera}
    if len(sizes) != 1:
        told = "has no recording yet" if not sizes else "has recordings of several sizes"
        raise UsageError(
            f"the points are pixels, and camera {camera} {told}",
            next_step="Say of pictures of which size with --size WxH, or give shares of the picture.",
        )
    width, height = sizes.pop()
    return float(width), float(height)


def _points(text: str) -> list[tuple[float, float]]:
    try:
        pairs = [[float(side) for side in point.split(",")] for point in text.strip().split(";")]
    except ValueError as error:
        raise UsageError(f"{text[:60]!r} is no list of points", next_step=_WRITTEN) from error
    if any(len(pair) != 2 for pair in pairs):
        raise UsageError("each point has two numbers", next_step=_WRITTEN)
    return [(pair[0], pair[1]) for pair in pairs]


_WRITTEN = 'Write it like "0.1,0.6;0.4,0.6;0.4,0.9".'


def _size(text: str) -> tuple[float, float]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise UsageError(f"--size {text!r} is no size", next_step="Write it like 1920x1080.")
    return float(width), float(height)
