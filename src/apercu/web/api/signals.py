"""Signals: what rules put before a person, its picture, and what the person says to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from apercu.archive.signal_catalog import WantedSignals
from apercu.archive.signal_records import AnswerRow, State
from apercu.events.answers import answer
from apercu.events.event import Severity
from apercu.events.precision import Precision, precisions
from apercu.events.register import PICTURE_TYPES, Register, Signal
from apercu.purposes import Capability
from apercu.web.api.common import TheVisit, asks, in_ranges, new_router
from apercu.web.api.files import ShownFile

router = new_router("signals", "/archives/{archive_id}/signals")

_LARGEST = 2**31
_NAME = Annotated[str, Field(max_length=200)]

KeyPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="key of the signal")]
Names = Annotated[list[_NAME] | None, Query(max_length=50)]


class SignalAnswer(BaseModel):
    """A signal."""

    key: str
    number: int = Field(description="order in which signals were added")
    state: State
    camera: str
    rule: str
    kind: str
    place: str = Field(description="zone or line; empty where it is about the whole picture")
    severity: Severity = Field(description="as its rule says")
    says: str = Field(description="what the rule says; where it says nothing, what was seen")
    seen: str = Field(description="what was seen, in a sentence")
    met_at: datetime | None = Field(description="when the rule was met; null when nobody knows the time")
    run: str = Field(description="the recording, or the connection to the camera")
    met_s: float = Field(description="second of the run at which it was met")
    measured: float
    threshold: float
    unit: str
    subject: str = Field(description="class of what met it; empty where it is about the whole picture")
    added_at: datetime
    waiting_s: float | None = Field(description="for how long nobody has answered; null when somebody has")
    picture: bool = Field(description="whether it has one, with people pixelated")
    clip: bool = Field(description="whether it has one, with people pixelated")


class SignalPage(BaseModel):
    """Signals, newest first."""

    signals: list[SignalAnswer]
    next: int | None = Field(description="give it as 'before' for those that follow; null at the end")


class GivenAnswer(BaseModel):
    """What a person said to a signal."""

    state: State
    reason: str
    words: str
    actor: str
    answered_at: datetime


class SignalHistory(SignalAnswer):
    """A signal with all answers to it, oldest first."""

    answers: list[GivenAnswer]


class NewAnswer(BaseModel):
    """What is said to a signal; 'open' takes the last answer back."""

    state: State
    reason: Annotated[str, Field(max_length=32)] = Field(
        default="", description="kind of reason, as docs/signals.md lists them; empty to take back"
    )
    words: Annotated[str, Field(max_length=2000)] = ""
    expected: State | None = Field(
        default=None,
        description="state in which it was seen; where it is another one by now, the answer is 409",
    )


class PrecisionAnswer(BaseModel):
    """How often a rule of a camera was right, from the answers of people."""

    camera: str
    rule: str
    kind: str
    confirmed: int
    dismissed: int
    unanswered: int
    precision: float | None = Field(description="confirmed of those answered; null while none is")
    low: float | None = Field(description="lower bound at 95 % (Wilson)")
    high: float | None = Field(description="upper bound at 95 % (Wilson)")


@router.get("", operation_id="list_signals", openapi_extra=asks(Capability.SIGNAL_EVENTS))
def list_signals(
    visit: TheVisit,
    state: State | None = None,
    camera: Names = None,
    rule: Names = None,
    before: Annotated[int | None, Query(ge=1, lt=_LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SignalPage:
    """List signals, newest first, page by page."""
    states = () if state is None else (state,)
    wanted = WantedSignals(states, tuple(camera or ()), tuple(rule or ()), before, limit)
    found = Register(visit.archive).signals(wanted)
    following = found[-1].number if len(found) == limit else None
    return SignalPage(signals=[SignalAnswer(**_values(each)) for each in found], next=following)


@router.get("/precision", operation_id="list_precision", openapi_extra=asks(Capability.SIGNAL_EVENTS))
def list_precision(visit: TheVisit) -> list[PrecisionAnswer]:
    """Return how often each rule of each camera was right."""
    return [_precision(each) for each in precisions(visit.archive)]


@router.get("/{key}", operation_id="read_signal", openapi_extra=asks(Capability.SIGNAL_EVENTS))
def read_signal(visit: TheVisit, key: KeyPath) -> SignalHistory:
    """Return a signal with all answers to it."""
    register = Register(visit.archive)
    return _history(register, register.find(key))


@router.post("/{key}/answers", operation_id="answer_signal", openapi_extra=asks(Capability.SIGNAL_EVENTS))
def answer_signal(visit: TheVisit, key: KeyPath, body: NewAnswer) -> SignalHistory:
    """Confirm or dismiss a signal, or take the last answer back."""
    register = Register(visit.archive)
    signal = register.find(key)
    answered = answer(visit.archive, signal, body.state, body.reason, body.words, expected=body.expected)
    return _history(register, answered)


@router.get(
    "/{key}/picture",
    operation_id="read_signal_picture",
    response_class=FileResponse,
    responses=in_ranges("The picture, with people pixelated.", *PICTURE_TYPES.values()),
    openapi_extra=asks(Capability.SIGNAL_EVENTS, Capability.SHOW_IMAGES),
)
def read_signal_picture(visit: TheVisit, key: KeyPath) -> ShownFile:
    """Return the picture of a signal."""
    register = Register(visit.archive)
    path = register.picture(register.find(key))
    return ShownFile(path, PICTURE_TYPES[path.suffix])


@router.get(
    "/{key}/clip",
    operation_id="read_signal_clip",
    response_class=FileResponse,
    responses=in_ranges("The clip, with people pixelated.", "video/mp4"),
    openapi_extra=asks(Capability.SIGNAL_EVENTS, Capability.SHOW_IMAGES),
)
def read_signal_clip(visit: TheVisit, key: KeyPath) -> ShownFile:
    """Return the clip of a signal, or the range of it that is asked for."""
    register = Register(visit.archive)
    path = register.clip(register.find(key))
    return ShownFile(path, "video/mp4")


def _values(signal: Signal) -> dict[str, Any]:
    event = signal.event
    named = (
        "camera",
        "rule",
        "kind",
        "place",
        "severity",
        "met_at",
        "run",
        "met_s",
        "measured",
        "threshold",
        "unit",
        "subject",
    )
    return {name: getattr(event, name) for name in named} | {
        "key": signal.key,
        "number": signal.number,
        "state": signal.state,
        "says": signal.says,
        "seen": signal.seen,
        "added_at": signal.added_at,
        "waiting_s": signal.waiting_s(datetime.now(UTC)) if signal.state is State.OPEN else None,
        "picture": bool(signal.row.picture),
        "clip": bool(signal.row.clip),
    }


def _history(register: Register, signal: Signal) -> SignalHistory:
    return SignalHistory(**_values(signal), answers=[_given(each) for each in register.history(signal)])


def _given(row: AnswerRow) -> GivenAnswer:
    return GivenAnswer(
        state=row.state, reason=row.reason, words=row.words, actor=row.actor, answered_at=row.answered_at
    )


def _precision(each: Precision) -> PrecisionAnswer:
    low, high = each.interval or (None, None)
    return PrecisionAnswer(
        camera=each.camera,
        rule=each.rule,
        kind=each.kind,
        confirmed=each.confirmed,
        dismissed=each.dismissed,
        unanswered=each.unanswered,
        precision=each.share,
        low=low,
        high=high,
    )
