"""The service: its archives, its people, its jobs. The API and the pages call it, and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from apercu.archive.settings import read_settings
from apercu.disk import replace_file, try_lock, writing
from apercu.errors import LoginError, UsageError
from apercu.purposes import Capability
from apercu.web.accounts import Accounts
from apercu.web.approvals import Approvals
from apercu.web.arranging import LastTubes
from apercu.web.attempts import Attempts
from apercu.web.database import Database
from apercu.web.jobs import Job, Jobs
from apercu.web.opened import OpenArchives
from apercu.web.publication import Publication
from apercu.web.reviews import Reviews
from apercu.web.rights import Rights
from apercu.web.sessions import Sessions
from apercu.web.settings import DATABASE, JOBS, LOCK, SECRET, UPLOADS, ServiceSettings
from apercu.web.tokens import PREFIX, Tokens
from apercu.web.uploading import sweep
from apercu.web.uploads import Limits, Uploads
from apercu.web.visit import PersonGuard, Visit, Visitor

ID_DIGITS = 16

P = ParamSpec("P")
Result = TypeVar("Result")


class Service:
    """Everything behind the routes and the pages.

    Attributes:
        settings: how it is run.
        archives: the folders of its archives, by id: the first 16 digits of the ledger's fingerprint, which
            stay the same wherever the folder is moved.
        accounts, rights, sessions, tokens, approvals, reviews, attempts: its people.
        jobs: its long work.
        tubes: what is held for those who shape a synopsis.
        uploads: files that people send.
        publication: what everybody may see of the archives, where the controller allows it.
        secret: 64 hexadecimal digits that sign cookies on the way to and from single sign-on.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        """Start the service; ``close`` ends it.

        Raises:
            ArchiveNotFoundError, ArchiveDamagedError: an archive cannot be used.
            UsageError: two folders hold the same archive, or another service uses this home.
            OutputError: the home cannot be written.
        """
        self.settings = settings
        self.archives = _identified(settings.archives)
        self._open = OpenArchives(self.archives)
        with writing(settings.home):
            settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = try_lock(settings.home / LOCK)
        if lock is None:
            raise UsageError(
                "another service uses this folder", where=settings.home, next_step="Stop it, or name another."
            )
        self._lock = lock
        self.secret = _secret(settings.home / SECRET)
        self._database = Database(settings.home / DATABASE)
        self.attempts = Attempts()
        self.accounts = Accounts(self._database, self.attempts)
        self.rights = Rights(self._database)
        self.sessions = Sessions(self._database, settings.idle_s, settings.longest_s)
        self.tokens = Tokens(self._database)
        self.approvals = Approvals(self._database, settings.approval_s)
        self.reviews = Reviews(self._database)
        self.jobs = Jobs(
            settings.home / JOBS,
            at_once=settings.jobs,
            waiting=settings.waiting,
            waiting_each=settings.waiting_each,
            kept_s=settings.result_s,
        )
        self.tubes = LastTubes()
        limits = Limits(
            settings.upload_bytes, settings.quota_bytes, settings.reserve_bytes, settings.unfinished_s
        )
        self.uploads = Uploads(self._database, settings.uploads or settings.home / UPLOADS, limits)
        self.publication = Publication(self.archives if settings.public_oversight else {})
        self._threads = anyio.CapacityLimiter(settings.threads)
        self._strangers = anyio.CapacityLimiter(1)

    def close(self) -> None:
        """Stop jobs, erase their results, and let go of the home."""
        import os

        self.jobs.close()
        self._database.close()
        os.close(self._lock)

    def tidy(self) -> None:
        """Erase what is over its time: results of jobs, and files that people sent; and results that show
        recordings which are no longer here, or people as filmed when the approval for it has ended. Let go of
        tubes of such recordings.

        Raises:
            ArchiveError: an archive cannot be used.
        """
        self.jobs.sweep()
        sweep(self)
        self.tubes.sweep(self._open.get)
        for archive_id in self.archives:
            shown = self.jobs.showing(archive_id)
            if shown:
                archive = self._open.get(archive_id)
                held = {row.recording_id for row in archive.recordings()}
                gone = [job.job_id for job in shown if job.made and not job.made.recording_ids <= held]
                if Capability.SHOW_UNREDACTED in archive.settings.declaration.purpose.four_eyes:
                    gone += [job.job_id for job in shown if not self._is_approved(job)]
                self.jobs.erase(gone)

    def _is_approved(self, job: Job) -> bool:
        """Return whether a result shows nobody as filmed, or the approval of that still holds."""
        shown = "" if job.made is None else job.made.as_filmed
        asked = (job.person_id, job.archive_id, Capability.SHOW_UNREDACTED, shown)
        return not shown or self.approvals.granted(*asked) is not None

    async def run(self, work: Callable[P, Result], *args: P.args, **more: P.kwargs) -> Result:
        """Run blocking work in one of a few threads, while others are served."""
        return await anyio.to_thread.run_sync(partial(work, *args, **more), limiter=self._threads)

    async def run_for_strangers(self, work: Callable[P, Result], *args: P.args, **more: P.kwargs) -> Result:
        """Run blocking work for somebody who is not logged in: one after the other, so that however many ask,
        those who are find a thread.
        """
        return await anyio.to_thread.run_sync(partial(work, *args, **more), limiter=self._strangers)

    def identify(self, cookie: str | None, authorization: str | None) -> Visitor:
        """Return who asks.

        Args:
            cookie: what the session's cookie holds.
            authorization: the header of this name; a token stands there as ``Bearer apercu_...``.

        Raises:
            LoginError: nobody, or no longer.
        """
        if authorization is not None:
            kind, _, secret = authorization.partition(" ")
            if kind.lower() != "bearer" or not secret.startswith(PREFIX):
                raise LoginError("this authorization is none", next_step="Send: Bearer apercu_...")
            person, token = self.tokens.find(secret.strip())
            return Visitor(person, token=token)
        if not cookie:
            raise LoginError("nobody is logged in", next_step="Log in.")
        session = self.sessions.find(cookie)
        return Visitor(session.person, session=session)

    def visit(self, visitor: Visitor, archive_id: str) -> Visit:
        """Let a person into an archive.

        Raises:
            NothingToShowError: there is no such archive.
            RightError: the person has no right in it, or no longer.
            ArchiveError: it cannot be used.
        """
        archive = self._open.get(archive_id)
        settings = archive.settings
        self.rights.holder(visitor.person.person_id, archive_id, settings.zone)
        guard = PersonGuard(
            visitor,
            archive_id,
            settings.zone,
            self.rights,
            self.approvals,
            settings.declaration.purpose,
        )
        return Visit(self, visitor, archive_id, archive.asked_by(visitor.actor, guard))

    def visits(self, visitor: Visitor) -> list[Visit]:
        """Let a person into every archive in which the person has a right that holds."""
        held = []
        for right in self.rights.of(visitor.person.person_id):
            archive_id = right.archive_id
            if archive_id in self.archives and right.holds(self._open.get(archive_id).settings.zone):
                held.append(self.visit(visitor, archive_id))
        return held

    def record_management(self, actor: str, archive_id: str, subject: str, *, must: bool) -> None:
        """Leave an entry that somebody changed who may enter an archive.

        Args:
            actor: who did.
            archive_id: which archive.
            subject: what was changed.
            must: refuse the change where the purpose does; a right can be ended whatever the purpose says.

        Raises:
            NothingToShowError: there is no such archive.
            RefusedError: the purpose has no ``manage``, or not now.
        """
        gate = self._open.get(archive_id).asked_by(actor).gate
        if must or gate.allows(Capability.MANAGE):
            gate.require(Capability.MANAGE, subject=subject, reason="people and their rights")


def _identified(folders: tuple[Path, ...]) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        archive_id = read_settings(folder.absolute()).ledger[:ID_DIGITS]
        if archive_id in found:
            raise UsageError(
                f"is the same archive as {found[archive_id]}", where=folder, next_step="Name it once."
            )
        found[archive_id] = folder.absolute()
    return MappingProxyType(found)


def _secret(path: Path) -> str:
    """Return the service's secret, made when there is none yet."""
    with writing(path):
        if not path.exists():
            path.touch(mode=0o600)
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) != 64:
            kept = secrets.token_hex(32)
            replace_file(path, kept.encode())
            path.chmod(0o600)
    return kept
