"""Kinds of reason: for what people are shown as filmed, or something leaves an archive.

A reason of a listed kind is one text, ``incident: the theft at 14:05``: the kind, a colon, and why in
one's own words. So it stands in the ledger, and so it is written with ``--reason``. The kind may be made
public; the words may name somebody, and are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apercu.errors import UsageError
from apercu.purposes.capabilities import Capability
from apercu.purposes.wording import Wording

KINDED = frozenset({Capability.SHOW_UNREDACTED, Capability.EXPORT_TRACKS, Capability.EXPORT_EVIDENCE})
"""What a reason of a listed kind is needed for, where a reason is."""


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """A kind of reason.

    Attributes:
        name: as it is written before the colon: small letters, digits and hyphens.
        meaning: what belongs to it, in a few words.
    """

    name: str
    meaning: Wording


COMMON = (
    ReasonKind(
        "incident",
        Wording(
            "Something happened there: an accident, a theft, damage, a fall.",
            "Un événement s'y est produit : accident, vol, dégradation, chute.",
        ),
    ),
    ReasonKind(
        "person-concerned",
        Wording(
            "Somebody who was filmed asks for it, or somebody in their name.",
            "Une personne filmée le demande, ou quelqu'un en son nom.",
        ),
    ),
    ReasonKind(
        "order",
        Wording(
            "Police or a court asks for it in writing.",
            "La police ou la justice le demande par écrit.",
        ),
    ),
    ReasonKind(
        "danger",
        Wording(
            "Somebody is missing, or in danger of life or health.",
            "Une personne a disparu, ou sa vie ou sa santé est en danger.",
        ),
    ),
    ReasonKind(
        "system-check",
        Wording(
            "It is checked whether the system itself does what it should.",
            "On vérifie que le système lui-même fait ce qu'il doit.",
        ),
    ),
)
"""The kinds that every purpose has. Training and curiosity are none."""


def kind_of(reason: str, kinds: Iterable[ReasonKind]) -> ReasonKind | None:
    """Return the kind of a reason; None when it names none of these, or says nothing behind the colon."""
    name, _, words = reason.partition(":")
    if not words.strip():
        return None
    return next((kind for kind in kinds if kind.name == name.strip()), None)


def in_one_line(words: str | None) -> str:
    """Return a reason as it is recorded: one line, so that no words can look like another entry.

    Raises:
        UsageError: there are signs in it that cannot be seen; a terminal would obey them.
    """
    line = " ".join((words or "").split())
    if not line.isprintable():
        raise UsageError("the reason has signs in it that cannot be seen", next_step="Write letters only.")
    return line


def told(kind: str, words: str) -> str:
    """Return a reason as it is written: its kind, and why in one's own words."""
    return f"{kind}: {words.strip()}" if words.strip() else ""


def how_to(kinds: Iterable[ReasonKind]) -> str:
    """Return what to do when a reason is of none of these kinds."""
    names = [kind.name for kind in kinds]
    return (
        f'Begin it with its kind, like "{names[0]}: what happened". Kinds: {", ".join(names)}. '
        "It is recorded in the ledger."
    )
