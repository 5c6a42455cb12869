"""Roles, routes and codes of the service."""

from __future__ import annotations

from fastapi.routing import APIRoute

from apercu import purposes
from apercu.web.api import ROUTERS
from apercu.web.errors import STATUS
from apercu.web.roles import CAPABILITIES, Role
from blocks.markdown import table


def role_table() -> str:
    """Return what each role may ask for: one row per capability."""
    return table(
        ("capability", *(f"`{role}`" for role in Role)),
        (
            (f"`{c}`", *("●" if c in CAPABILITIES[role] else "·" for role in Role))
            for c in purposes.Capability
        ),
    )


def role_meanings() -> str:
    """Return what each role is for."""
    return table(("role", "what it is for"), ((f"`{role}`", role.meaning.en) for role in Role))


def routes() -> str:
    """Return every route of the REST API: what it does, and what it asks the gate for."""
    rows = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            asked = (route.openapi_extra or {}).get("x-capabilities", ())
            method = next(iter(route.methods or ()))
            told = (route.description or "").partition("\n")[0]
            rows.append((f"`{method} {route.path}`", told, ", ".join(f"`{name}`" for name in asked)))
    return table(("route", "what it does", "asks for"), rows)


def http_codes() -> str:
    """Return the HTTP code of each branch of errors."""
    rows = ((f"`{kind.__name__}`", str(code)) for kind, code in STATUS.items())
    return table(("error", "code"), rows)
