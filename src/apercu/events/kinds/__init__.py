"""The kinds of rules: one module each, with what it says in a file and how it looks.

A new kind is a module with a ``Rule`` that has ``problems`` and ``watch``, its name in
``purposes.Situation``, and a place in the union below.
"""

from typing import Annotated, get_args

from pydantic import Field

from apercu.events.kinds.crowd_movement import CrowdMovementRule
from apercu.events.kinds.density import DensityRule
from apercu.events.kinds.left_behind import AbandonedObjectRule, RemovedObjectRule
from apercu.events.kinds.line import LineRule
from apercu.events.kinds.person_on_ground import PersonOnGroundRule
from apercu.events.kinds.speed import SpeedRule
from apercu.events.kinds.stationary import StationaryRule
from apercu.events.kinds.view_lost import ViewLostRule
from apercu.events.kinds.wrong_way import WrongWayRule
from apercu.events.kinds.zone import ZoneRule
from apercu.events.rule import Rule

AnyRule = Annotated[
    ZoneRule
    | LineRule
    | WrongWayRule
    | StationaryRule
    | SpeedRule
    | DensityRule
    | AbandonedObjectRule
    | RemovedObjectRule
    | CrowdMovementRule
    | PersonOnGroundRule
    | ViewLostRule,
    Field(discriminator="kind"),
]

KINDS: tuple[type[Rule], ...] = get_args(get_args(AnyRule)[0])
"""All of them."""

__all__ = [
    "KINDS",
    "AbandonedObjectRule",
    "AnyRule",
    "CrowdMovementRule",
    "DensityRule",
    "LineRule",
    "PersonOnGroundRule",
    "RemovedObjectRule",
    "SpeedRule",
    "StationaryRule",
    "ViewLostRule",
    "WrongWayRule",
    "ZoneRule",
]
