"""Accounts, roles, and rights in archives: an administrator's."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from apercu.web.accounts import Person
from apercu.web.api.common import Administrator, ArchiveId, PersonPath, TheService, new_router
from apercu.web.granting import change_account, give_right, take_right
from apercu.web.passwords import LONGEST
from apercu.web.rights import Right
from apercu.web.roles import Role

router = new_router("people", "/people")

Password = Annotated[str, Field(max_length=LONGEST)]


class NewPerson(BaseModel):
    """A new account."""

    name: Annotated[str, Field(max_length=200)]
    roles: frozenset[Role] = frozenset()
    password: Password | None = Field(None, description="null for somebody who comes by single sign-on")


class PersonChange(BaseModel):
    """What is to be changed; what is left out or null stays."""

    roles: frozenset[Role] | None = None
    password: Password | None = None
    is_disabled: bool | None = None


class NewRight(BaseModel):
    """A right in an archive."""

    ends: date = Field(description="last day on which it holds")


@router.get("", operation_id="list_people")
def list_people(service: TheService, _: Administrator) -> list[Person]:
    """List everybody."""
    return service.accounts.everyone()


@router.post("", operation_id="add_person", status_code=201)
def add_person(body: NewPerson, service: TheService, _: Administrator) -> Person:
    """Make an account."""
    return service.accounts.create(body.name, body.roles, body.password)


@router.get("/{person_id}", operation_id="read_person")
def read_person(person_id: PersonPath, service: TheService, _: Administrator) -> Person:
    """Return one person."""
    return service.accounts.find(person_id)


@router.patch("/{person_id}", operation_id="change_person")
def change_person(
    person_id: PersonPath, body: PersonChange, service: TheService, who: Administrator
) -> Person:
    """Change roles or password, or disable an account; the ledgers of its archives say so."""
    return change_account(
        service,
        who.actor,
        person_id,
        roles=body.roles,
        password=body.password,
        is_disabled=body.is_disabled,
    )


@router.get("/{person_id}/rights", operation_id="list_rights")
def list_rights(person_id: PersonPath, service: TheService, _: Administrator) -> list[Right]:
    """List a person's rights, ended ones too."""
    return service.rights.of(service.accounts.find(person_id).person_id)


@router.put("/{person_id}/rights/{archive_id}", operation_id="grant_right")
def grant_right(
    person_id: PersonPath, archive_id: ArchiveId, body: NewRight, service: TheService, who: Administrator
) -> Right:
    """Give a person a right in an archive, or change its end; the archive's ledger says so."""
    return give_right(service, who.actor, person_id, archive_id, body.ends)


@router.delete("/{person_id}/rights/{archive_id}", operation_id="end_right", status_code=204)
def end_right(person_id: PersonPath, archive_id: ArchiveId, service: TheService, who: Administrator) -> None:
    """End a person's right in an archive now; the archive's ledger says so."""
    take_right(service, who.actor, person_id, archive_id)
