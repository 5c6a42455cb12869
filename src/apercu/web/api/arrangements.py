"""Arrangements: how long a synopsis would be, before it is made."""

from __future__ import annotations

from apercu.purposes import Capability
from apercu.synopsis import SynopsisOptions
from apercu.web.api.common import TheVisit, asks, new_router
from apercu.web.arranging import Shape, shape

router = new_router("jobs", "/archives/{archive_id}/arrangements")


@router.post("", operation_id="arrange_synopsis", openapi_extra=asks(Capability.MAKE_SYNOPSIS))
def arrange_synopsis(visit: TheVisit, body: SynopsisOptions) -> Shape:
    """Say how long the synopsis of these options would be, and of how many objects; nothing is made.

    Its tracks are read the first time and held a while: another overlap, density or class of the same
    question is answered sooner, and leaves no entry of its own in the ledger.
    """
    return shape(visit, body)
