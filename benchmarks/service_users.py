"""People who click through the review of an archive, over HTTP, and how long each answer takes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "correct horse battery"
POLL_S = 0.3
"""Seconds between two looks at how far a job is, as the pages have it."""
_COME_S = 15.0
"""Seconds within which everybody has come: they do not all log in at one moment."""
_SEEK_BYTES = 1 << 16
_CLASSES = ("person", "car", "truck", "bus", "bicycle", "animal")


@dataclass
class Answers:
    """How long answers took.

    Attributes:
        ms: by kind of question, milliseconds until the whole answer was there.
        wrong: what was answered otherwise than asked for.
    """

    ms: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """What is clicked through.

    Attributes:
        url: of the service.
        many: id of the archive with many tracks. film: of the one with footage.
        cameras: of the first. days: ISO days that it has.
        pause_s: seconds between two clicks of a person, on average.
    """

    url: str
    many: str
    film: str
    cameras: tuple[str, ...]
    days: tuple[str, ...]
    pause_s: float


class User:
    """One person with a browser."""

    def __init__(
        self, goal: Goal, name: str, answers: Answers, client: httpx.AsyncClient, seed: int, until: float
    ) -> None:
        """``until`` is the moment of ``time.monotonic`` at which the person goes."""
        self._goal, self._name, self._answers, self._client = goal, name, answers, client
        self._until = until
        self._random = random.Random(seed)
        self._track = ""
        self._day: dict[str, Any] = {}
        self._turn_day()

    async def click(self) -> None:
        """Log in, and click until it is time to go, whatever is still being made then."""
        await asyncio.sleep(self._random.uniform(0, _COME_S))
        told = await self._ask("login", "POST", "/session", {"name": self._name, "password": PASSWORD})
        if told is None:
            return
        self._client.headers["X-CSRF-Token"] = told.json()["csrf_token"]
        clicks: Mapping[Callable[[], Awaitable[None]], float] = {
            self._open_day: 3,
            self._filter: 4,
            self._list: 4,
            self._look: 2,
            self._mark: 3,
            self._moment: 1,
            self._sheet: 0.3,
        }
        await self._open_day()
        while time.monotonic() < self._until:
            await self._pause()
            (act,) = self._random.choices(list(clicks), list(clicks.values()))
            await act()

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.expovariate(1 / self._goal.pause_s))

    async def _ask(
        self, kind: str, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response | None:
        """Return the answer when it is a good one; how long it took is kept in any case."""
        begun = time.perf_counter()
        try:
            answer = await self._client.request(method, f"/api/v1{path}", json=body, headers=headers)
        except httpx.TransportError as error:
            self._answers.wrong.append(f"{kind}: {error!r}")
            return None
        self._answers.ms.setdefault(kind, []).append(1000 * (time.perf_counter() - begun))
        if answer.is_success:
            return answer
        self._answers.wrong.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return None

    def _turn_day(self) -> None:
        day = self._random.choice(self._goal.days)
        camera = self._random.choice(self._goal.cameras)
        self._day = {"cameras": [camera], "from_time": day, "to_time": day}

    async def _open_day(self) -> None:
        self._turn_day()
        path = f"/archives/{self._goal.many}"
        await self._ask("day timeline", "POST", f"{path}/tracks/activity", {"query": self._day})
        await self._list()

    async def _filter(self) -> None:
        asked = self._day | {"classes": self._random.sample(_CLASSES, 2)}
        await self._ask("counts", "POST", f"/archives/{self._goal.many}/tracks/kinds", {"query": asked})

    async def _list(self) -> None:
        asked = {"query": self._day | {"classes": [self._random.choice(_CLASSES)]}}
        told = await self._ask("tracks", "POST", f"/archives/{self._goal.many}/tracks/search", asked)
        if told is not None and told.json()["tracks"]:
            row = self._random.choice(told.json()["tracks"])
            self._track = f"/archives/{self._goal.many}/recordings/{row['recording_id']}"
            self._track += f"/tracks/{row['track_id']}"

    async def _look(self) -> None:
        if self._track:
            await self._ask("one track", "GET", self._track)

    async def _mark(self) -> None:
        if self._track:
            await self._ask("mark", "PUT", f"{self._track}/reviewed", {"reviewed": True})

    async def _moment(self) -> None:
        """Open an original moment: a clip, and pieces of its video."""
        found = await self._ask("tracks", "POST", f"/archives/{self._goal.film}/tracks/search", {})
        if found is None:
            return
        row = self._random.choice(found.json()["tracks"])
        track = {"recording_id": row["recording_id"], "track_id": row["track_id"]}
        path = await self._job("clip", {"track": track})
        for _ in range(3) if path else ():
            first = self._random.randrange(1 << 15)
            span = f"bytes={first}-{first + _SEEK_BYTES}"
            await self._ask("video range", "GET", f"{path}/video", Range=span)

    async def _sheet(self) -> None:
        path = await self._job("sheet", {})
        if path:
            await self._ask("sheet page", "GET", f"{path}/pages/1")

    async def _job(self, kind: str, body: Any) -> str | None:
        """Begin a job and wait for it; return its address when it is done. Who goes before cancels it."""
        jobs = f"/archives/{self._goal.film}/jobs"
        begun = await self._ask(f"begin {kind}", "POST", f"{jobs}/{kind}", body)
        if begun is None:
            return None
        path = f"{jobs}/{begun.json()['job_id']}"
        while time.monotonic() < self._until:
            await asyncio.sleep(POLL_S)
            told = await self._ask("how far a job is", "GET", path)
            state = None if told is None else told.json()["state"]
            if state == "done":
                return path
            if state not in ("waiting", "running"):
                self._answers.wrong.append(f"{kind}: {told and told.text[:300]}")
                return None
        await self._ask("cancel a job", "DELETE", path)
        return None


async def click_through(goal: Goal, names: list[str], seconds: float) -> Answers:
    """Let people click for so long, all at once."""
    answers, until = Answers(), time.monotonic() + seconds
    # The service closes what is idle for 5 s: a browser that meets with that asks again, this client not.
    limits = httpx.Limits(keepalive_expiry=2)
    clients = [httpx.AsyncClient(base_url=goal.url, timeout=60, limits=limits) for _ in names]
    users = [User(goal, name, answers, clients[i], i, until) for i, name in enumerate(names)]
    await asyncio.gather(*(user.click() for user in users))
    for client in clients:
        await client.aclose()
    return answers
