"""The catalog's two tables. Each column's ``doc`` is its documentation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Double, ForeignKey, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A point in time: aware UTC in Python, UTC without zone in the database (SQLite knows none)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the database UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give Python aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of the catalog's tables."""

    # Constraints need names, or a later migration cannot find them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, float: Double, dict[str, Any]: JSON}


class Recording(Table):
    """One row per recording."""

    __tablename__ = "recordings"

    recording_id: Mapped[str] = mapped_column(primary_key=True, doc="first 16 digits of content_hash")
    content_hash: Mapped[str] = mapped_column(unique=True, doc="SHA-256 of the file, 64 hexadecimal digits")
    path: Mapped[str] = mapped_column(doc="the file, as the user gave it")
    absolute_path: Mapped[str] = mapped_column(doc="where the file was when it was added")
    file_name: Mapped[str] = mapped_column(doc="last part of the path, or what its sender calls it")
    size_bytes: Mapped[int] = mapped_column(BigInteger, doc="size of the file, bytes")
    camera: Mapped[str] = mapped_column(index=True, doc="name of the camera")
    start_time: Mapped[datetime | None] = mapped_column(
        index=True, doc="true time of the first frame, UTC; null when nobody knows"
    )
    start_source: Mapped[str] = mapped_column(doc="where start_time came from; empty when nobody knows")
    duration_s: Mapped[float] = mapped_column(doc="length, seconds")
    width: Mapped[int] = mapped_column(doc="square pixels, upright")
    height: Mapped[int] = mapped_column(doc="square pixels, upright")
    rotation: Mapped[int] = mapped_column(doc="degrees clockwise that the picture was turned to be upright")
    rate: Mapped[float | None] = mapped_column(doc="nominal frames per second; null when not stated")
    codec: Mapped[str] = mapped_column(doc="FFmpeg's name of the codec")
    time_base_numerator: Mapped[int] = mapped_column(BigInteger, doc="seconds per tick of pts: numerator")
    time_base_denominator: Mapped[int] = mapped_column(BigInteger, doc="seconds per tick of pts: denominator")
    added_at: Mapped[datetime] = mapped_column(doc="when the recording first came into the archive, UTC")

    analyses: Mapped[list[Analysis]] = relationship(
        back_populates="recording", cascade="all, delete-orphan", passive_deletes=True
    )


class Analysis(Table):
    """One row per analysis; only the current one of a recording has data, the earlier ones were replaced."""

    __tablename__ = "analyses"

    analysis_id: Mapped[str] = mapped_column(primary_key=True, doc="16 hexadecimal digits, new every time")
    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.recording_id", ondelete="CASCADE"), index=True, doc="recording analysed"
    )
    settings_hash: Mapped[str] = mapped_column(doc="16 digits of the SHA-256 of settings as canonical JSON")
    settings: Mapped[dict[str, Any]] = mapped_column(doc="what the result depends on, JSON")
    engine_version: Mapped[str] = mapped_column(doc="the Aperçu that made it")
    detector: Mapped[str] = mapped_column(doc="name of the detector's model card")
    detector_hash: Mapped[str] = mapped_column(doc="SHA-256 of the detector's model")
    track_count: Mapped[int] = mapped_column(doc="rows of tracks.parquet")
    observation_count: Mapped[int] = mapped_column(BigInteger, doc="rows of observations.parquet")
    grid_width: Mapped[int] = mapped_column(doc="cells of the mask grid, across")
    grid_height: Mapped[int] = mapped_column(doc="cells of the mask grid, down")
    created_at: Mapped[datetime] = mapped_column(doc="when the analysis was stored, UTC")
    folder: Mapped[str] = mapped_column(doc="where it lies, relative to the archive")
    is_current: Mapped[bool] = mapped_column(doc="whether this is the recording's analysis with data")
    summary: Mapped[dict[str, Any]] = mapped_column(
        doc="JSON: stage_seconds (seconds of work per stage), warnings (list of sentences), camera_moved "
        "(first and last second of each time the camera moved), growing (whether the file was still being "
        "written), schema_version (of the columns; 1 when absent) and effort (shares of pictures decoded and "
        "shown to the detector, seconds taken for quiet, why not more)"
    )

    recording: Mapped[Recording] = relationship(back_populates="analyses")

    __table_args__ = (
        Index(
            "uq_analyses_current",
            "recording_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )
