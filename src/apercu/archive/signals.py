"""The folders of signals: put in place, completed, erased, checked, and put right after a crash.

As with recordings, the folders are the truth and the catalog is an index of them: a signal whose process died
between its folder and the catalog's transaction is listed, and queued for delivery, at the next opening.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from types import MappingProxyType

from apercu.archive import staging
from apercu.archive.catalog import Catalog
from apercu.archive.files import check_file, describe_file
from apercu.archive.outbox import Outbox
from apercu.archive.signal_catalog import SignalCatalog
from apercu.archive.signal_records import (
    ANSWERS_FILE,
    SIGNAL_FILE,
    AnswerRow,
    SignalRow,
    SignalSummary,
    State,
    answers_to_json,
    read_answers,
    read_signal,
)
from apercu.disk import (
    flush,
    locked,
    move_folder,
    remove_if_empty,
    replace_file,
    write_file,
    writing,
)
from apercu.errors import ArchiveDamagedError, ConflictError, NothingToShowError

SIGNALS = "signals"
CLIP = "clip.mp4"
NOTHING_HELD: Mapping[str, datetime] = MappingProxyType({})
_STAGED = "signal_"
_ERASING = "signals_"
_GONE = "The picture cannot be made again; dismiss or erase the signal."


class SignalShelf:
    """The folders under ``signals/`` and the catalog that lists them.

    Attributes:
        catalog: lists, finds, tallies.
        outbox: what is to be delivered.
    """

    def __init__(self, path: Path, catalog: Catalog, zone: tzinfo, lock: Path) -> None:
        self.catalog = SignalCatalog(catalog)
        self.outbox = Outbox(catalog)
        self._base = catalog
        self._path = path
        self._zone = zone
        self._lock = lock

    def place(self, row: SignalRow) -> str:
        """Return where a signal's folder stands, relative to the archive."""
        day = row.at.astimezone(self._zone).date().isoformat()
        return f"{SIGNALS}/camera={row.camera}/day={day}/signal={row.key}"

    def find(self, key: str) -> SignalRow:
        """Return one signal.

        Raises:
            NothingToShowError: the archive holds no such signal.
        """
        found = self.catalog.find(key)
        if found is None:
            raise NothingToShowError(
                f"no signal {key}", where=self._path, next_step="List them: apercu signals list ARCHIVE."
            )
        return found

    def add(
        self,
        row: SignalRow,
        pieces: Mapping[str, bytes],
        clip: Path | None,
        channels: Sequence[str],
        held: Mapping[str, datetime] = NOTHING_HELD,
        answering: Sequence[str] = (),
    ) -> SignalRow:
        """Store a signal: its files first, then its row and one letter per channel in one transaction.

        ``pieces`` are the contents of files by name. ``held`` says until when (aware) the letters of some
        channels wait for a picture that comes later. Answers go over the channels ``answering``. A signal of
        the same key is left as it is, and returned.

        Raises:
            OutputError: the archive cannot be written.
        """
        with self._staged(row.key, pieces, clip) as new, writing(self._path):
            files = {path.name: describe_file(path) for path in sorted(new.iterdir())}
            summary = SignalSummary(
                replace(row, folder=self.place(row)), tuple(channels), files, tuple(answering)
            )
            write_file(new / SIGNAL_FILE, summary.to_json())
            flush(new)
            with locked(self._lock):
                target = self._path / summary.row.folder
                if not target.exists():
                    move_folder(new, target)
                return self._adopt(target, held)

    def complete(
        self, row: SignalRow, pieces: Mapping[str, bytes], clip: Path | None, picture: str = ""
    ) -> SignalRow:
        """Give a signal what comes later: its ``picture``, one of the ``pieces``, or its clip.

        Letters that waited for the picture leave now.

        Raises:
            ArchiveDamagedError: its folder is missing or torn.
            OutputError: the archive cannot be written.
        """
        folder = self._path / row.folder
        with self._staged(row.key, pieces, clip) as new, writing(folder), locked(self._lock):
            summary = read_signal(self._path, folder)
            files = {path.name: describe_file(path) for path in sorted(new.iterdir())}
            for name in files:
                (new / name).replace(folder / name)
            named = replace(
                summary.row,
                picture=picture or summary.row.picture,
                clip=summary.row.clip if clip is None else CLIP,
            )
            completed = replace(summary, row=named, files={**summary.files, **files})
            replace_file(folder / SIGNAL_FILE, completed.to_json())
            self.catalog.complete(row.key, named.picture, named.clip)
        return self.find(row.key)

    def answer(
        self, row: SignalRow, answer: AnswerRow, *, expected: State | None = None, own: bool = False
    ) -> SignalRow:
        """Add an answer, and keep a copy beside the signal for the day when the catalog is lost.

        ``expected`` is the state in which the signal still has to be, None for any; ``own`` says that the
        last answer has to be of the same person.

        Raises:
            NothingToShowError: it was erased meanwhile.
            ConflictError: its state is another one, or the last answer is somebody else's.
            OutputError: the archive cannot be written.
        """
        folder = self._path / row.folder
        with writing(folder), locked(self._lock):
            found = self.find(row.key)
            self._check_unanswered(found, expected, answer.actor if own else None)
            given = self.catalog.answer(row.key, answer)
            replace_file(folder / ANSWERS_FILE, answers_to_json(given))
        return self.find(row.key)

    def file(self, row: SignalRow, name: str) -> Path:
        """Return where a file of a signal lies.

        Raises:
            NothingToShowError: the signal has none such.
            ArchiveDamagedError: it is missing.
        """
        if not name:
            raise NothingToShowError(
                f"signal {row.key} has none",
                where=self._path,
                next_step="See it: apercu signals show.",
            )
        path = self._path / row.folder / name
        if not path.is_file():
            raise ArchiveDamagedError("is missing", where=path, next_step=_GONE)
        return path

    def check(self, row: SignalRow) -> None:
        """Read every byte of a signal's files and compare it with what was written.

        Raises:
            ArchiveDamagedError: a file is missing, torn or altered; the message names it.
        """
        folder = self._path / row.folder
        with locked(self._lock, shared=True):
            for name, expected in read_signal(self._path, folder).files.items():
                check_file(folder / name, expected, _GONE)

    def erase(self, rows: Collection[SignalRow]) -> None:
        """Erase signals, with all that the catalog knows of them. Hold the archive's lock.

        From the moment its folder is in the workspace, nothing brings a signal back: a crash leaves the rest
        to ``reconcile``.
        """
        workspace = staging.Workspace(self._path, _ERASING)
        try:
            for row in rows:
                folder = self._path / row.folder
                if folder.exists():
                    move_folder(folder, workspace.erased / row.key)
                    for emptied in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
                        remove_if_empty(emptied)
            self.catalog.remove([row.key for row in rows])
        except BaseException:
            workspace.abandon()
            raise
        workspace.remove()

    def reconcile(self, leftover: staging.Leftover) -> bool:
        """Finish what a crash left; return whether it was work on signals at all."""
        if not leftover.recording_id.startswith((_STAGED, _ERASING)):
            return False
        if leftover.is_erasure:
            self.catalog.remove([path.name for path in (leftover.folder / staging.ERASED).iterdir()])
            self._base.scrub()
        elif (leftover.new / SIGNAL_FILE).exists():  # written last, so the rest is whole
            self._place_new(leftover.new)
        else:
            self._relist(leftover.recording_id.removeprefix(_STAGED))
        leftover.remove()
        return True

    def list_missing(self) -> None:
        """List the folders that the catalog lacks. Hold the archive's lock."""
        listed = self.catalog.keys()
        for folder in sorted((self._path / SIGNALS).glob("camera=*/day=*/signal=*")):
            if folder.name.partition("=")[2] not in listed:
                self._adopt(folder)

    @contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """Give a folder for what is being made of a signal.

        It goes at the end; what a crash leaves of it goes when the archive is opened the next time.

        Raises:
            OutputError: the archive cannot be written.
        """
        workspace = self._workspace(key)
        try:
            yield workspace.new
        finally:
            workspace.remove()

    def _check_unanswered(self, found: SignalRow, expected: State | None, actor: str | None) -> None:
        """Refuse what would be said to another answer than the person saw. Hold the archive's lock."""
        last = next(reversed(self.catalog.answers(found.key)), None)
        told = ""
        if expected not in (None, found.state):
            if last is None:
                told = f"signal {found.key} has no answer"
            elif found.state is State.OPEN:
                told = f"the answer to signal {found.key} was taken back meanwhile by {last.actor}"
            else:
                told = f"signal {found.key} was answered meanwhile by {last.actor}"
        elif actor is not None and last is not None and last.actor != actor:
            told = f"the last answer to signal {found.key} is that of {last.actor}"
        if told:
            raise ConflictError(told, next_step="Look at it again before you answer.")

    def _workspace(self, key: str) -> staging.Workspace:
        with writing(self._path), locked(self._lock):
            return staging.Workspace(self._path, f"{_STAGED}{key}")

    @contextmanager
    def _staged(self, key: str, pieces: Mapping[str, bytes], clip: Path | None) -> Iterator[Path]:
        """Give a folder with a signal's new files in it, which goes at the end; a crash leaves it behind."""
        workspace = self._workspace(key)
        try:
            with writing(self._path):
                for name, content in pieces.items():
                    write_file(workspace.new / name, content)
                if clip is not None:
                    shutil.copyfile(clip, workspace.new / CLIP)
                    flush(workspace.new / CLIP)
            yield workspace.new
        except BaseException:
            workspace.abandon()  # how far it came is for the next opening to see
            raise
        workspace.remove()

    def _relist(self, key: str) -> None:
        """List the files that a signal has, where a crash came while it was given one.

        A file that its ``signal.json`` does not tell of yet goes. Hold the archive's lock.
        """
        row = self.catalog.find(key)
        if row is None or not (folder := self._path / row.folder).exists():
            return
        try:
            summary = read_signal(self._path, folder)
        except ArchiveDamagedError:  # whoever checks it is told
            return
        for path in folder.iterdir():
            if path.name not in {SIGNAL_FILE, ANSWERS_FILE, *summary.files}:
                path.unlink()
        self.catalog.complete(key, summary.row.picture, summary.row.clip)

    def _place_new(self, folder: Path) -> None:
        """Put a signal in its place that a crash left in its workspace; it is listed with all the others."""
        try:
            target = self._path / self.place(read_signal(self._path, folder).row)
        except ArchiveDamagedError:  # torn: the event came with the crash, and nobody was told of it
            return
        if not target.exists():
            move_folder(folder, target)

    def _adopt(self, folder: Path, held: Mapping[str, datetime] = NOTHING_HELD) -> SignalRow:
        """List a folder in the catalog as it stands."""
        summary = read_signal(self._path, folder)
        return self.catalog.put(summary.row, summary.channels, read_answers(folder), held, summary.answering)
