"""The tables of the service's own database. Each column's ``doc`` is its documentation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apercu.archive.tables import Moment, Table


class ServiceTable(DeclarativeBase):
    """Base of the service's tables."""

    metadata = MetaData(naming_convention=Table.metadata.naming_convention)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, bytes: LargeBinary}


class PersonRow(ServiceTable):
    """One row per account."""

    __tablename__ = "people"

    person_id: Mapped[int] = mapped_column(primary_key=True, doc="number of the account")
    name: Mapped[str] = mapped_column(doc="as the person writes it")
    name_key: Mapped[str] = mapped_column(unique=True, doc="the name in one spelling, to find it by")
    password_hash: Mapped[str | None] = mapped_column(doc="Argon2id; null where another service vouches")
    subject: Mapped[str | None] = mapped_column(
        unique=True, doc="issuer and subject by which another service knows the person"
    )
    roles: Mapped[str] = mapped_column(doc="names of roles with spaces between them")
    is_disabled: Mapped[bool] = mapped_column(doc="whether the person may no longer log in")
    created_at: Mapped[datetime] = mapped_column(doc="when the account was made, UTC")


class RightRow(ServiceTable):
    """One row per person and archive that the person may enter."""

    __tablename__ = "rights"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id", ondelete="CASCADE"), primary_key=True, doc="whose right it is"
    )
    archive_id: Mapped[str] = mapped_column(primary_key=True, doc="first 16 digits of its ledger's name")
    ends: Mapped[date] = mapped_column(doc="last day on which it holds, by the archive's calendar")
    granted_by: Mapped[str] = mapped_column(doc="who gave it")
    granted_at: Mapped[datetime] = mapped_column(doc="when it was given, UTC")


class SessionRow(ServiceTable):
    """One row per browser in which somebody is logged in."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(primary_key=True, doc="SHA-256 of what the cookie holds")
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id", ondelete="CASCADE"), index=True, doc="who is logged in"
    )
    csrf: Mapped[str] = mapped_column(doc="what a request that changes something has to know")
    began_at: Mapped[datetime] = mapped_column(doc="when the person logged in, UTC")
    used_at: Mapped[datetime] = mapped_column(doc="when it was last used, UTC, to the minute")


class TokenRow(ServiceTable):
    """One row per token for programs."""

    __tablename__ = "tokens"

    token_id: Mapped[int] = mapped_column(primary_key=True, doc="number of the token")
    digest: Mapped[bytes] = mapped_column(unique=True, doc="SHA-256 of the token")
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id", ondelete="CASCADE"), index=True, doc="for whom it speaks"
    )
    name: Mapped[str] = mapped_column(doc="what it is for")
    scopes: Mapped[str] = mapped_column(doc="capabilities it may ask for, with spaces between them")
    created_at: Mapped[datetime] = mapped_column(doc="when it was made, UTC")
    expires_at: Mapped[datetime] = mapped_column(doc="when it ends, UTC")


class ApprovalRow(ServiceTable):
    """One row per request that another person has to approve."""

    __tablename__ = "approvals"

    approval_id: Mapped[int] = mapped_column(primary_key=True, doc="number of the request")
    archive_id: Mapped[str] = mapped_column(index=True, doc="first 16 digits of its ledger's name")
    person_id: Mapped[int] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"), doc="who asks")
    capability: Mapped[str] = mapped_column(doc="what is asked for")
    subject: Mapped[str] = mapped_column(doc="on what, as it stands in the ledger")
    reason: Mapped[str] = mapped_column(doc="why")
    asked_at: Mapped[datetime] = mapped_column(doc="when, UTC")
    decided_by: Mapped[int | None] = mapped_column(
        ForeignKey("people.person_id", ondelete="SET NULL"), doc="who decided; null while nobody has"
    )
    decided_at: Mapped[datetime | None] = mapped_column(doc="when it was decided, UTC")
    is_approved: Mapped[bool | None] = mapped_column(doc="what was decided")
    remark: Mapped[str] = mapped_column(doc="what was said with the decision; may be empty")
    expires_at: Mapped[datetime] = mapped_column(doc="when the request, or the approval, ends, UTC")


class ReviewRow(ServiceTable):
    """One row per track that a person has marked as looked at."""

    __tablename__ = "reviews"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.person_id", ondelete="CASCADE"), primary_key=True, doc="who looked at it"
    )
    archive_id: Mapped[str] = mapped_column(primary_key=True, doc="first 16 digits of its ledger's name")
    recording_id: Mapped[str] = mapped_column(primary_key=True, doc="recording of the track")
    track_id: Mapped[int] = mapped_column(primary_key=True, doc="the track in it")
    marked_at: Mapped[datetime] = mapped_column(doc="when it was marked, UTC")


class UploadRow(ServiceTable):
    """One row per file that was, or is being, sent to an archive."""

    __tablename__ = "uploads"

    upload_id: Mapped[str] = mapped_column(primary_key=True, doc="32 letters: how its file is called")
    archive_id: Mapped[str] = mapped_column(index=True, doc="first 16 digits of its ledger's name")
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.person_id", ondelete="SET NULL"), doc="who sends it"
    )
    label: Mapped[str] = mapped_column(doc="what the file is called where it comes from; only to be read")
    suffix: Mapped[str] = mapped_column(doc="what its file ends in here, one of a list")
    stamp: Mapped[str] = mapped_column(doc="by which a browser finds a file again that it began to send")
    size_bytes: Mapped[int] = mapped_column(BigInteger, doc="how large the whole is")
    created_at: Mapped[datetime] = mapped_column(doc="when it was begun, UTC")
    touched_at: Mapped[datetime] = mapped_column(doc="when something last came, or was done with it, UTC")
    finished_at: Mapped[datetime | None] = mapped_column(doc="when it was all there, UTC")
    recording_id: Mapped[str | None] = mapped_column(doc="the recording that was analysed from it")
    problem: Mapped[str | None] = mapped_column(doc="why it could not be analysed or counted, JSON")
