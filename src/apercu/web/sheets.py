"""Contact sheets as jobs: the best moment of each object that a query finds, on pages of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apercu.purposes import Capability
from apercu.search import Query
from apercu.synopsis.options import SheetOptions
from apercu.synopsis.sheet import Best, make_sheet
from apercu.synopsis.sheet_pages import PER_PAGE, PICTURE, picture_at
from apercu.web.jobs import Job, Made, Report
from apercu.web.visit import Visit

MOST = 10 * PER_PAGE
"""Objects on one sheet; ask for less to see others."""


def start_sheet(visit: Visit, query: Query, *, reason: str | None = None) -> Job:
    """Begin to make a contact sheet, people pixelated; its files are ``page-1``, ``page-2`` ... as PNG.

    Its facts tell for each object on which page it is, and where there: x, y, width, height in pixels.

    Raises:
        RefusedError, RightError: as ``make_sheet`` would, now rather than later.
        TooManyTriesError: too many jobs wait already.
    """
    asked = query.model_copy(update={"limit": min(query.limit or MOST, MOST), "cursor": None})
    options = SheetOptions(query=asked, reason=reason)
    for capability in (Capability.SHOW_IMAGES, Capability.SEARCH):
        visit.gate.expect(capability, subject=asked.subject, reason=reason)

    def work(folder: Path, report: Report) -> Made:
        inside = visit.service.visit(visit.visitor, visit.archive_id)
        made = make_sheet(inside.archive, folder / "sheet.png", options, report)
        files = {f"page-{number}": path for number, path in enumerate(made.pages, 1)}
        shown = [_told(best, i % PER_PAGE) for i, best in enumerate(made.shown)]
        facts = {"shown": shown, "redacted": True}
        return Made(files, facts, frozenset(best.recording_id for best in made.shown))

    return visit.service.jobs.start("sheet", visit.archive_id, visit.visitor.person.person_id, work)


def _told(best: Best, place: int) -> dict[str, Any]:
    return {
        "recording_id": best.recording_id,
        "track_id": best.track_id,
        "class": best.class_name,
        "second": best.second,
        "page": best.page,
        "picture": [*picture_at(place), *PICTURE],
    }
