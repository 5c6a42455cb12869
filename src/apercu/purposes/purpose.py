"""A purpose: what an archive may exist for, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from apercu.purposes.capabilities import Capability
from apercu.purposes.reasons import KINDED, ReasonKind
from apercu.purposes.situations import Situation
from apercu.purposes.wording import Wording

FieldKind = Literal["text", "date"]
CountedFrom = Literal["recorded", "added"]

ALWAYS = frozenset({Capability.ERASE, Capability.READ_LEDGER})
"""What no purpose takes away: data can always go, and the record can always be read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that ``archive.toml`` must state, under ``[purpose_fields]``.

    Attributes:
        name: its key.
        kind: ``text`` (not empty) or ``date`` (a TOML date).
        meaning: what to write there, in one sentence.
    """

    name: str
    kind: FieldKind
    meaning: Wording


@dataclass(frozen=True, slots=True)
class Prohibition:
    """Capabilities that a purpose does not give, and why."""

    capabilities: frozenset[Capability]
    because: Wording


@dataclass(frozen=True, slots=True)
class Period:
    """When an archive of this purpose may be used.

    Attributes:
        first: name of the date field that holds the first day.
        last: name of the date field that holds the last day, which is still inside.
        max_days: longest stretch from first to last day; None means any.
        outside: what is still allowed before and after.
    """

    first: str
    last: str
    max_days: int | None
    outside: frozenset[Capability]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a recording's analysis may stay.

    Attributes:
        max_days: days; 0 means that nothing of a recording is kept at all.
        counted_from: ``recorded`` (start of the recording; of one without a clock, when it was added) or
            ``added`` (when it came into the archive).
        basis: where the number comes from.
    """

    max_days: int
    counted_from: CountedFrom
    basis: Wording

    @property
    def rule(self) -> Wording:
        """The rule in one sentence."""
        if self.max_days == 0:
            return Wording("Nothing of a recording is kept.", "Rien d'un enregistrement n'est conservé.")
        since = {
            "recorded": ("it was recorded", "sa prise de vue"),
            "added": ("it came into the archive", "son entrée dans l'archive"),
        }[self.counted_from]
        days = f"{self.max_days} day{'' if self.max_days == 1 else 's'}"
        jours = f"{self.max_days} jour{'' if self.max_days == 1 else 's'}"
        return Wording(
            f"A recording's analysis stays at most {days} after {since[0]}.",
            f"L'analyse d'un enregistrement reste au plus {jours} après {since[1]}.",
        )


@dataclass(frozen=True, slots=True)
class Release:
    """How coarse numbers must be to leave.

    Attributes:
        minimum: numbers that fewer tracks made stay inside; 1 means that every number may leave.
        shortest_s: shortest interval of time that a number may be about, seconds.
        epsilon_per_release: most of the privacy budget that one release with noise may spend.
        epsilon_per_day: most that all releases together may spend on one filmed day, ever.
        basis: where the numbers come from.
    """

    minimum: int
    shortest_s: int
    epsilon_per_release: float
    epsilon_per_day: float
    basis: Wording

    @property
    def rules(self) -> tuple[Wording, ...]:
        """The rules, one sentence each."""
        minutes = f"{self.shortest_s / 60:g}"
        unit = ("minute", "minute") if self.shortest_s == 60 else ("minutes", "minutes")
        if self.minimum > 1:
            small = Wording(
                f"A number that fewer than {self.minimum} objects made does not leave, nor what would give "
                "it away.",
                f"Un nombre issu de moins de {self.minimum} objets ne sort pas, ni ce qui le révélerait.",
            )
        else:
            small = Wording(
                "Numbers leave as they are, however small.", "Les nombres sortent tels quels, même petits."
            )
        return (
            small,
            Wording(
                f"A number is about {minutes} {unit[0]} or more.",
                f"Un nombre porte sur {minutes} {unit[1]} au moins.",
            ),
            Wording(
                f"Numbers with noise spend at most epsilon {self.epsilon_per_release:g} a release, and "
                f"{self.epsilon_per_day:g} on one filmed day in all.",
                f"Les nombres bruités dépensent au plus epsilon {self.epsilon_per_release:g} par sortie, et "
                f"{self.epsilon_per_day:g} en tout pour un jour filmé.",
            ),
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A public text that a purpose follows.

    Attributes:
        title: the text, so that it can be found.
        says: what it says, as far as it matters here.
        read: how sure that is: read in the text, in part, in secondary sources.
    """

    title: str
    says: Wording
    read: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why an archive may exist; it decides which capabilities exist in it.

    Attributes:
        name: what ``archive.toml`` and ``--purpose`` say.
        extends: the built-in purpose that this one narrows; None for a built-in one.
        title: a few words.
        summary: one sentence.
        description: one paragraph.
        allows: the capabilities that exist.
        forbids: all others, each once, with the reason.
        requires: what must be stated, by name.
        reasons: capabilities that are used only with a reason.
        kinds: the kinds of reason; those of ``reasons.KINDED`` are used only with a reason of one of them.
        four_eyes: capabilities that the service gives one person only when another has approved; each of them
            takes a reason, too.
        period: when; None means without limit.
        retention: how long data may stay.
        release: how coarse numbers must be to leave; None where none may.
        situations: what may be signalled; none where ``signal-events`` does not exist.
        no_others: why nothing else may be signalled; None where everything may, or nothing.
        sources: the texts that this follows. Reading them here is no legal advice.
        text: the TOML that it was read from.
    """

    name: str
    extends: str | None
    title: Wording
    summary: Wording
    description: Wording
    allows: frozenset[Capability]
    forbids: tuple[Prohibition, ...]
    requires: Mapping[str, Field]
    reasons: frozenset[Capability]
    kinds: tuple[ReasonKind, ...]
    four_eyes: frozenset[Capability]
    period: Period | None
    retention: Retention
    release: Release | None
    situations: frozenset[Situation]
    no_others: Wording | None
    sources: tuple[Source, ...]
    text: str

    def needs_kind(self, capability: Capability) -> bool:
        """Return whether its reason must be of a listed kind."""
        return capability in self.reasons & KINDED

    def why_not(self, capability: Capability) -> Wording | None:
        """Return why ``capability`` does not exist here, or None when it does."""
        for prohibition in self.forbids:
            if capability in prohibition.capabilities:
                return prohibition.because
        return None

    def why_no_situation(self, situation: str) -> Wording | None:
        """Return why a situation (its name) may not be signalled here, or None when it may."""
        if situation in self.situations:
            return None
        return self.why_not(Capability.SIGNAL_EVENTS) or self.no_others
