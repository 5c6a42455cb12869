"""Why an archive may exist: purposes, the gate that keeps to them, the ledger of what was done."""

from apercu.purposes.actor import current_actor
from apercu.purposes.capabilities import Capability
from apercu.purposes.declaration import Declaration
from apercu.purposes.entries import Entry, Outcome, Request
from apercu.purposes.gate import Door, Gate, Guard
from apercu.purposes.ledger import Ledger
from apercu.purposes.names import (
    PURPOSES,
    USER_PURPOSE,
    built_in,
    check_name,
    find_purpose,
    purposes_with,
    read_user_purpose,
)
from apercu.purposes.purpose import Purpose, Retention
from apercu.purposes.reasons import KINDED, ReasonKind, kind_of
from apercu.purposes.situations import Situation
from apercu.purposes.verification import Finding, Problem, Verification, verify
from apercu.purposes.wording import LANGUAGES, Language, Wording

__all__ = [
    "KINDED",
    "LANGUAGES",
    "PURPOSES",
    "USER_PURPOSE",
    "Capability",
    "Declaration",
    "Door",
    "Entry",
    "Finding",
    "Gate",
    "Guard",
    "Language",
    "Ledger",
    "Outcome",
    "Problem",
    "Purpose",
    "ReasonKind",
    "Request",
    "Retention",
    "Situation",
    "Verification",
    "Wording",
    "built_in",
    "check_name",
    "current_actor",
    "find_purpose",
    "kind_of",
    "purposes_with",
    "read_user_purpose",
    "verify",
]
