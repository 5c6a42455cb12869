"""``apercu demo``: from nothing to a synopsis, on a generated street whose truth is known."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import Json
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.cli.progress import Bar
    from apercu.footage import SyntheticScene

_NAME = "Aperçu demo"
_SERVICE = "service"
"""Where the service of the demo keeps its people: they go with the archive that they had rights in."""
_START = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)


def command(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where everything goes.")
    ] = Path("demo"),
    seconds: Annotated[
        float, typer.Option("--seconds", min=10.0, help="Length of the street's film.")
    ] = 90.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides who comes by, and when.")] = 7,
    pages: Annotated[
        bool | None,
        typer.Option(
            "--pages/--no-pages",
            help="Show the demo's archive in a browser at the end; asked for on a terminal by default.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Try it all on a generated street.

    The street is filmed and analysed, its synopsis is made, and what was found is compared with the truth.
    Needs no footage and no network. Running it again replaces what it made. On a terminal it offers at the
    end to show the archive in a browser.

    \b
    Examples:
      apercu demo
      apercu demo --seconds 300 --seed 1 --output /tmp/street
    """
    from apercu.cli.intakes import say_taken, taken_as_dict
    from apercu.cli.progress import Recordings, bars
    from apercu.cli.synopses import make, say_synopsis, synopsis_as_dict
    from apercu.cli.taking import Job, take_all
    from apercu.footage import demo_street
    from apercu.synopsis import SynopsisOptions

    archive = _fresh_archive(output)
    scene = demo_street(seconds, seed)
    video = output / "street.mp4"
    begin = perf_counter()
    with bars(as_json=as_json) as shown:
        _film(scene, video, output / "street-truth.txt", shown.add("filming the street", seconds))
    if not as_json:
        rate = console.times(seconds / (perf_counter() - begin))
        console.say(f"{video}: {console.length(seconds)} of a generated street, filmed at {rate}")
    with bars(as_json=as_json) as shown:
        watch = Recordings(shown, [video])
        (taken,) = take_all(Job(archive.path, "street", _START), [video], None, watch)
    if taken.error is not None:
        raise taken.error
    assert taken.intake is not None, "without an error there is a result"
    if not as_json:
        say_taken(archive, taken)
    options = SynopsisOptions()
    synopsis = make(archive, output / "street-synopsis.mp4", options, as_json=as_json)
    true = dict(Counter(actor.class_name for actor in scene.actors))
    found = dict(taken.intake.classes)
    if as_json:
        values = {
            "footage": video,
            "truth": output / "street-truth.txt",
            "archive": archive.path,
            "true_objects": true,
            "recording": taken_as_dict(taken),
            **synopsis_as_dict(synopsis),
        }
        console.say_json(values)
        return
    say_synopsis(synopsis, options.arrange)
    console.say()
    _say_comparison(true, found)
    console.say()
    console.say_facts(
        {
            "watch": str(synopsis.video.absolute()),
            "footage": str(video.absolute()),
            "truth": str((output / "street-truth.txt").absolute()),
            "archive": f"{archive.path} (apercu tracks {output / 'archive'})",
            "pages": f"apercu serve {output / 'archive'} --home {output / _SERVICE}",
        }
    )
    if pages is None and sys.stdin.isatty() and sys.stdout.isatty():
        pages = typer.confirm("Open the pages on this archive now?", default=False, err=True)
    if pages:
        _serve(archive.path, output / _SERVICE)


def _serve(archive: Path, home: Path) -> None:
    """Serve the demo's archive until somebody stops it; its administrator is asked for on the terminal."""
    from apercu.cli import serve

    serve.command([archive], home=home)


def _fresh_archive(output: Path) -> Archive:
    """Return an empty archive; the one of an earlier demo makes room, any other is left alone."""
    from apercu.archive import Archive
    from apercu.archive.settings import is_archive, read_settings
    from apercu.disk import writing

    place = output / "archive"
    if is_archive(place):
        if read_settings(place).name != _NAME:
            raise UsageError(
                "holds an archive that is not the demo's",
                where=place,
                next_step="Choose another folder with --output.",
            )
        with writing(place):
            shutil.rmtree(place)
            shutil.rmtree(output / _SERVICE, ignore_errors=True)
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
    return Archive.create(
        place,
        name=_NAME,
        purpose="research",
        purpose_fields={"licence": "generated scene"},
        controller="nobody: it is generated",
    )


def _film(scene: SyntheticScene, video: Path, truth: Path, bar: Bar) -> None:
    """Write the scene and its truth."""
    from apercu.disk import writing
    from apercu.footage import VideoWriter

    options = scene.options
    with VideoWriter(video, options.width, options.height, options.rate, crf=20) as writer:
        for number, picture in enumerate(scene.frames(), 1):
            writer.write(picture)
            bar.move(number / float(options.rate))
    with writing(truth):
        scene.tracks_truth().write_mot(truth)


def _say_comparison(true: dict[str, int], found: dict[str, int]) -> None:
    names = [*true, *(name for name in found if name not in true)]
    rows = [(name, str(true.get(name, 0)), str(found.get(name, 0))) for name in names]
    rows.append(("all", str(sum(true.values())), str(sum(found.values()))))
    console.say_table(("class", "true objects", "tracks found"), rows, right=("true objects", "tracks found"))
