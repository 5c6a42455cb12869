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
        "synopsis --class": (Capability.MAKE_SYNOPSIS, Capability.SHOW_IMAGES, Capability.SEARCH),
        "synopsis --colour": (
            Capability.MAKE_SYNOPSIS,
            Capability.SHOW_IMAGES,
            Capability.SEARCH,
            Capability.SEARCH_BY_COLOUR,
        ),
        "clip": (Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "clip --unredacted": (Capability.READ_TRACKS, Capability.SHOW_UNREDACTED),
        "sheet": (Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "sheet --class": (Capability.READ_TRACKS, Capability.SHOW_IMAGES, Capability.SEARCH),
        "sheet --unredacted": (Capability.READ_TRACKS, Capability.SHOW_UNREDACTED),
        "poster": (Capability.READ_TRACKS, Capability.SHOW_SCENE),
        "poster --class": (Capability.READ_TRACKS, Capability.SHOW_SCENE, Capability.SEARCH),
        "strobe": (Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "strobe --unredacted": (Capability.READ_TRACKS, Capability.SHOW_UNREDACTED),
        "timelapse": (Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "timelapse --unredacted": (Capability.READ_TRACKS, Capability.SHOW_UNREDACTED),
        "tracks": (Capability.READ_TRACKS,),
        "tracks --class": (Capability.SEARCH,),
        "tracks --json": (Capability.EXPORT_TRACKS,),
        "tracks --csv": (Capability.EXPORT_TRACKS,),
        "search": (Capability.SEARCH,),
        "search --colour": (Capability.SEARCH, Capability.SEARCH_BY_COLOUR),
        "search --json": (Capability.SEARCH, Capability.EXPORT_TRACKS),
        "search --csv": (Capability.SEARCH, Capability.EXPORT_TRACKS),
        "search --output": (Capability.SEARCH, Capability.EXPORT_TRACKS),
        "search --sheet": (Capability.SEARCH, Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "search --synopsis": (Capability.SEARCH, Capability.MAKE_SYNOPSIS, Capability.SHOW_IMAGES),
        "search --clip": (Capability.SEARCH, Capability.READ_TRACKS, Capability.SHOW_IMAGES),
        "search --save": (Capability.SEARCH, Capability.MANAGE),
        "saved list": (),
        "saved show": (),
        "saved remove": (Capability.MANAGE,),
        "views": (),
        "info": (),
        "camera calibrate": (Capability.MANAGE,),
        "camera place": (Capability.MANAGE,),
        "camera describe": (Capability.MANAGE,),
        "camera show": (),
        "camera show --grid": (Capability.SHOW_SCENE,),
        "zone add": (Capability.MANAGE,),
        "zone list": (),
        "zone show": (Capability.SHOW_SCENE,),
        "zone remove": (Capability.MANAGE,),
        "count": (Capability.COUNT, Capability.RELEASE_STATISTICS),
        "count footage": (Capability.COUNT, Capability.ANALYZE_RECORDED),
        "count live": (Capability.COUNT, Capability.ANALYZE_LIVE),
        "count check": (Capability.MANAGE,),
        "count budget": (),
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
