"""The public face of an archive: what it is for, what it can and cannot do, until when, who allowed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from apercu.purposes.capabilities import Capability
from apercu.purposes.declaration import Declaration
from apercu.purposes.situations import Situation
from apercu.purposes.wording import Language, Wording

_NO_ADVICE = Wording(
    "This page follows public texts as far as Aperçu's makers could read them; it is no legal advice.",
    "Cette page suit des textes publics tels que les auteurs d'Aperçu ont pu les lire ; elle n'est pas un "
    "avis juridique.",
)
_WITH_REASON = Wording("Only with a reason, which is recorded.", "Seulement avec un motif, qui est consigné.")
_WITH_KIND = Wording(
    "Only with a reason of a listed kind, which is recorded.",
    "Seulement avec un motif d'un type prévu, qui est consigné.",
)
_FOUR_EYES = Wording(
    "In the browser, only when another person has approved it.",
    "Dans le navigateur, seulement avec l'accord d'une autre personne.",
)
_NEVER = Wording(
    "Never, in any archive: recognising faces or people, guessing gender, age, origin or emotion, finding "
    "a person again across cameras or recordings.",
    "Jamais, dans aucune archive : reconnaître des visages ou des personnes, deviner le sexe, l'âge, "
    "l'origine ou l'émotion, retrouver une personne d'une caméra ou d'un enregistrement à l'autre.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and sentences under it; ``about`` is what it is about, one word."""

    about: str
    heading: Wording
    lines: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page about one archive; it says nothing about anyone who was filmed.

    Attributes:
        name: what people call the archive.
        controller: who answers for the data; may be empty.
        declaration: its purpose and what is stated.
        ledger: fingerprint of its ledger, 64 digits.
        today: the day it is made.
    """

    name: str
    controller: str
    declaration: Declaration
    ledger: str
    today: date

    def sections(self) -> list[Section]:
        """Return what it says, in order."""
        purpose = self.declaration.purpose
        can = [c for c in Capability if c in purpose.allows]
        cannot = [
            Wording(
                f"{' '.join(c.meaning.en for c in Capability if c in part.capabilities)} "
                f"Not here: {part.because.en}",
                f"{' '.join(c.meaning.fr for c in Capability if c in part.capabilities)} "
                f"Pas ici : {part.because.fr}",
            )
            for part in purpose.forbids
        ]
        return [
            Section(
                "purpose", Wording("What it is for", "À quoi elle sert"), (purpose.title, purpose.description)
            ),
            Section(
                "authorisation",
                Wording("On which authorisation, and for whom", "Sur quelle autorisation, et pour qui"),
                (self._controller(), *self._stated()),
            ),
            Section(
                "can", Wording("What it can do", "Ce qu'elle peut faire"), tuple(self._told(c) for c in can)
            ),
            Section(
                "cannot", Wording("What it cannot do", "Ce qu'elle ne peut pas faire"), (*cannot, _NEVER)
            ),
            Section(
                "period",
                Wording("Until when", "Jusqu'à quand"),
                (*self._period(), purpose.retention.rule, purpose.retention.basis),
            ),
            *self._signals(),
            *self._release(),
            Section(
                "ledger", Wording("How to check its ledger", "Comment vérifier son registre"), self._ledger()
            ),
            Section(
                "sources",
                Wording("Texts it follows", "Textes qu'elle suit"),
                (
                    *(Wording(f"{s.title}. {s.says.en}", f"{s.title}. {s.says.fr}") for s in purpose.sources),
                    _NO_ADVICE,
                ),
            ),
        ]

    def text(self, language: Language) -> str:
        """Return it as plain text."""
        parts = [f"{self.name}\n"]
        for section in self.sections():
            lines = "".join(f"  - {line.in_language(language)}\n" for line in section.lines)
            parts.append(f"{section.heading.in_language(language)}\n{lines}")
        return "\n".join(parts)

    def html(self, language: Language) -> str:
        """Return it as a page that needs nothing else."""
        body = [f"<h1>{escape(self.name)}</h1>"]
        for section in self.sections():
            lines = "\n".join(f"<li>{escape(line.in_language(language))}</li>" for line in section.lines)
            body.append(f"<h2>{escape(section.heading.in_language(language))}</h2>\n<ul>\n{lines}\n</ul>")
        style = "body{font:1rem/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
        return (
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.name)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
            + "\n".join(body)
            + "\n</body>\n</html>\n"
        )

    def as_dict(self, language: Language) -> dict[str, Any]:
        """Return it as plain values, for programs."""
        purpose, declaration = self.declaration.purpose, self.declaration
        return {
            "name": self.name,
            "controller": self.controller,
            "purpose": purpose.name,
            "extends": purpose.extends,
            "purpose_fields": {name: str(value) for name, value in declaration.values.items()},
            "missing": [field.name for field in declaration.missing],
            "allows": [c.value for c in Capability if c in purpose.allows],
            "with_reason": [c.value for c in Capability if c in purpose.reasons],
            "reason_kinds": [kind.name for kind in purpose.kinds],
            "four_eyes": [c.value for c in Capability if c in purpose.four_eyes],
            "forbids": [c.value for c in Capability if c not in purpose.allows],
            "situations": [s.value for s in Situation if s in purpose.situations],
            "days": None if declaration.days is None else [str(day) for day in declaration.days],
            "max_days": purpose.retention.max_days,
            "counted_from": purpose.retention.counted_from,
            "release": self._release_values(),
            "ledger": self.ledger,
            "language": language,
            "sections": [
                {
                    "heading": section.heading.in_language(language),
                    "lines": [line.in_language(language) for line in section.lines],
                }
                for section in self.sections()
            ],
        }

    def _controller(self) -> Wording:
        if not self.controller:
            return Wording("Who answers for the data is not stated.", "Le responsable n'est pas indiqué.")
        return Wording(f"{self.controller} answers for the data.", f"Responsable : {self.controller}.")

    def _stated(self) -> list[Wording]:
        told = []
        for name, field in self.declaration.purpose.requires.items():
            value = self.declaration.values.get(name)
            en, fr = ("NOT STATED", "NON INDIQUÉ") if value is None else (str(value), str(value))
            told.append(
                Wording(f"{field.meaning.en.rstrip('.')}: {en}", f"{field.meaning.fr.rstrip('.')} : {fr}")
            )
        return told

    def _signals(self) -> list[Section]:
        purpose = self.declaration.purpose
        told = [situation.meaning for situation in Situation if situation in purpose.situations]
        if not told:
            return []
        if purpose.no_others is not None:
            no_others = purpose.no_others
            told.append(Wording(f"Nothing else: {no_others.en}", f"Rien d'autre : {no_others.fr}"))
        heading = Wording("What it may signal to a person", "Ce qu'elle peut signaler à une personne")
        return [Section("signals", heading, tuple(told))]

    def _release(self) -> list[Section]:
        release = self.declaration.purpose.release
        if release is None:
            return []
        heading = Wording("Which numbers may leave", "Quels nombres peuvent sortir")
        return [Section("release", heading, (*release.rules, release.basis))]

    def _release_values(self) -> dict[str, Any] | None:
        release = self.declaration.purpose.release
        if release is None:
            return None
        return {
            "minimum": release.minimum,
            "shortest_s": release.shortest_s,
            "epsilon_per_release": release.epsilon_per_release,
            "epsilon_per_day": release.epsilon_per_day,
        }

    def _told(self, capability: Capability) -> Wording:
        purpose = self.declaration.purpose
        told = [capability.meaning]
        if capability in purpose.reasons:
            told.append(_WITH_KIND if purpose.needs_kind(capability) else _WITH_REASON)
        if capability in purpose.four_eyes:
            told.append(_FOUR_EYES)
        return Wording(" ".join(part.en for part in told), " ".join(part.fr for part in told))

    def _period(self) -> list[Wording]:
        problem = self.declaration.problem()
        if problem is not None:
            return [
                Wording(
                    f"Now hardly anything is possible: {problem}.",
                    "Pour le moment presque rien n'est possible : la déclaration est incomplète ou se "
                    "contredit.",
                )
            ]
        if self.declaration.days is None:
            return [Wording("The archive has no last day.", "L'archive n'a pas de dernier jour.")]
        first, last = self.declaration.days
        told = [
            Wording(
                f"It may be used from {first} to {last}; after that everything goes.",
                f"Elle peut servir du {first} au {last} ; ensuite tout est effacé.",
            )
        ]
        if self.declaration.outside(self.today) is not None:
            told.append(
                Wording(
                    f"Today, {self.today}, is outside: only erasing and the ledger are left.",
                    f"Aujourd'hui, {self.today}, est en dehors : seuls restent l'effacement et le registre.",
                )
            )
        return told

    def _ledger(self) -> tuple[Wording, ...]:
        return (
            Wording(
                f"Everything that is done here is recorded in the ledger {self.ledger}.",
                f"Tout ce qui est fait ici est consigné dans le registre {self.ledger}.",
            ),
            Wording(
                "Ask for a checkpoint (apercu ledger export) and keep it: nothing before it can then be "
                "altered in silence.",
                "Demandez un point de contrôle (apercu ledger export) et gardez-le : rien de ce qui précède "
                "ne peut alors être modifié en silence.",
            ),
            Wording(
                "Check with: apercu ledger verify ARCHIVE --checkpoint FILE; or, without Aperçu, with the "
                "script in docs/ledger.md.",
                "Vérifier avec : apercu ledger verify ARCHIVE --checkpoint FILE ; ou, sans Aperçu, avec le "
                "script de docs/ledger.md.",
            ),
        )
