"""What each command asks the gate for: with the purposes, this decides which command works where."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Capability

DOORS: Mapping[str, tuple[Capability, ...]] = MappingProxyType(
    {
        "analyze": (Capability.ANALYZE_RECORDED, Capability.KEEP_TRACKS),
        "synopsis": (Capability.MAKE_SYNOPSIS, Capability.SHOW_IMAGES),
        "synopsis --unredacted": (Capability.MAKE_SYNOPSIS, Capability.SHOW_UNREDACTED),
        "tracks": (Capability.READ_TRACKS,),
        "tracks --class": (Capability.SEARCH,),
        "tracks --json": (Capability.EXPORT_TRACKS,),
        "tracks --csv": (Capability.EXPORT_TRACKS,),
        "info": (),
        "camera calibrate": (Capability.MANAGE,),
        "camera show": (),
        "camera show --grid": (Capability.SHOW_SCENE,),
        "purpose show": (),
        "ledger show": (Capability.READ_LEDGER,),
        "ledger verify": (),
        "ledger export": (Capability.READ_LEDGER,),
        "retention show": (),
        "retention run": (Capability.ERASE,),
        "retention hold": (Capability.HOLD,),
        "retention release": (Capability.HOLD,),
    }
)
"""Commands on an archive, where an option makes a difference with it, and the capabilities they take."""
