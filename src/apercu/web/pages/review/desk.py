"""What one person looks at on the review page; its parts change it here, and are told when it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from nicegui import ui

from apercu.archive import RecordingRow
from apercu.archive.zones import Zones
from apercu.errors import ApercuError, ApprovalError
from apercu.events.telling import class_told
from apercu.purposes import Capability, ReasonKind
from apercu.search import Query, TrackId
from apercu.web import making
from apercu.web.jobs import Job
from apercu.web.looking import Look, look
from apercu.web.pages import words as shell_words
from apercu.web.pages.place import Place
from apercu.web.pages.review import words
from apercu.web.pages.review.question import Footage
from apercu.web.visit import Visit

LISTED = 120
LOOKING = frozenset(
    {
        Capability.SEARCH,
        Capability.SEARCH_BY_COLOUR,
        Capability.READ_TRACKS,
        Capability.SHOW_IMAGES,
        Capability.SHOW_SCENE,
        Capability.MAKE_SYNOPSIS,
    }
)
"""What the page asks for while somebody looks around."""
ASKABLE = frozenset({Capability.SEARCH, Capability.SEARCH_BY_COLOUR, Capability.MAKE_SYNOPSIS})
"""What of it another person can approve for a question."""
_POLL_S = 0.3
_SHARES = {
    "check": (0.0, 0.05),
    "arrange": (0.05, 0.15),
    "cut": (0.15, 0.8),
    "render": (0.8, 1.0),
    "show": (0.05, 1.0),
}

Listener = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Desk:
    """The state of one review page.

    Attributes:
        place: who looks.
        footage: what there is to look at.
        recordings: by id.
        zones: named zones and lines.
        may: what the person may ask for here now, approvals aside.
        kinds: of reasons for showing people as filmed.
        takes_reason: whether the purpose asks one for searching or watching.
        eyes: what of that another person has to approve first.
        reason: why the person looks, as they said; None while they have not.
        wanted: what was asked last, settled, answered or not: what the next question is made from.
        query: what is asked, settled.
        look: its answer; None before the first.
        chosen: the object whose original moment is open.
        second: which second of its recording is to be shown; None for its beginning.
        reviewed: what the person has marked, by recording.
    """

    place: Place
    footage: Footage
    recordings: Mapping[str, RecordingRow]
    zones: Zones
    may: frozenset[Capability]
    kinds: tuple[ReasonKind, ...]
    takes_reason: bool = False
    eyes: frozenset[Capability] = frozenset()
    reason: str | None = None
    wanted: Query = field(default_factory=Query)
    query: Query = field(default_factory=Query)
    look: Look | None = None
    chosen: TrackId | None = None
    second: float | None = None
    reviewed: dict[str, set[int]] = field(default_factory=dict)
    on_answer: list[Listener] = field(default_factory=list)
    on_choice: list[Listener] = field(default_factory=list)

    @classmethod
    def of(cls, place: Place, visit: Visit) -> Desk:
        """Return the desk of a page that has just been opened; blocking."""
        from apercu.archive.zones import read_zones

        rows, purpose = visit.archive.recordings(), visit.archive.settings.declaration.purpose
        return cls(
            place,
            Footage.of(rows, visit.archive.settings.zone),
            {row.recording_id: row for row in rows},
            read_zones(visit.archive),
            visit.allowed(),
            purpose.kinds,
            bool(purpose.reasons & LOOKING),
            purpose.four_eyes & ASKABLE,
        )

    @property
    def scene(self) -> str:
        """Where the API has the empty scene of the camera."""
        why = f"?reason={quote(self.reason)}" if self.reason else ""
        return f"{self.place.api}/cameras/{self.camera}/scene{why}"

    @property
    def camera(self) -> str:
        """The camera that is looked at."""
        return self.query.cameras[0]

    async def ask(self, query: Query) -> bool:
        """Ask a question and tell the parts; where it cannot be answered, say why and stay as it was.

        Answers may take longer than the person does to ask again: only the last question's is shown.
        """
        settled = self.wanted = self.footage.settled(query)
        if self.takes_reason and not self.reason:
            ui.notify(self.place.say(shell_words.WHY_FIRST), position="top")
            return False
        with self.place.telling():
            try:
                answer, marks = await self.place.run(lambda: self._answered(settled))
            except ApprovalError:  # it is what another person is asked about
                raise
            except ApercuError:
                if self.wanted is settled:
                    self.wanted = self.query
                raise
            if self.wanted is not settled:
                return True
            self.query, self.look = settled, answer
            self.reviewed.update(marks)
            self.remember()
            for listener in self.on_answer:
                await listener()
            return True
        return False

    def _answered(self, query: Query) -> tuple[Look, dict[str, set[int]]]:
        visit = self.place.visit()
        answer = look(visit, query, self.footage.window(query), most=LISTED, reason=self.reason)
        reviews, person = visit.service.reviews, visit.visitor.person.person_id
        ids = {str(track["recording_id"]) for track in answer.tracks}
        return answer, {key: set(reviews.of(person, visit.archive_id, key)) for key in ids}

    async def choose(self, track: TrackId | None, second: float | None = None) -> None:
        """Open the original moment of an object, or close it."""
        self.chosen, self.second = track, second
        self.remember()
        for listener in self.on_choice:
            await listener()

    async def step(self, by: int) -> None:
        """Choose the next object of the list, or the one before."""
        if self.look is None or not self.look.tracks:
            return
        ids = [track_of(row) for row in self.look.tracks]
        at = ids.index(self.chosen) + by if self.chosen in ids else (0 if by > 0 else len(ids) - 1)
        await self.choose(ids[at % len(ids)])

    async def mark(self, *, reviewed: bool | None = None) -> None:
        """Mark the chosen object as looked at, or take the mark away; without a word, the other way round."""
        track = self.chosen
        if track is None:
            return
        yes = not self.is_reviewed(track) if reviewed is None else reviewed
        with self.place.telling():
            await self.place.run(lambda: self._mark(track, yes))
            marks = self.reviewed.setdefault(track.recording_id, set())
            (marks.add if yes else marks.discard)(track.track_id)
            for listener in self.on_choice:
                await listener()

    def _mark(self, track: TrackId, yes: bool) -> None:
        visit = self.place.visit()
        person = visit.visitor.person.person_id
        visit.service.reviews.mark(person, visit.archive_id, track, reviewed=yes)

    def is_reviewed(self, track: TrackId) -> bool:
        """Return whether the person has marked an object."""
        return track.track_id in self.reviewed.get(track.recording_id, ())

    def remember(self) -> None:
        """Let the address say what is looked at, so that it can be sent to somebody, or come back to."""
        ui.navigate.history.replace(self.address())

    def address(self) -> str:
        """Return the address of what is looked at: archive, question, moment."""
        asked = {"q": self.query.text()}
        if self.chosen is not None:
            asked["track"] = str(self.chosen)
            asked["second"] = "" if self.second is None else f"{self.second:.1f}"
        return self.place.url("review", **asked)

    def moment(self, recording_id: str, second: float) -> datetime | None:
        """Return the true time of a second of a recording; None when nobody knows."""
        start = self.recordings[recording_id].start_time
        return None if start is None else start + timedelta(seconds=second)

    def time_told(self, recording_id: str, second: float) -> str:
        """Return that time as a person reads it, or the position in the recording."""
        moment = self.moment(recording_id, second)
        numbers = self.place.numbers
        return numbers.position(second) if moment is None else numbers.clock(moment)

    def class_told(self, name: str) -> str:
        """Return a class in the person's language."""
        return class_told(name, self.place.language)

    def count_told(self, count: int) -> str:
        """Return how many objects, in the person's language."""
        one = words.FOUND_ONE if count == 1 else words.FOUND
        return self.place.say(one, count=self.place.numbers.count(count))

    async def follow(
        self, job: Job, told: ui.label, bar: ui.linear_progress, seen: Callable[[Job], None] | None = None
    ) -> Job:
        """Show how far a job is until it is over, or the page is closed; ``seen`` is told of it each time."""
        place = self.place
        while not job.is_over and not bar.is_deleted:
            stage = words.STAGES.get(job.stage)
            told.text = place.say(words.WAITS) if stage is None else place.say(stage)
            low, high = _SHARES.get(job.stage, (0.0, 0.0))
            bar.value = round(low + (high - low) * job.share, 3)
            await asyncio.sleep(_POLL_S)
            number = job.job_id
            job = await place.run(lambda: making.find_job(place.visit(), number))  # noqa: B023
            if seen is not None:
                seen(job)
        return job


def track_of(row: Mapping[str, Any]) -> TrackId:
    """Return which track a row is of."""
    return TrackId(recording_id=row["recording_id"], track_id=row["track_id"])
