"""What a person says to a signal: confirmed or dismissed and why, or taken back; nothing said is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from apercu.archive import Archive
from apercu.archive.signal_records import AnswerRow, State
from apercu.errors import UnknownNameError, UsageError
from apercu.events.register import Register, Signal
from apercu.purposes import Capability, Wording
from apercu.purposes.reasons import in_one_line

_LONGEST_WORDS = 2000
OTHER = "other"
"""The kind of reason that takes words."""

REASONS: Mapping[State, Mapping[str, Wording]] = MappingProxyType(
    {
        State.CONFIRMED: MappingProxyType(
            {
                "as-said": Wording("It is as the signal says.", "C'est ce que dit le signalement."),
                "checked": Wording("Checked on the spot or the camera.", "Vérifié sur place ou en direct."),
                "handled": Wording("Somebody went there.", "Quelqu'un s'est rendu sur place."),
                OTHER: Wording("Another reason, in words.", "Une autre raison, en toutes lettres."),
            }
        ),
        State.DISMISSED: MappingProxyType(
            {
                "nothing": Wording("There is nothing.", "Il n'y a rien."),
                "light": Wording("Light, a shadow or a reflection.", "Lumière, ombre ou reflet."),
                "weather": Wording("Rain, snow, wind or an insect.", "Pluie, neige, vent ou insecte."),
                "mistaken": Wording("Something else was taken for it.", "Autre chose a été pris pour cela."),
                "camera": Wording("The camera moved or sees badly.", "La caméra a bougé ou voit mal."),
                "rule": Wording("The rule is not right.", "La règle ne convient pas."),
                "harmless": Wording("It is so, and of no concern.", "C'est exact, et sans importance."),
                OTHER: Wording("Another reason, in words.", "Une autre raison, en toutes lettres."),
            }
        ),
    }
)
"""The kinds of reasons, by what they are given for."""

USUAL: Mapping[State, str] = MappingProxyType({State.CONFIRMED: "as-said", State.DISMISSED: "nothing"})
"""The kind that a single keystroke stands for."""


def answer(
    archive: Archive,
    signal: Signal,
    state: State,
    reason: str = "",
    words: str = "",
    *,
    expected: State | None = None,
    own: bool = False,
) -> Signal:
    """Confirm or dismiss a signal, or take the last answer back (``State.OPEN``); return it as it is then.

    Answers may be changed; each stays in the history of the signal, and in the ledger.

    Args:
        archive: the archive; the gate's actor answers.
        signal: what is answered.
        state: confirmed, dismissed, or open.
        reason: a kind of ``REASONS``; none when an answer is taken back.
        words: the reason in words, which become one line; ``other`` takes some.
        expected: the state in which the person saw it; the answer is refused where it is another one by now.
            None takes it as it is.
        own: refuse where the last answer is somebody else's.

    Raises:
        RefusedError: the purpose has no ``signal-events``, or not now.
        UnknownNameError: there is no such kind of reason for this.
        UsageError: words are missing, or too many, or cannot be seen, or there is nothing to take back.
        ConflictError: somebody else answered meanwhile, see ``expected`` and ``own``.
        NothingToShowError: the signal was erased meanwhile.
        OutputError: the archive cannot be written.
    """
    said = in_one_line(words)
    if state is State.OPEN:
        if signal.state is State.OPEN:
            raise UsageError(
                f"signal {signal.key} has no answer to take back", next_step="Confirm or dismiss it."
            )
        reason = ""
    elif reason not in REASONS[state]:
        raise UnknownNameError("reason", reason, REASONS[state])
    if reason == OTHER and not said:
        raise UsageError("the reason 'other' takes words", next_step="Say why in a few words.")
    if len(said) > _LONGEST_WORDS:
        raise UsageError(
            f"the words are {len(said)} characters long", next_step=f"Use {_LONGEST_WORDS} at most."
        )
    given = AnswerRow(state, reason, said, archive.gate.actor, datetime.now(UTC))
    with archive.gate.opens(Capability.SIGNAL_EVENTS, subject=f"signal {signal.key}", reason=said) as door:
        archive.signals.answer(signal.row, given, expected=expected, own=own)
        door.note = f"{state.value} {reason}".strip()
        with_answer = archive.signals.find(signal.key)
    return Register.of(with_answer)


def reason_text(state: State, kind: str) -> Wording:
    """Return a kind of reason in words; of an answer that was taken back, that."""
    if state is State.OPEN:
        return Wording("taken back", "retirée")
    return REASONS[state][kind]
