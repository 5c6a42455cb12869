"""``apercu signals``: what rules put before a person, and what a person says to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Force, Json, check_output
from apercu.errors import NothingToShowError

if TYPE_CHECKING:
    from apercu.archive import Archive
    from apercu.archive.signal_records import AnswerRow, State
    from apercu.events.precision import Precision
    from apercu.events.register import Signal

HELP = "See signals, confirm or dismiss them, and see how often rules are right."

Key = Annotated[str, typer.Argument(metavar="KEY", help="The signal: its key, or how that begins.")]
Words = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why, in words; kept with the answer and in the ledger."),
]


def list_all(
    archive: ArchiveFolder,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Only these: open, confirmed or dismissed."),
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option("--camera", metavar="NAME", help="Only of this camera; repeatable.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="NAME", help="Only of this rule; repeatable.")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help="So many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List signals, newest first; those that nobody answered say for how long they have been waiting.

    \b
    Examples:
      apercu signals list gate
      apercu signals list gate --state open --camera entrance
    """
    from apercu.archive import Archive
    from apercu.archive.signal_catalog import WantedSignals
    from apercu.events.register import Register, state_named

    states = () if state is None else (state_named(state),)
    store = Archive.open(archive)
    wanted = WantedSignals(states, tuple(camera or ()), tuple(rule or ()), limit=last)
    found = Register(store).signals(wanted)
    if as_json:
        console.say_json([as_dict(signal) for signal in found])
    elif found:
        heads = ("key", "when", "camera", "rule", "severity", "what", "state")
        console.say_table(heads, (_cells(store, signal) for signal in found))
    if not found:
        raise NothingToShowError(
            "no such signal", where=archive, next_step="Watch a camera, or look at recordings: apercu events."
        )


def show(
    archive: ArchiveFolder,
    key: Key,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Write its picture there; people are pixelated."),
    ] = None,
    clip: Annotated[
        Path | None, typer.Option("--clip", metavar="FILE", help="Write its clip there, where it has one.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show a signal: what the rule says, what was measured, and every answer to it.

    \b
    Examples:
      apercu signals show gate 3f9a0c27
      apercu signals show gate 3f9a0c27 --picture signal.jpg
    """
    from apercu.archive import Archive
    from apercu.disk import replace_file, writing
    from apercu.events.register import Register

    store = Archive.open(archive)
    register = Register(store)
    signal = register.find(key)
    wanted = [
        (target, read(signal))
        for target, read in ((picture, register.picture), (clip, register.clip))
        if target is not None
    ]
    originals = [row.absolute_path for row in store.recordings()] if wanted else []
    for target, kept in wanted:
        check_output(target, originals, force, suffixes=(kept.suffix,))
    for target, kept in wanted:
        with writing(target):
            replace_file(target, kept.read_bytes())
    answers = register.history(signal)
    if as_json:
        console.say_json(as_dict(signal) | {"answers": [_answer_as_dict(answer) for answer in answers]})
        return
    event = signal.event
    console.say_facts(
        {
            "signal": signal.key,
            "rule": f"{event.rule} ({event.kind}): {signal.row.says}".rstrip(": "),
            "severity": event.severity,
            "camera": f"{event.camera}{f', {event.place}' if event.place else ''}",
            "when": _when(store, signal),
            "what": signal.seen,
            "who or what": event.subject or "the whole picture",
            "measured": _measured(signal),
            "picture": signal.row.picture or "none",
            "clip": signal.row.clip or "none",
            "state": _state(signal),
        }
    )
    for answer in answers:
        console.say(f"  {_told(store, answer)}")


def confirm(
    archive: ArchiveFolder,
    key: Key,
    kind: Annotated[
        str,
        typer.Option("--as", metavar="KIND", help="Kind of reason: as-said, checked, handled or other."),
    ] = "as-said",
    reason: Words = None,
    as_json: Json = False,
) -> None:
    """Say that a signal is right. Answers can be changed; each stays in the signal's history.

    \b
    Examples:
      apercu signals confirm gate 3f9a0c27
      apercu signals confirm gate 3f9a0c27 --as handled --reason "guard sent"
    """
    from apercu.archive.signal_records import State

    _answer(archive, key, State.CONFIRMED, kind, reason, as_json)


def dismiss(
    archive: ArchiveFolder,
    key: Key,
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="KIND",
            help="Kind of reason: nothing, light, weather, mistaken, camera, rule, harmless or other.",
        ),
    ] = "nothing",
    reason: Words = None,
    as_json: Json = False,
) -> None:
    """Say that a signal is wrong, or of no concern. Answers can be changed; each stays in the history.

    \b
    Examples:
      apercu signals dismiss gate 3f9a0c27 --as light
      apercu signals dismiss gate 3f9a0c27 --as other --reason "a banner"
    """
    from apercu.archive.signal_records import State

    _answer(archive, key, State.DISMISSED, kind, reason, as_json)


def reopen(archive: ArchiveFolder, key: Key, reason: Words = None, as_json: Json = False) -> None:
    """Take the last answer to a signal back: it waits for one again.

    \b
    Examples:
      apercu signals reopen gate 3f9a0c27 --reason "wrong line"
    """
    from apercu.archive.signal_records import State

    _answer(archive, key, State.OPEN, "", reason, as_json)


def precision(archive: ArchiveFolder, as_json: Json = False) -> None:
    """Show how often each rule of each camera was right, from the answers of people.

    The share is of those answered. Beside it stand the bounds between which the true share lies with 95 %
    confidence, and how many nobody has answered.

    \b
    Examples:
      apercu signals precision gate
    """
    from apercu.archive import Archive
    from apercu.events.precision import precisions

    found = precisions(Archive.open(archive))
    if as_json:
        console.say_json([precision_as_dict(each) for each in found])
    elif found:
        heads = ("camera", "rule", "kind", "confirmed", "dismissed", "unanswered", "precision", "95 %")
        rows = (
            (
                each.camera,
                each.rule,
                each.kind,
                str(each.confirmed),
                str(each.dismissed),
                str(each.unanswered),
                "-" if each.share is None else f"{each.share:.2f}",
                "-" if each.interval is None else "{:.2f} to {:.2f}".format(*each.interval),
            )
            for each in found
        )
        console.say_table(heads, rows, right=heads[3:])
    if not found:
        raise NothingToShowError(
            "there are no signals", where=archive, next_step="Watch a camera, or look at recordings."
        )


def as_dict(signal: Signal) -> dict[str, Any]:
    """Return a signal as plain values."""
    from apercu.events.register import plain

    waits = signal.waiting_s(datetime.now(UTC)) if signal.state == "open" else None
    return {
        "key": signal.key,
        "number": signal.number,
        "state": signal.state.value,
        "says": signal.says,
        "seen": signal.seen,
        "added_at": signal.added_at,
        "waiting_s": None if waits is None else round(waits, 1),
        "picture": signal.row.picture or None,
        "clip": signal.row.clip or None,
        "event": plain(signal.event),
    }


def precision_as_dict(each: Precision) -> dict[str, Any]:
    """Return the precision of a rule as plain values."""
    return {
        "camera": each.camera,
        "rule": each.rule,
        "kind": each.kind,
        "confirmed": each.confirmed,
        "dismissed": each.dismissed,
        "unanswered": each.unanswered,
        "precision": each.share,
        "low": None if each.interval is None else each.interval[0],
        "high": None if each.interval is None else each.interval[1],
    }


def _answer(folder: Path, key: str, state: State, kind: str, words: str | None, as_json: bool) -> None:
    from apercu.archive import Archive
    from apercu.events.answers import answer
    from apercu.events.register import Register

    store = Archive.open(folder)
    answered = answer(store, Register(store).find(key), state, kind, words or "")
    if as_json:
        console.say_json(as_dict(answered))
    else:
        console.say(f"{answered.key} is {answered.state.value}")


def _answer_as_dict(answer: AnswerRow) -> dict[str, Any]:
    return {
        "state": answer.state.value,
        "reason": answer.reason,
        "words": answer.words,
        "actor": answer.actor,
        "answered_at": answer.answered_at,
    }


def _cells(store: Archive, signal: Signal) -> tuple[str, ...]:
    event = signal.event
    return (
        signal.key[:8],
        _when(store, signal),
        event.camera,
        event.rule,
        event.severity,
        signal.seen,
        _state(signal),
    )


def _when(store: Archive, signal: Signal) -> str:
    from apercu.cli.intakes import local

    event = signal.event
    if event.met_at is not None:
        return local(store, event.met_at)
    return f"{console.length(event.met_s)} into {event.run}"


def _measured(signal: Signal) -> str:
    event = signal.event
    return f"{event.measured:g} against {event.threshold:g} {event.unit}".strip()


def _state(signal: Signal) -> str:
    if signal.state != "open":
        return signal.state.value
    return f"open for {console.length(signal.waiting_s(datetime.now(UTC)))}"


def _told(store: Archive, answer: AnswerRow) -> str:
    from apercu.cli.intakes import local
    from apercu.events.answers import reason_text

    why = str(reason_text(answer.state, answer.reason).en).rstrip(".")
    words = f": {answer.words}" if answer.words else ""
    return f"{local(store, answer.answered_at)}  {answer.actor}: {answer.state.value} ({why}){words}"
