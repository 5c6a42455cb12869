"""Saved searches: questions that are asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from apercu.archive.searches import SavedSearch, read_searches, remove_search, save_search, saved_search
from apercu.purposes import Capability
from apercu.search import Query, read_query, sentence
from apercu.web.api.common import NamePath, ReasonParameter, TheVisit, asks, new_router

router = new_router("searches", "/archives/{archive_id}/searches")


class NewSearch(BaseModel):
    """A question that is to be saved."""

    query: Query
    reason: Annotated[str, Field(max_length=2000)] = ""


class SearchAnswer(BaseModel):
    """A saved search."""

    name: str
    text: str = Field(description="the question in words, as docs/search.md tells")
    sentence: str = Field(description="the question in a sentence")
    query: Query
    recorded: datetime
    actor: str = Field(description="who saved it")
    reason: str


@router.get("", operation_id="list_searches", openapi_extra=asks())
def list_searches(visit: TheVisit) -> list[SearchAnswer]:
    """List the saved searches of an archive."""
    return [_answer(saved) for saved in read_searches(visit.archive).values()]


@router.get("/{name}", operation_id="read_search", openapi_extra=asks())
def read_search(visit: TheVisit, name: NamePath) -> SearchAnswer:
    """Return a saved search."""
    return _answer(saved_search(visit.archive, name))


@router.put("/{name}", operation_id="put_search", openapi_extra=asks(Capability.MANAGE))
def put_search(visit: TheVisit, name: NamePath, body: NewSearch) -> SearchAnswer:
    """Save a search; one of the same name is replaced."""
    return _answer(save_search(visit.archive, name, body.query.text(), reason=body.reason))


@router.delete(
    "/{name}", operation_id="delete_search", status_code=204, openapi_extra=asks(Capability.MANAGE)
)
def delete_search(visit: TheVisit, name: NamePath, reason: ReasonParameter = None) -> None:
    """Forget a saved search."""
    remove_search(visit.archive, name, reason=reason or "")


def _answer(saved: SavedSearch) -> SearchAnswer:
    query = read_query(saved.text)
    return SearchAnswer(
        name=saved.name,
        text=saved.text,
        sentence=sentence(query),
        query=query,
        recorded=saved.recorded,
        actor=saved.actor,
        reason=saved.reason,
    )
