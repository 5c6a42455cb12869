"""What ``apercu search`` makes of an answer: an explanation, a table, files, pictures and clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apercu.cli import console
from apercu.cli.parameters import check_output
from apercu.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from apercu.archive import Archive
    from apercu.search import Found, Query

MOST_CLIPS = 100
"""Clips that are cut without being told how many."""
_BESIDE = (".json", ".vtt")


@dataclass(frozen=True, slots=True)
class Files:
    """Where an answer goes; None where it does not.

    Attributes:
        table: ``.parquet``, ``.arrow``, ``.csv`` or ``.json``.
        sheet: ``.png`` or ``.html``.
        synopsis: ``.mp4``; of several cameras, each has its own, with its name before the suffix.
        clips: an ``.mp4`` for one track, else a folder.
    """

    table: Path | None
    sheet: Path | None
    synopsis: Path | None
    clips: Path | None

    @property
    def of_pictures(self) -> bool:
        """Whether any of them shows something."""
        return (self.sheet, self.synopsis, self.clips) != (None, None, None)

    def check(self, archive: Archive, force: bool) -> None:
        """Refuse, before anything is asked, what cannot be written.

        Raises: as ``check_output``.
        """
        originals = [row.absolute_path for row in archive.recordings()]
        beside = [] if self.synopsis is None else [self.synopsis.with_suffix(each) for each in _BESIDE]
        written = [each for each in (self.table, self.sheet, self.synopsis, self.clips, *beside) if each]
        for number, each in enumerate(written):
            if each in written[:number]:
                raise UsageError("would be written twice", where=each, next_step="Choose different names.")
        if self.table is not None:
            from apercu.cli.exports import SUFFIXES

            check_output(self.table, originals, force, suffixes=SUFFIXES)
        if self.sheet is not None:
            from apercu.synopsis.sheet import SUFFIXES as SHEETS

            check_output(self.sheet, originals, force, suffixes=SHEETS)
        if self.synopsis is not None:
            check_output(self.synopsis, originals, force, _BESIDE)
        if self.clips is not None and self.clips.suffix:
            check_output(self.clips, originals, force)


def explain(archive: Archive, query: Query, found: Found, say: Callable[[str], None]) -> None:
    """Tell what is asked, how many tracks each filter left, and what could not be looked at."""
    from apercu.search import sentence
    from apercu.search.nothing import clockless, unmeasured

    say(sentence(query))
    say(f"{found.looked_through:>9} tracks in the recordings that may hold any")
    for step in found.steps:
        for depth, each in step.walk():
            say(f"{each.left:>9} {'  ' * depth}{'left' if each.field else 'found'} by {each.text}")
    for missing in (clockless(archive, query), unmeasured(archive, query)):
        if missing is not None:
            say(missing)
    say("")


def schema() -> pa.Schema:
    """Return the columns of what is told of tracks: ``TRACK_SCHEMA``, then those in metres."""
    import pyarrow as pa

    from apercu.analysis.measures import MEASURE_SCHEMA
    from apercu.analysis.tracks import TRACK_SCHEMA

    return pa.schema([*TRACK_SCHEMA, *list(MEASURE_SCHEMA)[2:]])


def tables(archive: Archive, found: Found) -> Iterator[pa.Table]:
    """Yield what is told of tracks, part by part: tables of ``schema``.

    Raises:
        ArchiveDamagedError: a file is missing or torn.
    """
    for part in found.parts():
        table, measures = part.table(archive), part.measures(archive)
        for field in list(measures.schema)[2:]:
            table = table.append_column(field, measures[field.name])
        yield table


def say_table(archive: Archive, found: Found, table: pa.Table) -> None:
    """Write a table that a person looks at: speeds in metres where the camera is calibrated.

    Args:
        archive: that was asked.
        found: what was found.
        table: of ``schema``.
    """
    from apercu.cli.intakes import local

    files = {row.recording_id: row.facts.file_name for row in found.rows}
    rows = table.to_pylist()
    in_metres = any(values["speed_mean_m_s"] is not None for values in rows)
    in_pixels = any(values["speed_mean_m_s"] is None for values in rows)
    speeds = [name for name, told in (("speed m/s", in_metres), ("speed px/s", in_pixels)) if told]

    def line(values: dict[str, Any]) -> tuple[str, ...]:
        start, metres = values["start_time"], values["speed_mean_m_s"]
        told = {
            "speed m/s": "" if metres is None else f"{metres:.1f}",
            "speed px/s": "" if metres is not None else f"{values['speed_mean_px_s']:.0f}",
        }
        return (
            files[values["recording_id"]],
            str(values["track_id"]),
            values["class"],
            values["camera"],
            console.length(values["start_s"]) if start is None else local(archive, start),
            f"{values['duration_s']:.1f} s",
            f"{values['dwell_s']:.1f} s",
            *(told[name] for name in speeds),
            ", ".join(values["colours"]),
        )

    heads = ("recording", "track", "class", "camera", "start", "length", "stood", *speeds, "colours")
    console.say_table(heads, map(line, rows), right=("track", "length", "stood", *speeds))
    go_on = ""
    if found.total > len(rows):
        go_on = f"; go on with --cursor {rows[-1]['recording_id']}/{rows[-1]['track_id']}"
    console.say(f"{len(rows)} of {found.total} tracks{go_on}")


def show(
    archive: Archive,
    found: Found,
    files: Files,
    *,
    unredacted: bool,
    reason: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make the pictures and clips that are wanted of what was found.

    Raises:
        UsageError: there are too many for clips, or a file is there already.
        ApercuError: as ``make_sheet``, ``make_synopsis`` and ``cut_clip``.
    """
    if files.clips is not None:
        _check_clips(found, files.clips)
    making = _Making(archive, found, unredacted, reason, force, as_json)
    if files.sheet is not None:
        making.sheet(files.sheet)
    if files.synopsis is not None:
        making.synopses(files.synopsis)
    if files.clips is not None:
        making.clips(files.clips)


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes pictures of what was found, as ``show`` was told to."""

    archive: Archive
    found: Found
    unredacted: bool
    reason: str | None
    force: bool
    as_json: bool

    def sheet(self, path: Path) -> None:
        """Make a contact sheet."""
        from apercu.cli.progress import Stages, bars
        from apercu.synopsis.options import SheetOptions
        from apercu.synopsis.sheet import make_sheet

        options = SheetOptions(self.found.query, not self.unredacted, self.reason, self.force)
        with bars(as_json=self.as_json) as shown:
            stages = Stages(shown, None, {"check": "checking the footage", "show": "reading"})
            made = make_sheet(self.archive, path, options, stages, self.found)
        tracks, pages = len(made.shown), len(made.pages)
        told = f"{tracks} track{'' if tracks == 1 else 's'} on {pages} page{'' if pages == 1 else 's'}"
        console.tell(f"{path}: {told}")

    def synopses(self, path: Path) -> None:
        """Make a synopsis of each camera."""
        from apercu.cli.synopses import make
        from apercu.synopsis import SynopsisOptions

        parts = self.found.by_camera()
        several = len(parts) > 1
        paths = {camera: path.with_stem(f"{path.stem}-{camera}") if several else path for camera in parts}
        originals = [row.absolute_path for row in self.archive.recordings()]
        for each in paths.values():
            check_output(each, originals, self.force, _BESIDE)
        options = SynopsisOptions(query=self.found.query, redact=not self.unredacted, reason=self.reason)
        for camera, part in parts.items():
            made = make(self.archive, paths[camera], options, as_json=self.as_json, found=part)
            told = f"{made.metrics.tubes} of {made.metrics.tubes_given} tracks"
            console.tell(f"{made.video}: {told} of {camera} shown")

    def clips(self, path: Path) -> None:
        """Cut the clip of each track."""
        from apercu.cli.progress import Stages, bars
        from apercu.disclosure.cutting import cut_clips
        from apercu.disclosure.options import ClipOptions

        options = ClipOptions(redact=not self.unredacted, reason=self.reason)
        with bars(as_json=self.as_json) as shown:
            stages = Stages(shown, None, {"cut": "cutting"})
            made = cut_clips(
                self.archive,
                self.found,
                path,
                options,
                lambda share: stages("cut", share),
                replace=self.force,
            )
        console.tell(f"{path}: {len(made)} clip{'' if len(made) == 1 else 's'}")


def _check_clips(found: Found, path: Path) -> None:
    if path.suffix and len(found) > 1:
        raise UsageError(
            f"{len(found)} tracks are found, and {path} is one clip",
            next_step="Name a folder for all of them, or the first alone with --limit 1.",
        )
    if found.query.limit is None and len(found) > MOST_CLIPS:
        raise UsageError(
            f"{len(found)} tracks are found, each of which would become a clip",
            next_step="Say how many with --limit.",
        )
