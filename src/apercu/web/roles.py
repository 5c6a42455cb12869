"""Roles: which capability each may ask for. The archive's purpose decides besides, and may refuse it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from apercu.purposes import Capability, Wording

C = Capability

_WORK = frozenset(
    {
        C.ANALYZE_RECORDED,
        C.ANALYZE_LIVE,
        C.KEEP_TRACKS,
        C.READ_TRACKS,
        C.SEARCH,
        C.SEARCH_BY_COLOUR,
        C.SHOW_SCENE,
        C.SHOW_IMAGES,
        C.MAKE_SYNOPSIS,
        C.COUNT,
        C.RELEASE_STATISTICS,
        C.SIGNAL_EVENTS,
        C.MANAGE,
    }
)


class Role(StrEnum):
    """What a person does here; a person may have several."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    OVERSEER = "overseer"
    ADMINISTRATOR = "administrator"

    @property
    def meaning(self) -> Wording:
        """What it is for, in one sentence."""
        return _MEANINGS[self]


CAPABILITIES: Mapping[Role, frozenset[Capability]] = MappingProxyType(
    {
        Role.OPERATOR: _WORK,
        Role.REVIEWER: _WORK | {C.SHOW_UNREDACTED, C.EXPORT_TRACKS, C.EXPORT_EVIDENCE, C.HOLD},
        Role.OVERSEER: frozenset({C.READ_LEDGER}),
        Role.ADMINISTRATOR: frozenset({C.MANAGE, C.HOLD, C.ERASE, C.READ_LEDGER}),
    }
)
"""The one table of roles. Who may ask for a capability may also approve another's request for it.

Accounts, roles and rights are the administrator's alone, and no capability.
"""

_MEANINGS: Mapping[Role, Wording] = MappingProxyType(
    {
        Role.OPERATOR: Wording(
            "Adds footage, searches, counts, watches with people pixelated, draws zones and lines.",
            "Ajoute des images, cherche, compte, regarde (personnes pixelisées), trace zones et lignes.",
        ),
        Role.REVIEWER: Wording(
            "Does what an operator does, and may ask to see people as filmed and to export; approves others.",
            "Fait ce que fait un opérateur, peut demander à voir les personnes telles que filmées et à "
            "exporter ; approuve les demandes des autres.",
        ),
        Role.OVERSEER: Wording(
            "Reads and verifies the record of what was done, and sees nothing of the footage.",
            "Lit et vérifie le registre de ce qui a été fait, sans rien voir des images.",
        ),
        Role.ADMINISTRATOR: Wording(
            "Gives and ends accounts, roles and rights; holds and erases; sees nothing of the footage.",
            "Donne et retire comptes, rôles et droits ; retient et efface ; ne voit rien des images.",
        ),
    }
)


def capabilities_of(roles: Collection[Role]) -> frozenset[Capability]:
    """Return what these roles may ask for together."""
    return frozenset[Capability]().union(*(CAPABILITIES[role] for role in roles))


def roles_with(capability: Capability) -> list[Role]:
    """Return the roles that may ask for a capability."""
    return [role for role in Role if capability in CAPABILITIES[role]]
