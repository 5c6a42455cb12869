"""The REST API: one router for each resource; each route is a few lines over the functions of this room."""

from apercu.web.api import (
    approvals,
    archives,
    arrangements,
    counts,
    footage,
    jobs,
    oversight,
    people,
    retention,
    searches,
    session,
    signals,
    tokens,
    tracks,
    uploads,
    zones,
)

ROUTERS = (
    session.router,
    people.router,
    tokens.router,
    archives.router,
    footage.router,
    uploads.router,
    counts.router,
    tracks.router,
    zones.router,
    searches.router,
    signals.router,
    jobs.router,
    arrangements.router,
    approvals.router,
    oversight.router,
    retention.router,
)
"""All routers, in the order in which the description lists them."""

__all__ = ["ROUTERS"]
