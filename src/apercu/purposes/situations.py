"""What can be signalled to a person: a closed list, as capabilities are. Nothing else is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from apercu.errors import UnknownNameError
from apercu.purposes.wording import Wording


class Situation(StrEnum):
    """One kind of situation, and so of rule; ``meaning`` says which in a few words."""

    ZONE = "zone"
    LINE = "line"
    WRONG_WAY = "wrong-way"
    STATIONARY = "stationary"
    SPEED = "speed"
    DENSITY = "density"
    ABANDONED_OBJECT = "abandoned-object"
    REMOVED_OBJECT = "removed-object"
    CROWD_MOVEMENT = "crowd-movement"
    PERSON_ON_GROUND = "person-on-ground"
    VIEW_LOST = "view-lost"

    @property
    def meaning(self) -> Wording:
        """What is signalled, in a few words."""
        return _MEANINGS[self]

    @classmethod
    def named(cls, name: str) -> Situation:
        """Return the situation of this name.

        Raises:
            UnknownNameError: there is none; the message lists them all.
        """
        try:
            return cls(name)
        except ValueError as error:
            raise UnknownNameError("situation", name, [known.value for known in cls]) from error


_MEANINGS: Mapping[Situation, Wording] = MappingProxyType(
    {
        Situation.ZONE: Wording("Presence in a zone.", "Présence dans une zone."),
        Situation.LINE: Wording("Crossing of a line.", "Franchissement d'une ligne."),
        Situation.WRONG_WAY: Wording(
            "Movement against the direction.", "Non-respect du sens de circulation."
        ),
        Situation.STATIONARY: Wording(
            "An object or vehicle that came and stands for long.",
            "Objet ou véhicule arrivé puis immobile longtemps.",
        ),
        Situation.SPEED: Wording("Too high a speed.", "Vitesse excessive."),
        Situation.DENSITY: Wording("Too many, or too high a density.", "Nombre ou densité trop importants."),
        Situation.ABANDONED_OBJECT: Wording("An abandoned object.", "Objet abandonné."),
        Situation.REMOVED_OBJECT: Wording("An object that was taken away.", "Objet enlevé."),
        Situation.CROWD_MOVEMENT: Wording("A sudden movement of a crowd.", "Mouvement de foule."),
        Situation.PERSON_ON_GROUND: Wording("A person on the ground.", "Personne au sol."),
        Situation.VIEW_LOST: Wording(
            "The camera is covered, was moved, or sees nothing.",
            "La caméra est masquée, a été déplacée ou ne voit plus rien.",
        ),
    }
)
