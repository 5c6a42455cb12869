"""The sender: empties the outbox, over each channel in a thread of its own.

At least once: a letter is marked as delivered after the other side has said so, so that a crash in between
sends it again, with the same key. In order: as long as a letter of a camera waits, those after it wait too.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apercu.archive import Archive
from apercu.archive.outbox import Fate, LetterRow
from apercu.archive.records import ID_DIGITS
from apercu.disk import try_lock
from apercu.errors import ApercuError, DeliveryError, UsageError
from apercu.events.delivery.channels import Channel, DeliverySettings, TrySettings, guarded
from apercu.events.delivery.letters import Letter
from apercu.events.delivery.mail import MailChannel
from apercu.events.delivery.mqtt import MqttChannel
from apercu.events.delivery.webhook import WebhookChannel
from apercu.events.register import Register
from apercu.purposes import Capability

LOCK = "sender.lock"
_LOOK_S = 0.05
"""How often it is looked whether anybody has written into the catalog: other processes add, nobody tells."""
_READ_S = 0.5
"""How often the outbox is read all the same: letters wait for their time, and databases leave no trace."""
_MOST_DOUBLINGS = 30
_OTHER_S = 1.0
"""How often it is looked whether another process still delivers."""


def open_channels(
    archive: Archive, settings: DeliverySettings, folder: Path, rules: Iterable[tuple[str, str]] = ()
) -> list[Channel]:
    """Return the channels that settings name, in the order of ``DeliverySettings.channels``.

    Nothing is connected to yet.

    Args:
        archive: whose signals they are to carry.
        settings: what the file says.
        folder: where the file lies: paths in it are relative to that.
        rules: camera and name of each rule, to be announced to Home Assistant.

    Raises:
        UsageError: a password cannot be read, or a package is missing.
    """
    made: list[Channel] = []
    if settings.mqtt is not None:
        name, fingerprint = archive.settings.name, archive.settings.ledger[:ID_DIGITS]
        made.append(MqttChannel(settings.mqtt, folder, name, fingerprint, tuple(rules)))
    made += [WebhookChannel(webhook, folder) for webhook in settings.webhook]
    if settings.mail is not None:
        made.append(MailChannel(settings.mail, folder))
    return made


@dataclass(slots=True)
class ChannelState:
    """How a channel does, since this process began.

    Attributes:
        delivered, failures: letters taken, and tries that failed.
        problem: why the last try failed; empty when it did not.
        in_a_row: how often the channel itself failed since it last worked.
    """

    delivered: int = 0
    failures: int = 0
    problem: str = ""
    in_a_row: int = 0


class Sender:
    """Delivers letters while it is open: ``with Sender(...):``. One per archive works, others wait for it.

    Attributes:
        states: how each channel does, by name.
    """

    def __init__(
        self,
        archive: Archive,
        channels: Sequence[Channel],
        settings: TrySettings | None = None,
        *,
        told: Callable[[str, str], None] = lambda channel, problem: None,
    ) -> None:
        """Make a sender; nothing is sent yet.

        Args:
            archive: whose outbox.
            channels: over which to send.
            settings: how often and how long to try.
            told: called with a channel's name and its problem when that changes, empty when it is over; from
                the channel's thread.
        """
        self.states = {channel.name: ChannelState() for channel in channels}
        self._archive = archive
        self._outbox = archive.signals.outbox
        self._channels = channels
        self._settings = settings or TrySettings()
        self._told = told
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lock: int | None = None
        self._locking = threading.Lock()

    def __enter__(self) -> Sender:
        """Begin to deliver.

        Raises:
            RefusedError: the purpose has no ``signal-events``, or not now.
        """
        names = ", ".join(self.states)
        self._archive.ask(Capability.SIGNAL_EVENTS, f"delivery over {names or 'nothing'}")
        if self._is_alone():
            self._look_after_others()
        for channel in self._channels:
            thread = threading.Thread(target=self._work, args=[channel], name=f"sender {channel.name}")
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the letters under way, and end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def drain(self) -> None:
        """Wait until nothing is left that can be delivered now: it is not due, or its channel does not work.

        Raises:
            UsageError: another process delivers from this archive, or delivery itself broke off.
        """
        if not self._is_alone():
            raise UsageError(
                "another process delivers from this archive",
                where=self._archive.path,
                next_step="What it has left to do: apercu signals outbox ARCHIVE.",
            )
        while any(
            state.in_a_row == 0 and self._outbox.due(name, datetime.now(UTC), limit=1)
            for name, state in self.states.items()
        ):
            if not self.works:
                raise UsageError("delivery broke off", where=self._archive.path, next_step="Report this.")
            time.sleep(_LOOK_S)

    @property
    def works(self) -> bool:
        """Whether all its threads run; whether the other sides take anything is another question."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self, channel: Channel) -> None:
        """Send over one channel until asked to end."""
        wait_s, state = 0.0, self.states[channel.name]
        trace: tuple[int, ...] = ()
        read_at = 0.0
        try:
            while not self._stop.wait(wait_s):
                seen, trace = trace, self._outbox.trace()
                if wait_s == _LOOK_S and trace == seen and time.monotonic() < read_at:
                    continue
                read_at = time.monotonic() + _READ_S
                if not self._is_alone():
                    wait_s = _OTHER_S
                    continue
                try:
                    # Where there was something, there is likely to be more.
                    wait_s = 0.0 if self._round(channel, state) else _LOOK_S
                    if state.in_a_row:
                        self._solved(channel, state)
                except ApercuError as error:  # of the channel, or of the archive's disk: neither is for ever
                    state.in_a_row += 1
                    self._failed(channel, state, str(error))
                    wait_s = self._pause(state.in_a_row)
        finally:
            channel.close()

    def _round(self, channel: Channel, state: ChannelState) -> int:
        """Send what is due over a channel; return how many letters it was about.

        Raises:
            DeliveryError: the channel itself does not work now; its letters say so.
        """
        try:
            with guarded(channel):  # in silence no channel ends
                channel.begin()
                return self._send_due(channel, state)
        except DeliveryError as error:
            self._outbox.held_up(channel.name, str(error))
            raise

    def _send_due(self, channel: Channel, state: ChannelState) -> int:
        """Do as ``_round`` over a channel that works."""
        now, hours = datetime.now(UTC), self._settings.give_up_h
        latest = now - timedelta(hours=hours)
        waiting = self._outbox.due(channel.name, now)
        if waiting and waiting[0].queued_at < latest:
            self._outbox.expire(channel.name, latest, f"given up after {hours:g} h")
            waiting = self._outbox.due(channel.name, now)
        behind: set[str] = set()
        for row in waiting:
            if self._stop.is_set():
                break
            if row.camera in behind:
                continue
            letter = self._letter(row)
            if letter is None:  # erased since, with its letters
                continue
            try:
                said = channel.send(letter)
            except DeliveryError as error:
                if error.fault == "channel":
                    raise
                self._undelivered(row, error)
                self._failed(channel, state, str(error))
                if error.fault == "letter":
                    behind.add(row.camera)
                continue
            self._outbox.delivered(row.number, datetime.now(UTC), said)
            state.delivered += 1
            self._solved(channel, state)
        return len(waiting) - len(behind)

    def _look_after_others(self) -> None:
        """Say why letters wait for channels that the settings do not name any more; give old ones up."""
        hours = self._settings.give_up_h
        for depth in self._outbox.depths():
            if depth.state is Fate.WAITING and depth.channel not in self.states:
                self._outbox.held_up(depth.channel, "the settings name no channel of this name")
                latest = datetime.now(UTC) - timedelta(hours=hours)
                self._outbox.expire(depth.channel, latest, f"given up after {hours:g} h")

    def _undelivered(self, row: LetterRow, error: DeliveryError) -> None:
        """Write down why a letter was not delivered, and when it is tried next, if it is."""
        problem, now = str(error), datetime.now(UTC)
        if error.fault == "refused":
            self._outbox.dead(row.number, problem)
        elif row.tries + 1 >= self._settings.tries:
            self._outbox.dead(row.number, f"given up after {row.tries + 1} tries: {problem}")
        else:
            later = now + timedelta(seconds=self._pause(row.tries + 1))
            self._outbox.failed(row.number, problem, next_at=later)

    def _letter(self, row: LetterRow) -> Letter | None:
        catalog = self._archive.signals.catalog
        found, answers = catalog.find(row.key), catalog.answers(row.key) if row.answer else []
        if found is None or len(answers) < row.answer:
            return None
        picture = self._archive.path / found.folder / found.picture
        page = f"{self._settings.page}?signal={row.key}" if self._settings.page else ""
        settings = self._archive.settings
        return Letter(
            signal=Register.of(found),
            archive=settings.name,
            archive_id=settings.ledger[:ID_DIGITS],
            picture=picture if found.picture and picture.is_file() else None,
            page=page,
            zone=settings.zone,
            answer=answers[row.answer - 1] if row.answer else None,
            number=row.answer,
        )

    def _is_alone(self) -> bool:
        """Return whether no other process delivers from this archive: two would break the order."""
        with self._locking:
            if self._lock is None:
                self._lock = try_lock(self._archive.path / LOCK)
            return self._lock is not None

    def _pause(self, failures: int) -> float:
        doublings = min(failures - 1, _MOST_DOUBLINGS)  # after a day of failures there is no such number
        longest = min(self._settings.first_wait_s * 2.0**doublings, self._settings.longest_wait_s)
        return longest * random.uniform(0.5, 1.0)

    def _failed(self, channel: Channel, state: ChannelState, problem: str) -> None:
        state.failures += 1
        if state.problem != problem:
            state.problem = problem
            self._told(channel.name, problem)

    def _solved(self, channel: Channel, state: ChannelState) -> None:
        state.in_a_row = 0
        if state.problem:
            state.problem = ""
            self._told(channel.name, "")
