"""Tracks: found by a query, counted by kind and minute, and each by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
from fastapi import Response
from pydantic import BaseModel, Field, create_model

from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.purposes import Capability
from apercu.search import Query, TrackId
from apercu.web import reading
from apercu.web.api.common import (
    ReasonParameter,
    RecordingPath,
    TheService,
    TheVisit,
    TrackPath,
    asks,
    new_router,
)
from apercu.web.exporting import MEDIA_TYPES, Format, export_tracks
from apercu.web.reading import Activity, Kinds

router = new_router("tracks", "/archives/{archive_id}")

Reason = Annotated[str, Field(max_length=2000)]


def _kind(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return list[_kind(kind.value_type)]  # type: ignore[misc]
    if pa.types.is_string(kind):
        return str
    if pa.types.is_timestamp(kind):
        return datetime
    return float if pa.types.is_floating(kind) else int


def _model(name: str, schema: pa.Schema, columns: tuple[str, ...], *, lists: bool = False) -> Any:
    """Return the model of a row of a table, or of its columns as lists, with the columns' own meanings."""
    fields: dict[str, Any] = {}
    of_class: dict[str, Any] = {"validation_alias": "class", "serialization_alias": "class"}
    for column in columns:
        field = schema.field(column)
        kind = _kind(field.type)
        kind = kind | None if field.nullable else kind
        about = (field.metadata or {})[b"about"].decode()
        alias = of_class if column == "class" else {}
        of = list[kind] if lists else kind  # type: ignore[valid-type]
        fields["class_name" if column == "class" else column] = (of, Field(description=about, **alias))
    return create_model(name, **fields)


if TYPE_CHECKING:

    class TrackRow(BaseModel):
        """A track in a list; see ``TRACK_SCHEMA``."""

    class TrackAnswer(BaseModel):
        """A track with its path; see ``TRACK_SCHEMA``."""

    class ObservationsAnswer(BaseModel):
        """Where a track was; see ``OBSERVATION_SCHEMA``."""

else:
    TrackRow = _model("TrackRow", TRACK_SCHEMA, reading.LISTED)
    TrackAnswer = _model("Track", TRACK_SCHEMA, tuple(TRACK_SCHEMA.names))
    ObservationsAnswer = _model("Observations", OBSERVATION_SCHEMA, reading.OBSERVED, lists=True)


class Question(BaseModel):
    """A query, and why it is asked."""

    query: Query = Query()
    reason: Reason | None = Field(None, description="why; recorded in the archive's ledger")


class TrackQuestion(Question):
    """A query for tracks."""

    kinds: bool = Field(False, description="count the kinds, too, over all pages")


class ExportQuestion(Question):
    """A query whose tracks leave the archive as a file."""

    format: Format = "csv"


class TrackPageAnswer(BaseModel):
    """Some of the tracks that a query found."""

    tracks: list[TrackRow]
    total: int = Field(description="how many there are on all pages")
    looked_through: int = Field(description="tracks in the recordings that may hold any")
    next_cursor: TrackId | None = Field(description="the query's cursor for the next page; null on the last")
    kinds: Kinds | None = Field(description="of all pages; null when they were not asked for")


class ReviewedAnswer(BaseModel):
    """The tracks of a recording that who asks has marked as looked at."""

    reviewed: list[int]


class Mark(BaseModel):
    """A mark on a track."""

    reviewed: bool = True


@router.post("/tracks/search", operation_id="find_tracks", openapi_extra=asks(Capability.SEARCH))
def find_tracks(visit: TheVisit, body: TrackQuestion) -> TrackPageAnswer:
    """Find tracks, a page of 100 (``limit``, at most 1000) at a time."""
    found = reading.find_tracks(visit, body.query, reason=body.reason, kinds=body.kinds)
    return TrackPageAnswer.model_validate(found, from_attributes=True)


@router.post("/tracks/kinds", operation_id="count_kinds", openapi_extra=asks(Capability.SEARCH))
def count_kinds(visit: TheVisit, body: Question) -> Kinds:
    """Count what a query finds by class, camera, hour and day."""
    return reading.count_kinds(visit, body.query, reason=body.reason)


@router.post("/tracks/activity", operation_id="read_activity", openapi_extra=asks(Capability.SEARCH))
def read_activity(visit: TheVisit, body: Question) -> Activity:
    """Return how many of the tracks that a query finds were there in each minute, by class."""
    return reading.activity(visit, body.query, reason=body.reason)


@router.post(
    "/tracks/export",
    operation_id="export_tracks",
    response_class=Response,
    responses={
        200: {
            "content": {kind: {} for kind in MEDIA_TYPES.values()},
            "description": "The tracks as a file.",
        }
    },
    openapi_extra=asks(Capability.EXPORT_TRACKS, Capability.SEARCH),
)
def export(visit: TheVisit, body: ExportQuestion) -> Response:
    """Write what a query finds to a file that leaves the archive."""
    content = export_tracks(visit, body.query, body.format, reason=body.reason)
    name = f'attachment; filename="tracks.{body.format}"'
    return Response(content, media_type=MEDIA_TYPES[body.format], headers={"Content-Disposition": name})


@router.get(
    "/recordings/{recording_id}/tracks/{track_id}",
    operation_id="read_track",
    openapi_extra=asks(Capability.READ_TRACKS),
)
def read_track(
    visit: TheVisit, recording_id: RecordingPath, track_id: TrackPath, reason: ReasonParameter = None
) -> TrackAnswer:
    """Return one track with its path."""
    track = TrackId(recording_id=recording_id, track_id=track_id)
    return TrackAnswer.model_validate(reading.read_track(visit, track, reason=reason))


@router.get(
    "/recordings/{recording_id}/tracks/{track_id}/observations",
    operation_id="read_observations",
    openapi_extra=asks(Capability.READ_TRACKS),
)
def read_observations(
    visit: TheVisit, recording_id: RecordingPath, track_id: TrackPath, reason: ReasonParameter = None
) -> ObservationsAnswer:
    """Return where one track was at every analysed timecode: a list for each column."""
    track = TrackId(recording_id=recording_id, track_id=track_id)
    return ObservationsAnswer.model_validate(reading.read_observations(visit, track, reason=reason))


@router.get("/recordings/{recording_id}/reviewed", operation_id="list_reviewed", openapi_extra=asks())
def list_reviewed(visit: TheVisit, service: TheService, recording_id: RecordingPath) -> ReviewedAnswer:
    """List the tracks of a recording that one has marked as looked at."""
    visit.archive.recording(recording_id)
    person_id = visit.visitor.person.person_id
    return ReviewedAnswer(reviewed=service.reviews.of(person_id, visit.archive_id, recording_id))


@router.put(
    "/recordings/{recording_id}/tracks/{track_id}/reviewed",
    operation_id="mark_reviewed",
    status_code=204,
    openapi_extra=asks(),
)
def mark_reviewed(
    visit: TheVisit, service: TheService, recording_id: RecordingPath, track_id: TrackPath, body: Mark
) -> None:
    """Mark a track as looked at by oneself, or take the mark away."""
    visit.archive.recording(recording_id)
    track = TrackId(recording_id=recording_id, track_id=track_id)
    service.reviews.mark(visit.visitor.person.person_id, visit.archive_id, track, reviewed=body.reviewed)
