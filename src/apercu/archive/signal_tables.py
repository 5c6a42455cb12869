"""The catalog's tables of signals: what was put before a person, what people answered, what is to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from apercu.archive.tables import Table


class SignalEntry(Table):
    """One row per signal."""

    __tablename__ = "signals"

    number: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=True, doc="order in which signals were added"
    )
    key: Mapped[str] = mapped_column(unique=True, doc="the event's key, 32 hexadecimal digits")
    camera: Mapped[str] = mapped_column(index=True, doc="name of the camera")
    run: Mapped[str] = mapped_column(index=True, doc="the recording, or the connection to the camera")
    rule: Mapped[str] = mapped_column(doc="name of the rule that was met")
    kind: Mapped[str] = mapped_column(doc="kind of that rule")
    met_at: Mapped[datetime | None] = mapped_column(doc="when it was met, UTC; null without a clock")
    added_at: Mapped[datetime] = mapped_column(index=True, doc="when the signal was added, UTC")
    state: Mapped[str] = mapped_column(index=True, doc="open, confirmed or dismissed: the last answer")
    says: Mapped[str] = mapped_column(doc="what the rule says, in a sentence")
    event: Mapped[dict[str, Any]] = mapped_column(doc="JSON: all of the event, as in signal.json")
    picture: Mapped[str] = mapped_column(doc="name of the picture in the folder; empty without one")
    clip: Mapped[str] = mapped_column(doc="name of the clip in the folder; empty without one")
    folder: Mapped[str] = mapped_column(doc="where its files lie, relative to the archive")


class AnswerEntry(Table):
    """One row per answer of a person; the last one of a signal holds, the earlier ones are its history."""

    __tablename__ = "signal_answers"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, doc="order of the answers")
    key: Mapped[str] = mapped_column(
        ForeignKey("signals.key", ondelete="CASCADE"), index=True, doc="the signal answered"
    )
    state: Mapped[str] = mapped_column(doc="confirmed, dismissed, or open when an answer was taken back")
    reason: Mapped[str] = mapped_column(doc="kind of reason; empty when an answer was taken back")
    words: Mapped[str] = mapped_column(doc="the reason in words; may be empty")
    actor: Mapped[str] = mapped_column(doc="who answered")
    answered_at: Mapped[datetime] = mapped_column(doc="when, UTC")


class LetterEntry(Table):
    """The outbox: a row per signal or answer to one, and channel over which it goes. No secret is in it."""

    __tablename__ = "outbox"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, doc="order of sending")
    key: Mapped[str] = mapped_column(
        ForeignKey("signals.key", ondelete="CASCADE"),
        doc="the signal; tells receivers what they know",
    )
    channel: Mapped[str] = mapped_column(doc="name of the channel")
    answer: Mapped[int] = mapped_column(
        server_default="0", doc="0 for the signal itself, or which answer to it, from 1"
    )
    answering: Mapped[bool] = mapped_column(
        server_default=false(), doc="whether answers to the signal go over this channel, too"
    )
    camera: Mapped[str] = mapped_column(doc="of the signal: order is kept per camera and channel")
    state: Mapped[str] = mapped_column(doc="waiting, delivered or dead")
    queued_at: Mapped[datetime] = mapped_column(doc="when it was put into the outbox, UTC")
    next_at: Mapped[datetime] = mapped_column(doc="when it is tried next, UTC")
    tries: Mapped[int] = mapped_column(doc="how often it was tried since it was queued, or revived")
    delivered_at: Mapped[datetime | None] = mapped_column(doc="when the other side took it, UTC")
    problem: Mapped[str] = mapped_column(doc="why the last try failed, in a sentence; empty when it did not")

    __table_args__ = (
        Index("uq_outbox_key_channel", "key", "channel", "answer", unique=True),
        Index("ix_outbox_state_channel", "state", "channel", "camera", "number"),
    )
