"""How the service is run: its archives, its own folder, where it listens, how long sessions last."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from apercu.errors import UsageError

JOBS, DATABASE, LOCK, SECRET, UPLOADS = "jobs", "service.sqlite", ".lock", "secret", "uploads"
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """A provider of OpenID Connect whose word is taken for who somebody is.

    Attributes:
        issuer: its address; below it lies ``.well-known/openid-configuration``.
        client_id, client_secret: how the service is registered there.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How the service is run.

    Attributes:
        archives: the folders of the archives that it serves.
        footage: folders whose recordings may be analysed into the archives.
        uploads: where files lie that people send; None means a folder in ``home``.
        upload_bytes: most that one file may have that is sent.
        quota_bytes: most that all files may have together that are sent to one archive.
        reserve_bytes: what uploads leave free on their disk.
        unfinished_s: a file goes of which no more came for so long, seconds.
        home: its own folder: accounts, rights, results of jobs.
        host, port: where it listens.
        certificate, key: PEM files; with them it speaks TLS.
        idle_s: a session ends when it was not used for so long, seconds.
        longest_s: a session ends after so long whatever happens, seconds.
        threads: pieces of work at once that would keep others waiting, besides jobs.
        jobs: long jobs at once; more wait.
        waiting: jobs that may wait.
        waiting_each: jobs of one person that may wait.
        result_s: how long the result of a job is kept, seconds. It shows footage, so it is not kept long.
        body_bytes: most that one request may send.
        approval_s: how long an approval holds, seconds; a request for one waits seven times as long.
        single_sign_on: who else may say who somebody is.
        public_oversight: whether everybody may see what the archives are for, may do and did; nothing that
            was filmed, and no reason that anybody wrote.

    Raises:
        UsageError: a value makes no sense.
    """

    archives: tuple[Path, ...]
    home: Path
    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    key: Path | None = None
    idle_s: int = 30 * 60
    longest_s: int = 12 * 3600
    threads: int = 8
    jobs: int = 1
    waiting: int = 20
    waiting_each: int = 5
    result_s: int = 24 * 3600
    body_bytes: int = 1 << 20
    approval_s: int = 24 * 3600
    single_sign_on: SingleSignOn | None = None
    public_oversight: bool = False
    footage: tuple[Path, ...] = ()
    uploads: Path | None = None
    upload_bytes: int = 64 * GIB
    quota_bytes: int = 512 * GIB
    reserve_bytes: int = 1 * GIB
    unfinished_s: int = 7 * 24 * 3600

    def __post_init__(self) -> None:
        if not self.archives:
            raise UsageError("no archive is named", next_step="Name at least one folder.")
        if (self.certificate is None) != (self.key is None):
            raise UsageError(
                "a certificate and its key belong together", next_step="Give --certificate and --key."
            )

    @property
    def tls(self) -> bool:
        """Whether it speaks TLS."""
        return self.certificate is not None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name: who can tell where it leads
            return False


def default_home() -> Path:
    """Return where the service keeps its own things unless told otherwise."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "apercu" / "service"
