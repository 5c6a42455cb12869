"""The one signal that a person looks at: what it says, its picture, the answers it has and takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from nicegui import ui

from apercu.archive.signal_records import AnswerRow, State
from apercu.events import telling
from apercu.events.answers import OTHER, REASONS, USUAL, reason_text
from apercu.events.register import Signal
from apercu.purposes import Capability, Wording
from apercu.web.pages import signals_words as words
from apercu.web.pages.controls import button, with_key
from apercu.web.pages.place import Place, tagged
from apercu.web.pages.signals_list import STATES, show_severity, when, where


class Acts(Protocol):
    """What can be done beside a signal."""

    async def answer(self, signals: Sequence[Signal], state: State, reason: str, said: str) -> None:
        """Answer it, or those that are marked, if they are still as they are here."""

    async def mark_this(self) -> None:
        """Mark the one that is looked at, or take its mark away."""

    async def undo(self) -> None:
        """Take back the answer that was given last."""

    async def step(self, by: int) -> None:
        """Look at the one before or after it."""

    async def ask_again(self) -> None:
        """Offer answers to a signal that has one."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A signal that is looked at.

    Attributes:
        signal: as it is now.
        history: the answers to it, oldest first.
        met: its state when it was chosen.
        agreed: the state in which the person would answer it; None while none is.
        marked: those that an answer goes to instead, where any are marked.
    """

    signal: Signal
    history: tuple[AnswerRow, ...]
    met: State
    agreed: State | None
    marked: tuple[Signal, ...] = ()

    @property
    def offers(self) -> bool:
        """Whether answers are taken. Where somebody else was first, only once the person says so."""
        return bool(self.marked) or self.signal.state is self.agreed

    @property
    def asked(self) -> tuple[Signal, ...]:
        """The signals that an answer goes to."""
        return self.marked or (self.signal,)


class Detail:
    """The detail. What changes of a signal is shown anew; the words that are being typed stay."""

    def __init__(self, place: Place, acts: Acts) -> None:
        """Put an empty detail on the page."""
        self._place, self._acts = place, acts
        self._told: Looked | None = None
        self._words: ui.input | None = None
        with ui.element("div").classes("stack").props("aria-live=polite"):
            with ui.element("div").classes("row-line"):
                with_key(button(place.say(words.UNDO), acts.undo), "u")
                with_key(button(place.say(words.PREVIOUS), lambda: acts.step(-1)), "k", repeats=True)
                with_key(button(place.say(words.NEXT), lambda: acts.step(1)), "j", repeats=True)
                self._mark = with_key(button(place.say(words.MARK), acts.mark_this), "m")
            self._parts = [ui.element("div").classes("stack part") for _ in range(5)]
        self._about, self._picture, self._typed, self._answers, self._history = self._parts

    def tell(self, looked: Looked | None, missing: str = "") -> None:
        """Show a signal, or what of it has changed; None shows none, and says what is ``missing``."""
        before, self._told = self._told, looked
        self._mark.set_visibility(looked is not None)
        is_marked = looked is not None and looked.signal.key in {each.key for each in looked.marked}
        self._mark.set_text(self._place.say(words.UNMARK if is_marked else words.MARK))
        if looked is None or before is None or before.signal.key != looked.signal.key:
            before = None
            for part in self._parts:
                part.clear()
        if looked is None:
            with self._about:
                if missing:
                    ui.label(missing)
            return
        if before is None:
            self._show_about(looked.signal)
            with self._typed:
                self._words = ui.input(self._place.say(words.WORDS)).props("outlined dense maxlength=2000")
        if before is None or _files(before) != _files(looked):
            self._show_picture(looked.signal)
        if before is None or _answerable(before) != _answerable(looked):
            self._show_answers(looked)
            self._show_history(looked)

    def forget(self) -> None:
        """Show whatever is told next from the beginning, without the words that were typed."""
        self._told = None

    def _show_about(self, signal: Signal) -> None:
        place, event = self._place, signal.event
        with self._about:
            ui.html(tagged("h2", event.rule), sanitize=False)
            if signal.row.says:
                ui.label(signal.row.says)
            ui.label(telling.told(event, place.language))
            ui.label(f"{where(place, signal)}, {when(place, signal)}")
            show_severity(place, event)

    def _show_picture(self, signal: Signal) -> None:
        place, address = self._place, f"{self._place.api}/signals/{signal.key}"
        self._picture.clear()
        with self._picture:
            if not signal.row.picture or not place.visit().may(Capability.SHOW_IMAGES):
                ui.label(place.say(words.NO_PICTURE)).classes("muted")
                return
            alt = escape(place.say(words.PICTURE))
            ui.html(f'<img class="seen" src="{address}/picture" alt="{alt}">', sanitize=False)
            if signal.row.clip:
                ui.link(place.say(words.CLIP), f"{address}/clip", new_tab=True)

    def _show_answers(self, looked: Looked) -> None:
        place, count = self._place, len(looked.marked)
        self._answers.clear()
        with self._answers:
            if not looked.offers:
                if looked.history:
                    ui.label(self._who_answered(looked)).classes("strong")
                with ui.element("div").classes("row-line"):
                    button(place.say(words.ASK_AGAIN), self._acts.ask_again)
                return
            if count:
                ui.label(place.say(words.FOR_MARKED, count=place.numbers.count(count))).classes("strong")
            with ui.element("div").classes("row-line"):
                for state, told, of_marked, key in (
                    (State.CONFIRMED, words.CONFIRM, words.CONFIRM_MARKED, "c"),
                    (State.DISMISSED, words.DISMISS, words.DISMISS_MARKED, "x"),
                ):
                    act = self._saying(looked, state, USUAL[state])
                    text = place.say(of_marked if count else told, count=place.numbers.count(count))
                    with_key(button(text, act, main=state is State.CONFIRMED), key)
            self._show_reasons(looked, State.DISMISSED, words.BECAUSE, numbered=True)
            self._show_reasons(looked, State.CONFIRMED, words.CONFIRM_AS, numbered=False)

    def _who_answered(self, looked: Looked) -> str:
        state, given = looked.signal.state, self._given(looked.history[-1])
        if state is looked.met:
            return self._place.say(words.ANSWERED_BY, given=given)
        told = words.TAKEN_BACK_MEANWHILE if state is State.OPEN else words.ANSWERED_MEANWHILE
        return self._place.say(told, given=given)

    def _show_reasons(self, looked: Looked, state: State, title: Wording, *, numbered: bool) -> None:
        place = self._place
        with ui.element("div").classes("row-line"):
            ui.label(place.say(title)).classes("muted small")
            for number, (kind, told) in enumerate(REASONS[state].items(), 1):
                text = told.in_language(place.language).rstrip(".")
                made = button(f"{number} {text}" if numbered else text, self._saying(looked, state, kind))
                made.classes("chip")
                if numbered and kind != OTHER:
                    with_key(made, str(number))

    def _saying(self, looked: Looked, state: State, reason: str) -> Any:
        """Return what a button does: it answers what it said that it would when it was shown."""

        async def say() -> None:
            typed = "" if self._words is None else self._words.value or ""
            await self._acts.answer(looked.asked, state, reason, typed.strip())

        return say

    def _show_history(self, looked: Looked) -> None:
        self._history.clear()
        with self._history:
            for given in looked.history:
                ui.label(self._given(given)).classes("muted small")

    def _given(self, given: AnswerRow) -> str:
        place = self._place
        why = reason_text(given.state, given.reason).in_language(place.language).rstrip(".")
        return place.say(
            words.HISTORY,
            actor=given.actor,
            moment=place.numbers.moment(given.answered_at),
            state=place.say(STATES[given.state][0]),
            reason=f"{why}: {given.words}" if given.words else why,
        )


def _files(looked: Looked) -> tuple[str, str]:
    return looked.signal.row.picture, looked.signal.row.clip


def _answerable(looked: Looked) -> tuple[Any, ...]:
    return looked.agreed, [each.key for each in looked.marked], *_said(looked)


def _said(looked: Looked) -> tuple[State, State, tuple[AnswerRow, ...]]:
    return looked.met, looked.signal.state, looked.history
