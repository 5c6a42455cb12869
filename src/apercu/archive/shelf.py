"""The folders of recordings: put in place, replaced, erased, and put right after a crash."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from apercu.archive import files, staging
from apercu.archive.catalog import Catalog
from apercu.archive.records import RecordingFacts, RecordingRow
from apercu.archive.settings import FILE_NAME
from apercu.archive.signals import SignalShelf
from apercu.archive.summary import read_summary
from apercu.disk import move_folder, remove_if_empty, replacements
from apercu.errors import UsageError

LOCK = ".lock"
RECORDINGS = "recordings"
HOLDS = "holds.toml"
CAMERAS = "cameras.toml"
ZONES = "zones.toml"
SEARCHES = "searches.toml"
CHECKS = "checks.toml"
PLACEMENTS = "placements.toml"
USES = "uses.toml"


def lay_out(folder: Path) -> None:
    """Make the folder of a new archive, with no recording in it.

    Raises:
        UsageError: the folder is a file, or is not empty.
        OSError: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("is not a folder", where=folder, next_step="Choose another place.")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "there is already an archive here" if (folder / FILE_NAME).exists() else "is not empty",
            where=folder,
            next_step="Choose a new or empty folder.",
        )
    for part in (RECORDINGS, staging.FOLDER):
        (folder / part).mkdir(parents=True)


class Shelf:
    """The folders under ``recordings/`` and the catalog that lists them. Hold the archive's lock."""

    def __init__(self, path: Path, catalog: Catalog, zone: tzinfo, signals: SignalShelf) -> None:
        self._path = path
        self._catalog = catalog
        self._zone = zone
        self._signals = signals

    def place(self, recording: RecordingFacts, camera: str) -> str:
        """Return where a recording's folder stands, relative to the archive."""
        start = recording.start_time
        day = start.astimezone(self._zone).date().isoformat() if start else "unknown"
        return f"{RECORDINGS}/camera={camera}/day={day}/recording={recording.recording_id}"

    def added_at(self, recording_id: str) -> datetime | None:
        """Return when a recording first came into the archive, None where it is new. Needs no lock."""
        known = self._catalog.find(recording_id)
        return known.added_at if known else None

    def of_file(self, absolute_path: Path) -> list[RecordingRow]:
        """Return the recordings that were analysed from the file at this place. Needs no lock."""
        return self._catalog.of_file(absolute_path)

    def publish(self, row: RecordingRow, workspace: staging.Workspace) -> None:
        """Move the new folder into its place, the one it replaces out of its own; then tell the catalog."""
        target = self._path / row.analysis.folder
        known = self._catalog.find(row.recording_id)
        previous = self._path / known.analysis.folder if known else target
        if previous.exists():
            move_folder(previous, workspace.old)
        if target.exists():  # nobody's: neither listed, nor whole enough to have been taken in
            shutil.rmtree(target)
        move_folder(workspace.new, target)
        _tidy(previous)
        self._catalog.put(row)

    def erase(self, recording_id: str) -> None:
        """Erase a recording's analysis, with all that the catalog knows of it.

        From the moment its folder is in the workspace, nothing brings it back: a crash leaves the rest to
        ``reconcile``.
        """
        workspace = staging.Workspace(self._path, recording_id)
        try:
            for number, folder in enumerate(self._folders(recording_id)):
                move_folder(folder, workspace.erased / str(number))
                _tidy(folder)
            self._catalog.remove(recording_id)
        except BaseException:
            workspace.abandon()
            raise
        workspace.remove()

    def scrub(self) -> None:
        """Leave no trace of what was erased in the unused parts of the catalog."""
        self._catalog.scrub()

    def is_untidy(self) -> bool:
        """Return whether there is work of the living, or of the dead: then ``reconcile``. Needs no lock."""
        return staging.anything_staged(self._path) or bool(self._replacements())

    def reconcile(self) -> list[str]:
        """Put right what a crash left behind, and list folders that the catalog lacks.

        Returns the ids of recordings whose erasure was cut short and is finished now.
        """
        for begun in self._replacements():  # written under the lock, which is held: left over
            begun.unlink()
        erased = []
        for leftover in staging.leftovers(self._path):
            if self._signals.reconcile(leftover):
                continue
            found = self._folders(leftover.recording_id)
            if leftover.is_erasure and not found:
                self._catalog.remove(leftover.recording_id)
                erased.append(leftover.recording_id)
            elif leftover.old is not None and not found:
                move_folder(leftover.old, self._path / read_summary(leftover.old).row.analysis.folder)
            for folder in self._folders(leftover.recording_id):
                self._adopt(folder)
            leftover.remove()
        if erased:
            self._catalog.scrub()
        listed = self._catalog.recording_ids()
        for folder in self._folders("*"):
            if folder.name.partition("=")[2] not in listed:
                self._adopt(folder)
        self._signals.list_missing()
        return erased

    def _replacements(self) -> list[Path]:
        """Return what was begun of the files that are written anew under the archive's lock."""
        written = (HOLDS, CAMERAS, ZONES, SEARCHES, CHECKS, PLACEMENTS, USES)
        return [begun for name in written for begun in replacements(self._path / name)]

    def _folders(self, recording_id: str) -> list[Path]:
        return sorted((self._path / RECORDINGS).glob(f"camera=*/day=*/recording={recording_id}"))

    def _adopt(self, folder: Path) -> None:
        """List a folder in the catalog as it stands, unless it is torn."""
        if files.is_whole(folder):
            row = read_summary(folder).row
            place = folder.relative_to(self._path).as_posix()
            self._catalog.put(replace(row, analysis=replace(row.analysis, folder=place)))


def _tidy(folder: Path) -> None:
    """Remove the day and the camera that a folder stood under when nothing else stands there."""
    for emptied in (folder.parent, folder.parent.parent):
        remove_if_empty(emptied)
