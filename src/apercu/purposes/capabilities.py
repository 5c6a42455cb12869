"""What the engine can be allowed to do: a closed list. What is not on it, the engine cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from apercu.errors import UnknownNameError
from apercu.purposes.wording import Wording


class Capability(StrEnum):
    """One thing the engine can be allowed to do; ``meaning`` says in a sentence which."""

    ANALYZE_RECORDED = "analyze-recorded"
    ANALYZE_LIVE = "analyze-live"
    KEEP_TRACKS = "keep-tracks"
    READ_TRACKS = "read-tracks"
    SEARCH = "search"
    SEARCH_BY_COLOUR = "search-by-colour"
    SHOW_SCENE = "show-scene"
    SHOW_IMAGES = "show-images"
    SHOW_UNREDACTED = "show-unredacted"
    MAKE_SYNOPSIS = "make-synopsis"
    EXPORT_TRACKS = "export-tracks"
    EXPORT_EVIDENCE = "export-evidence"
    COUNT = "count"
    RELEASE_STATISTICS = "release-statistics"
    SIGNAL_EVENTS = "signal-events"
    HOLD = "hold"
    ERASE = "erase"
    READ_LEDGER = "read-ledger"
    MANAGE = "manage"

    @property
    def meaning(self) -> Wording:
        """What it allows, in one sentence."""
        return _MEANINGS[self]

    @classmethod
    def named(cls, name: str) -> Capability:
        """Return the capability of this name.

        Raises:
            UnknownNameError: there is none; the message lists them all.
        """
        try:
            return cls(name)
        except ValueError as error:
            raise UnknownNameError("capability", name, [known.value for known in cls]) from error


_MEANINGS: Mapping[Capability, Wording] = MappingProxyType(
    {
        Capability.ANALYZE_RECORDED: Wording(
            "Find what moves in footage that was recorded before.",
            "Repérer ce qui bouge dans des images déjà enregistrées.",
        ),
        Capability.ANALYZE_LIVE: Wording(
            "Find what moves in the picture of a camera while it films.",
            "Repérer ce qui bouge dans l'image d'une caméra pendant qu'elle filme.",
        ),
        Capability.KEEP_TRACKS: Wording(
            "Store tracks, their outlines and the empty scene in the archive.",
            "Conserver dans l'archive les trajectoires, leurs contours et la scène vide.",
        ),
        Capability.READ_TRACKS: Wording(
            "Read the stored tracks: what passed, when, where and how fast.",
            "Lire les trajectoires conservées : ce qui est passé, quand, où et à quelle vitesse.",
        ),
        Capability.SEARCH: Wording(
            "Pick out tracks by what they did: class, time, place, speed, way.",
            "Retrouver des trajectoires par ce qu'elles ont fait : classe, heure, lieu, vitesse, parcours.",
        ),
        Capability.SEARCH_BY_COLOUR: Wording(
            "Pick out tracks by the colour of a vehicle or of clothes.",
            "Retrouver des trajectoires par la couleur d'un véhicule ou de vêtements.",
        ),
        Capability.SHOW_SCENE: Wording(
            "Show the empty scene of a camera, to draw lines and zones on it.",
            "Montrer la scène vide d'une caméra, pour y tracer des lignes et des zones.",
        ),
        Capability.SHOW_IMAGES: Wording(
            "Show pictures from the footage, with people made unrecognisable.",
            "Montrer des images de la vidéo, les personnes y étant rendues méconnaissables.",
        ),
        Capability.SHOW_UNREDACTED: Wording(
            "Show pictures from the footage with people as they were filmed.",
            "Montrer des images de la vidéo avec les personnes telles qu'elles ont été filmées.",
        ),
        Capability.MAKE_SYNOPSIS: Wording(
            "Make a short video of what moved in long footage.",
            "Faire une courte vidéo de ce qui a bougé dans de longs enregistrements.",
        ),
        Capability.EXPORT_TRACKS: Wording(
            "Write tracks to a file that leaves the archive.",
            "Écrire des trajectoires dans un fichier qui quitte l'archive.",
        ),
        Capability.EXPORT_EVIDENCE: Wording(
            "Write a package of footage that leaves the archive, with proof of its integrity.",
            "Écrire un ensemble d'images qui quitte l'archive, avec la preuve de leur intégrité.",
        ),
        Capability.COUNT: Wording(
            "Count what passes lines and zones, by class and interval of time.",
            "Compter ce qui passe des lignes et des zones, par classe et par intervalle de temps.",
        ),
        Capability.RELEASE_STATISTICS: Wording(
            "Let numbers leave that are too coarse to be about one person.",
            "Laisser sortir des nombres trop généraux pour concerner une seule personne.",
        ),
        Capability.SIGNAL_EVENTS: Wording(
            "Signal a listed situation to a person, who decides.",
            "Signaler une situation prévue à une personne, qui décide.",
        ),
        Capability.HOLD: Wording(
            "Keep a recording's analysis beyond its time, for a named reason.",
            "Garder l'analyse d'un enregistrement au-delà de son délai, pour un motif nommé.",
        ),
        Capability.ERASE: Wording(
            "Erase the analysis of recordings, and the footage that the archive owns.",
            "Effacer l'analyse d'enregistrements, et les images que l'archive possède.",
        ),
        Capability.READ_LEDGER: Wording(
            "Read, verify and export the record of what was done.",
            "Lire, vérifier et exporter le registre de ce qui a été fait.",
        ),
        Capability.MANAGE: Wording(
            "Change how the archive is set up: cameras, lines, zones, rules, people and their rights.",
            "Changer le réglage de l'archive : caméras, lignes, zones, règles, personnes et leurs droits.",
        ),
    }
)
