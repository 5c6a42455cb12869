"""The archive: what analysis found, in a folder; the footage stays where it is."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from apercu.analysis.tracks import Tracks
from apercu.archive import files
from apercu.archive.catalog import Catalog
from apercu.archive.draft import Draft
from apercu.archive.drafting import drafted
from apercu.archive.founding import found
from apercu.archive.looks import check_looks
from apercu.archive.records import (
    ID_DIGITS,
    RecordingAnalysis,
    RecordingFacts,
    RecordingRow,
    Wanted,
    check_camera,
    subject_of,
)
from apercu.archive.settings import (
    ArchiveSettings,
    complete,
    read_settings,
    write_settings,
)
from apercu.archive.shelf import LOCK, Shelf
from apercu.archive.signals import SignalShelf
from apercu.archive.summary import ANALYSE_AGAIN
from apercu.disk import locked, writing
from apercu.errors import ArchiveDamagedError, LedgerDamagedError, NothingToShowError
from apercu.purposes import Capability, Door, Gate, Guard, Ledger, Purpose

CATALOG = "catalog.sqlite"


class Archive:
    """An archive on a disk. Any number of processes may read it and add to it at once.

    A recording appears whole or not at all, and the folders under ``recordings/`` are the truth: the catalog
    is an index of them. Only empty backgrounds are stored as pictures, never people.

    What reads or writes what was filmed asks the gate first, each time, and leaves an entry in the ledger;
    within ``opens``, one entry stands for all that is read.

    Attributes:
        path: the archive's folder.
        settings: what ``archive.toml`` says.
        shelf: the folders of its recordings; for ``retention``.
        signals: the folders of its signals; for ``retention``, and for the room ``events``, which asks.
    """

    def __init__(self, path: Path, settings: ArchiveSettings, *, actor: str | None = None) -> None:
        """Use ``create`` or ``open``."""
        self.path = path
        self.settings = settings
        self._actor = actor
        self._guard: Guard | None = None
        self._door: Door | None = None
        self._writable = os.access(path, os.W_OK)
        if settings.catalog_url is None:
            self._catalog = Catalog.in_file(path / CATALOG, read_only=not self._writable)
        else:
            self._catalog = Catalog(settings.catalog_url)
        self.signals = SignalShelf(path, self._catalog, settings.zone, path / LOCK)
        self.shelf = Shelf(path, self._catalog, settings.zone, self.signals)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        name: str,
        purpose: str | Purpose,
        purpose_fields: Mapping[str, str | date] | None = None,
        controller: str = "",
        timezone: str | None = None,
        catalog_url: str | None = None,
        actor: str | None = None,
    ) -> Archive:
        """Make an archive in a folder that is new or empty.

        Args:
            path: the folder.
            name: what people call the archive.
            purpose: why it may exist: a name of ``purposes.PURPOSES``, or a stricter purpose of one's own.
            purpose_fields: everything that the purpose requires to be stated.
            controller: who answers for the data; may be empty.
            timezone: IANA name; None means this machine's.
            catalog_url: SQLAlchemy URL of a database of its own; None means a file in the folder.
            actor: who asks for what follows; None means the account that runs this.

        Raises:
            UsageError: the folder is in use, a value is none of those possible, or a field is missing.
            UnknownNameError: there is no such purpose.
            OutputError: the folder cannot be written.
        """
        folder = Path(path).absolute()
        declaration = complete(purpose, purpose_fields or {})
        settings = found(folder, name, declaration, controller, timezone, catalog_url)
        archive = cls(folder, settings, actor=actor)
        archive._catalog.upgrade()
        write_settings(folder, settings)  # last: with it the folder becomes an archive
        return archive

    @classmethod
    def open(cls, path: str | Path, *, actor: str | None = None) -> Archive:
        """Open an archive, and put right what a crash may have left in it.

        ``actor`` is who asks for what follows; None means the account that runs this.

        Raises:
            ArchiveNotFoundError: there is none.
            ArchiveVersionError: it was written by a newer Aperçu.
            ArchiveDamagedError: ``archive.toml`` or the catalog is torn.
        """
        folder = Path(path).absolute()
        archive = cls(folder, read_settings(folder), actor=actor)
        outdated = archive._catalog.require_known(archive._catalog.revision())
        if archive._writable and (outdated or archive.shelf.is_untidy()):
            with locked(folder / LOCK):
                if outdated:
                    archive._catalog.upgrade()
                erased = archive.shelf.reconcile()
            for recording_id in erased:
                why = "an erasure was cut short"
                archive.gate.require(Capability.ERASE, subject=subject_of([recording_id]), reason=why)
        return archive

    def asked_by(self, actor: str, guard: Guard | None = None) -> Archive:
        """Return this archive as somebody else asks it, open already; for ``guard`` see ``Gate``."""
        theirs = copy(self)
        theirs.__dict__.pop("gate", None)
        theirs._actor, theirs._guard = actor, guard
        return theirs

    @cached_property
    def gate(self) -> Gate:
        """The gate of this archive, for the actor who opened it.

        Raises:
            LedgerDamagedError: its ledger is missing, or is another one's.
        """
        ledger = Ledger(self.path)
        if ledger.fingerprint != self.settings.ledger:
            raise LedgerDamagedError(
                "is not the ledger that archive.toml names",
                where=ledger.folder,
                next_step="Put the archive's own ledger back from a backup.",
            )
        declaration, zone = self.settings.declaration, self.settings.zone
        return Gate(declaration, ledger, actor=self._actor, zone=zone, guard=self._guard)

    @contextmanager
    def opens(self, capability: Capability, *, subject: str, reason: str | None = None) -> Iterator[Archive]:
        """Ask for a capability once, and hold its door open.

        Yields this archive as it is seen from inside: what is read from it leaves no entries of its own. When
        the block has ended, it asks again like any other.

        Args and raises: as ``Gate.opens``.
        """
        with self.gate.opens(capability, subject=subject, reason=reason) as door:
            inside = copy(self)
            inside._door = door
            try:
                yield inside
            finally:
                inside._door = None

    @contextmanager
    def changes(self, capability: Capability, *, subject: str, reason: str | None = None) -> Iterator[Door]:
        """Ask for a capability, and change what the archive holds while nobody else does.

        Args and raises: as ``Gate.opens``, and:
            OutputError: the archive cannot be written.
        """
        with (
            self.gate.opens(capability, subject=subject, reason=reason) as door,
            writing(self.path),
            locked(self.path / LOCK),
        ):
            yield door

    def recordings(self, wanted: Wanted | None = None) -> list[RecordingRow]:
        """Return all recordings, or those wanted, by start time, camera, path; those without clock last."""
        return self._catalog.recordings(wanted or Wanted())

    def analysis_ids(self, cameras: Collection[str] = ()) -> frozenset[str]:
        """Return what changes when a recording of some cameras, or of any, comes, goes or is analysed anew.

        It takes a fraction of the time of ``recordings``.
        """
        return self._catalog.analysis_ids(cameras)

    def recording(self, recording_id: str) -> RecordingRow:
        """Return one recording.

        Raises:
            NothingToShowError: the archive holds no such recording.
        """
        found = self._catalog.find(recording_id)
        if found is None:
            raise NothingToShowError(
                f"no recording {recording_id}", where=self.path, next_step="List them: apercu info ARCHIVE."
            )
        return found

    def find_analysis(self, recording_id: str, settings_hash: str) -> RecordingRow | None:
        """Return the recording when it was already analysed with these settings and its files are all there.

        What is damaged counts as not analysed, so that analysing again repairs it. Camera and start time are
        not part of the settings: compare them with those of the row.
        """
        found = self._catalog.find(recording_id)
        if found is None or found.analysis.settings_hash != settings_hash:
            return None
        return found if files.is_whole(self.path / found.analysis.folder) else None

    def tracks(self, recording_ids: Collection[str] | None = None) -> Tracks:
        """Return the tracks of these recordings, or of all, in one piece.

        Recordings follow each other as in ``recordings()``; within one, tracks are in order of start and
        observations in order of track and time. Memory grows with their number: see ``iter_tracks``.

        Raises:
            RefusedError: the purpose has no ``read-tracks``, or not now.
            NothingToShowError: the archive holds no such recording.
            ArchiveDamagedError: a file is missing or torn; the message names it.
        """
        return Tracks.joined(tracks for _, tracks in self.iter_tracks(recording_ids))

    def iter_tracks(
        self, recording_ids: Collection[str] | None = None
    ) -> Iterator[tuple[RecordingRow, Tracks]]:
        """Go through the recordings, in the order of ``recordings()``, with the tracks of one at a time.

        Raises: as ``tracks``.
        """
        self.ask(Capability.READ_TRACKS, subject_of(recording_ids))
        for row in self._chosen(recording_ids):
            # Both files must be of one analysis: nobody replaces the recording while they are read.
            with locked(self.path / LOCK, shared=True):
                current = self.recording(row.recording_id)
                tracks = files.read_tracks(self._folder(current))
            yield current, tracks

    def count_classes(self, recording_id: str) -> Counter[str]:
        """Return how many tracks of each class a recording has.

        Raises: as ``tracks``.
        """
        self.ask(Capability.READ_TRACKS, subject_of([recording_id]))
        with locked(self.path / LOCK, shared=True):
            return files.count_classes(self._folder(self.recording(recording_id)))

    def backgrounds(self, recording_id: str) -> list[files.StoredBackground]:
        """Return the backgrounds of a recording in order of time; each picture is read when asked for.

        Raises:
            RefusedError: the purpose has no ``show-scene``, or not now.
            NothingToShowError: the archive holds no such recording.
            ArchiveDamagedError: its folder is missing.
        """
        self.ask(Capability.SHOW_SCENE, subject_of([recording_id]))
        with locked(self.path / LOCK, shared=True):
            return files.list_backgrounds(self._folder(self.recording(recording_id)))

    def latest_scenes(self, camera: str) -> Iterator[tuple[RecordingRow, files.StoredBackground]]:
        """Yield the last background of each recording of a camera that has one, the newest recording first.

        Raises:
            RefusedError, ArchiveDamagedError: as ``backgrounds``.
        """
        for row in reversed([row for row in self.recordings() if row.camera == camera]):
            if scenes := self.backgrounds(row.recording_id):
                yield row, scenes[-1]

    def check(self, recording_id: str) -> None:
        """Read every byte of a recording's files and compare it with what was written.

        Raises:
            NothingToShowError: the archive holds no such recording.
            ArchiveDamagedError: a file is missing, torn or altered; the message names it.
        """
        with locked(self.path / LOCK, shared=True):
            folder = self._folder(self.recording(recording_id))
            files.check_folder(folder)
            check_looks(folder)

    def add(self, analysis: RecordingAnalysis) -> RecordingRow:
        """Store one recording's analysis; an earlier analysis of the same recording is replaced.

        Raises: as ``draft``.
        """
        with self.draft(
            analysis.recording,
            analysis.camera,
            analysis.settings,
            grid_width=analysis.grid_width,
            grid_height=analysis.grid_height,
            detector=analysis.detector,
            detector_hash=analysis.detector_hash,
        ) as draft:
            draft.add_tracks(analysis.tracks)
            for background in analysis.backgrounds:
                draft.add_background(background.time_s, background.image)
            draft.stage_seconds.update(analysis.stage_seconds)
            draft.warnings.extend(analysis.warnings)
            draft.effort.update(analysis.effort)
            draft.camera_moved.extend(analysis.camera_moved)
        return self.recording(analysis.recording.recording_id)

    @contextmanager
    def draft(
        self,
        recording: RecordingFacts,
        camera: str,
        settings: Mapping[str, Any],
        *,
        grid_width: int,
        grid_height: int,
        detector: str = "",
        detector_hash: str = "",
    ) -> Iterator[Draft]:
        """Write a recording piece by piece; it appears, whole, at the end of the ``with`` block.

        When the block ends with an error, nothing appears and nothing stays behind. For the meaning of the
        arguments see ``RecordingAnalysis``.

        Raises:
            RefusedError: the purpose has no ``keep-tracks``, or not now.
            UsageError: the camera's name or the settings cannot be stored.
            OutputError: the archive cannot be written (disk full, permission).
        """
        check_camera(camera)
        begin = partial(
            Draft,
            recording=recording,
            camera=camera,
            settings=settings,
            analysis_id=secrets.token_hex(ID_DIGITS // 2),
            grid_width=grid_width,
            grid_height=grid_height,
            detector=detector,
            detector_hash=detector_hash,
        )
        subject = subject_of([recording.recording_id])
        with (
            self.gate.opens(Capability.KEEP_TRACKS, subject=subject),
            drafted(self.path, self.shelf, recording.recording_id, begin) as draft,
        ):
            yield draft

    def ask(self, capability: Capability, subject: str) -> None:
        """Ask the gate, unless a door is open already; raises as ``Gate.require``."""
        if self._door is None:
            self.gate.require(capability, subject=subject)

    def _chosen(self, recording_ids: Collection[str] | None) -> list[RecordingRow]:
        rows = self.recordings()
        if recording_ids is None:
            return rows
        chosen = [row for row in rows if row.recording_id in recording_ids]
        for missing in set(recording_ids) - {row.recording_id for row in chosen}:
            self.recording(missing)  # says that there is none
        return chosen

    def _folder(self, row: RecordingRow) -> Path:
        folder = self.path / row.analysis.folder
        if not folder.is_dir():
            raise ArchiveDamagedError(
                f"the folder of recording {row.recording_id} ({row.facts.file_name}) is missing",
                where=folder,
                next_step=ANALYSE_AGAIN,
            )
        return folder
