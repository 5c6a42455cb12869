"""Tokens for programs: each person's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from apercu.errors import RightError
from apercu.purposes import Capability
from apercu.web.api.common import NumberPath, TheService, TheVisitor, new_router
from apercu.web.tokens import LONGEST_DAYS, Token
from apercu.web.visit import Visitor

router = new_router("tokens", "/tokens")


class NewToken(BaseModel):
    """A token that is to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="what it is for")]
    scopes: frozenset[Capability] = Field(description="the capabilities that it may ask for")
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="for how long")] = 30


class TokenAnswer(BaseModel):
    """A token that was made; its secret is told once."""

    secret: str = Field(description="send it as: Authorization: Bearer apercu_...")
    token: Token


@router.get("", operation_id="list_tokens")
def list_tokens(service: TheService, visitor: TheVisitor) -> list[Token]:
    """List one's own tokens, ended ones too."""
    return service.tokens.of(visitor.person.person_id)


@router.post("", operation_id="make_token", status_code=201)
def make_token(body: NewToken, service: TheService, visitor: TheVisitor) -> TokenAnswer:
    """Make a token that speaks for oneself."""
    _in_a_session(visitor)
    secret, token = service.tokens.create(visitor.person, body.name, body.scopes, body.days)
    return TokenAnswer(secret=secret, token=token)


@router.delete("/{token_id}", operation_id="delete_token", status_code=204)
def delete_token(token_id: NumberPath, service: TheService, visitor: TheVisitor) -> None:
    """End one of one's own tokens."""
    _in_a_session(visitor)
    service.tokens.delete(visitor.person.person_id, token_id)


def _in_a_session(visitor: Visitor) -> None:
    if visitor.session is None:
        raise RightError("a token cannot make or end tokens", next_step="Log in.")
