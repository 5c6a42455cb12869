"""``apercu camera``: how the pixels of a camera become metres."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json, Reason, read_start
from apercu.errors import NothingToShowError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from apercu.analysis import GroundPlane
    from apercu.archive import Archive
    from apercu.archive.cameras import Calibration

HELP = "Say what a camera is for, how its pixels become metres, and see whether that is right."


def calibrate(
    archive: ArchiveFolder,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")],
    points: Annotated[
        str | None,
        typer.Option(
            "--points",
            metavar="LIST",
            help='Four or more measured points of the ground, as "x,y=X,Y; ...": pixels of the picture, and '
            "metres from anywhere in any direction.",
        ),
    ] = None,
    homography: Annotated[
        Path | None,
        typer.Option(
            "--homography",
            metavar="FILE",
            help="File with nine numbers, text or JSON: the homography from pixels to the ground.",
        ),
    ] = None,
    inverse: Annotated[
        bool, typer.Option("--inverse", help="The homography maps the ground to pixels, not pixels to it.")
    ] = False,
    units: Annotated[
        str,
        typer.Option(
            "--metres-per-unit",
            metavar="N[,N]",
            help="How long a unit of the ground is in metres: 0.01 for centimetres; two numbers when X and Y "
            "differ, as on a plan whose pixels are not square.",
        ),
    ] = "1",
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="WxH",
            help="Size of the picture that the pixels are of; that of the camera's recordings by default.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help='When the camera was moved, like "2024-05-31 14:00"; recordings that began before keep '
            "their older calibration. Without it, all recordings are measured anew.",
        ),
    ] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Say where on the ground a camera's pixels are: then speed is in m/s and size in m.

    Measure four or more points on level ground that you find in the picture: corners of markings, kerbs,
    drain covers; far and near, left and right. Nothing is analysed again: metres are computed whenever tracks
    are read, and what was seen stays stored in pixels. Look at the result with: apercu camera show --grid.

    \b
    Examples:
      apercu camera calibrate gate entrance --points "212,540=0,0; 1090,552=7,0; 820,260=7,18; 455,258=0,18"
      apercu camera calibrate gate yard --homography yard.json --metres-per-unit 0.01 --size 1920x1080
    """
    from apercu.archive import Archive, cameras

    if (points is None) == (homography is None):
        raise UsageError("--points or --homography is needed, and not both", next_step="Give one of them.")
    if inverse and homography is None:
        raise UsageError("--inverse belongs to --homography", next_step="Leave it out.")
    store = Archive.open(archive)
    width, height = picture_size(store, camera, size)
    scale = _scale(units)
    moved = read_start(since, "--since")
    if moved is not None and moved.tzinfo is None:
        moved = moved.replace(tzinfo=store.settings.zone)
    plane, measured = _plane(points, homography, inverse, scale, width, height)
    made = cameras.calibrate(store, camera, plane, points=measured, since=moved, reason=reason or "")
    if as_json:
        console.say_json({"camera": camera, **calibration_as_dict(made)})
        return
    console.say(f"{camera}: calibration {made.number}, {_origin(made)}")
    for line in _checks(made):
        console.say(f"  {line}")
    if not any(row.camera == camera for row in store.recordings()):
        console.tell(f"warning: the archive has no recording of {camera} yet")
    for line in _doubts(made):
        console.tell(f"warning: {camera}: {line}")


def show(
    archive: ArchiveFolder,
    camera: Annotated[
        str | None, typer.Argument(metavar="CAMERA", help="Name of one camera; all without it.")
    ] = None,
    grid: Annotated[
        Path | None,
        typer.Option(
            "--grid",
            metavar="FILE",
            help="Draw metres onto the camera's latest empty scene, into a new PNG file; takes CAMERA.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the cameras of an archive and how their pixels become metres.

    \b
    Examples:
      apercu camera show gate
      apercu camera show gate entrance --grid entrance.png
    """
    from apercu.archive import Archive
    from apercu.archive.camera_uses import read_uses
    from apercu.archive.cameras import read_calibrations
    from apercu.archive.placements import read_placements

    store = Archive.open(archive)
    calibrations, placements = read_calibrations(store), read_placements(store)
    uses = read_uses(store)
    rows = store.recordings()
    names = sorted({row.camera for row in rows} | calibrations.keys() | placements.keys() | uses.keys())
    if camera is not None and camera not in names:
        raise UnknownNameError("camera", camera, names)
    chosen = names if camera is None else [camera]
    if grid is not None:
        if camera is None:
            raise UsageError("--grid shows one camera", next_step="Name it behind the archive.")
        step = _draw(store, camera, grid)
        console.tell(f"{grid}: lines {step:g} m apart; those through the origin are red")
    if as_json:
        console.say_json(
            [
                {
                    "camera": name,
                    "recordings": sum(row.camera == name for row in rows),
                    "use": uses[name].use if name in uses else "",
                    "place": uses[name].place if name in uses else "",
                    "calibrations": [calibration_as_dict(made) for made in calibrations.get(name, ())],
                    "placements": [
                        {"number": made.number, "recorded": made.recorded, "points": made.points}
                        for made in placements.get(name, ())
                    ],
                }
                for name in chosen
            ]
        )
        return
    if not chosen:
        raise NothingToShowError(
            "there is no camera yet", where=archive, next_step="Add recordings with: apercu analyze."
        )
    for name in chosen:
        count = sum(row.camera == name for row in rows)
        console.say(f"{name}: {count} recording{'' if count == 1 else 's'}")
        if name in uses:
            use, place = (text or "not said" for text in (uses[name].use, uses[name].place))
            console.say(f"  for: {use}; at: {place}")
        for made in calibrations.get(name, ()):
            told = made.recorded.astimezone(store.settings.zone).strftime("%Y-%m-%d %H:%M")
            console.say(f"  calibration {made.number}, {told}, {made.actor}, {_origin(made)}")
            for line in (*_checks(made), *_doubts(made)):
                console.say(f"    {line}")
        if name not in calibrations:
            console.say("  not calibrated: speed and size are in pixels")
        for placed in placements.get(name, ())[-1:]:
            worst = placed.misses_m.max()
            console.say(f"  on the map from {len(placed.points)} points, which fit within {worst:.2f} m")


def calibration_as_dict(made: Calibration) -> dict[str, Any]:
    """Return a calibration as plain values."""
    view = made.plane.viewpoint
    return {
        "number": made.number,
        "recorded": made.recorded,
        "actor": made.actor,
        "reason": made.reason,
        "since": made.since,
        "width": made.plane.width,
        "height": made.plane.height,
        "homography": made.plane.homography.tolist(),
        "points": [list(point) for point in made.points],
        "misses_m": [round(miss, 4) for miss in made.misses_m.tolist()],
        "viewpoint": None
        if view is None
        else {
            "height_m": round(view.height_m, 3),
            "tilt_deg": round(view.tilt_deg, 2),
            "focal_px": round(view.focal_px, 1),
            "stretch": round(view.stretch, 4),
            "is_believed": view.is_believed,
        },
    }


def _plane(
    points: str | None,
    homography: Path | None,
    inverse: bool,
    scale: tuple[float, float],
    width: int,
    height: int,
) -> tuple[GroundPlane, list[tuple[float, float, float, float]]]:
    """Return the plane that the options describe, and the measured points in metres if there are any."""
    import numpy as np

    from apercu.analysis import GroundPlane
    from apercu.archive.homographies import read_homography, read_points

    if points is not None:
        measured = [(x, y, u * scale[0], v * scale[1]) for x, y, u, v in read_points(points)]
        table = np.array(measured, np.float64).reshape(-1, 4)
        return GroundPlane.from_points(table[:, :2], table[:, 2:], width, height), measured
    assert homography is not None
    matrix = read_homography(homography)
    if inverse:
        if np.linalg.matrix_rank(matrix) < 3:
            raise UsageError("has no inverse", where=homography, next_step="Check the file.")
        matrix = np.asarray(np.linalg.inv(matrix), np.float64)
    return GroundPlane.from_homography(np.diag([*scale, 1.0]) @ matrix, width, height), []


def picture_size(archive: Archive, camera: str, text: str | None) -> tuple[int, int]:
    """Return the size of the picture that a calibration is for.

    Raises:
        UsageError: it is not said, and the camera's recordings do not tell either; or it is no size.
    """
    if text is None:
        sizes = {(r.facts.width, r.facts.height) for r in archive.recordings() if r.camera == camera}
        if len(sizes) == 1:
            return sizes.pop()
        told = f"has recordings of {len(sizes)} sizes" if sizes else "has no recordings yet"
        raise UsageError(
            f"camera {camera} {told}",
            where=archive.path,
            next_step="Say with --size WxH what the pixels are of.",
        )
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise UsageError(f"--size {text!r} is no size", next_step="Write it like 1920x1080.")
    return int(width), int(height)


def _scale(text: str) -> tuple[float, float]:
    """Return how many metres a unit is, along X and along Y.

    Raises:
        UsageError: it is no length.
    """
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (1, 2) or not all(0 < part < float("inf") for part in parts):
        raise UsageError(
            f"--metres-per-unit {text!r} is no length",
            next_step="Write a number like 0.01, or two like 0.04,0.06.",
        )
    return parts[0], parts[-1]


def _origin(made: Calibration) -> str:
    size = f"for pictures of {made.plane.width}x{made.plane.height}"
    source = f"from {len(made.points)} measured points" if made.points else "from a homography"
    since = "" if made.since is None else f", for recordings since {made.since:%Y-%m-%d %H:%M %Z}".rstrip()
    return f"{source} {size}{since}"


def _checks(made: Calibration) -> list[str]:
    """Return what one can compare with what one knows of the place."""
    import numpy as np

    plane, lines = made.plane, []
    if len(made.points) > 4:
        misses = made.misses_m
        worst = int(misses.argmax())
        lines.append(
            f"the points fit within {np.sqrt((misses**2).mean()):.2f} m; "
            f"the worst is number {worst + 1}, by {misses[worst]:.2f} m"
        )
    elif made.points:
        lines.append("four points always fit exactly: a fifth would tell how well they were measured")
    view = plane.viewpoint
    if view is not None and view.is_believed:
        lines.append(
            f"the camera stands {view.height_m:.1f} m above the ground and looks down by {view.tilt_deg:.0f}°"
        )
    middle = np.column_stack([np.full(plane.height + 1, plane.width / 2), np.arange(plane.height + 1)])
    spans = plane.metres_per_pixel(middle)
    measured = np.flatnonzero(~np.isnan(plane.to_metres(middle)[:, 0]))
    lines.append(
        f"a pixel spans {spans[measured[-1]]:.3f} m of ground at the lower edge; "
        f"measured is what is below line {measured[0]} of {plane.height}"
    )
    return lines


def _doubts(made: Calibration) -> list[str]:
    """Return what is odd about a calibration."""
    view = made.plane.viewpoint
    if view is None:
        return ["how the camera stands does not follow from this: heights stay in pixels"]
    if not view.is_believed:
        return [
            f"no camera with square pixels sees it so: metres come out {view.stretch:.2f} times as long in "
            "one direction as in another; check points and units. Heights stay in pixels"
        ]
    return []


def _draw(archive: Archive, camera: str, path: Path) -> float:
    """Draw metres onto the latest empty scene of a camera; return how far apart the lines are, metres.

    Raises:
        RefusedError: the purpose has no ``show-scene``, or not now.
        NothingToShowError: it has no recording that is calibrated.
        UsageError: there is such a file already.
        OutputError: the file cannot be written.
    """
    import cv2

    from apercu.analysis.ground_grid import with_grid
    from apercu.archive.cameras import calibration_of, read_calibrations
    from apercu.disk import write_file, writing
    from apercu.purposes import Capability

    if path.exists():
        raise UsageError("exists already", where=path, next_step="Choose another name with --grid.")
    with archive.opens(Capability.SHOW_SCENE, subject=f"camera {camera}") as inside:
        calibrations = read_calibrations(inside)
        for row, scene in inside.latest_scenes(camera):
            made = calibration_of(calibrations, row)
            if made is not None:
                picture = scene.image
                plane = made.plane.for_size(picture.shape[1], picture.shape[0])
                if plane is not None:
                    drawn, step = with_grid(picture, plane)
                    with writing(path):
                        write_file(path, cv2.imencode(".png", drawn)[1].tobytes())
                    return step
    raise NothingToShowError(
        f"camera {camera} has no recording that is calibrated",
        where=archive.path,
        next_step="Calibrate it with: apercu camera calibrate.",
    )
