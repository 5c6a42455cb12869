"""``apercu camera place``: where on the map a camera's pictures are."""

from __future__ import annotations

from typing import Annotated

import typer

from apercu.cli import console
from apercu.cli.camera import picture_size
from apercu.cli.parameters import ArchiveFolder, Json, Reason


def place(
    archive: ArchiveFolder,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")],
    points: Annotated[
        str,
        typer.Option(
            "--points",
            metavar="LIST",
            help='Four or more points of the ground, as "x,y=LAT,LON; ...": pixels of the picture, and '
            "degrees of latitude and longitude (WGS 84), as a map tells them.",
        ),
    ],
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="WxH",
            help="Size of the picture that the pixels are of; that of the camera's recordings by default.",
        ),
    ] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Say where on the map a camera's pictures are: then lines and zones have coordinates.

    Find points on level ground in the picture and on a map: corners of markings, kerbs, drain covers; far and
    near, left and right, six decimals or more. A camera that has no calibration of its own is calibrated too.

    \b
    Examples:
      apercu camera place gate north --points "212,540=45.757812,4.832011; 1090,552=45.757790,4.832099; \
820,260=45.757951,4.832163; 455,258=45.757973,4.832075"
    """
    import numpy as np

    from apercu.archive import Archive, placements
    from apercu.archive.homographies import read_points

    store = Archive.open(archive)
    width, height = picture_size(store, camera, size)
    made, calibrated = placements.place(
        store, camera, read_points(points), width, height, reason=reason or ""
    )
    misses = made.misses_m
    if as_json:
        console.say_json(
            {
                "camera": camera,
                "number": made.number,
                "points": [list(point) for point in made.points],
                "misses_m": [round(miss, 3) for miss in misses.tolist()],
                "calibrated": calibrated,
            }
        )
        return
    console.say(f"{camera}: placement {made.number}, from {len(made.points)} points")
    if len(made.points) > 4:
        worst = int(misses.argmax())
        console.say(
            f"  the points fit within {np.sqrt((misses**2).mean()):.2f} m; "
            f"the worst is number {worst + 1}, by {misses[worst]:.2f} m"
        )
    else:
        console.say("  four points always fit exactly: a fifth would tell how well they were measured")
    console.say(
        "  it is calibrated by this, too: speed is in m/s"
        if calibrated
        else "  its own calibration stays as it is"
    )
