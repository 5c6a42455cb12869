"""Single sign-on by OpenID Connect: another service says who somebody is; roles and rights are given here."""

from __future__ import annotations

from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from apercu.errors import LoginError
from apercu.web.settings import SingleSignOn

_NAME = "provider"


class Provider:
    """The service that vouches for people."""

    def __init__(self, settings: SingleSignOn, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """Use the service that ``settings`` name; ``transport`` replaces the network in tests."""
        self._issuer = settings.issuer
        more: dict[str, Any] = {} if transport is None else {"transport": transport}
        self._oauth = OAuth()
        self._oauth.register(
            _NAME,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", **more},
        )

    async def begin(self, request: Request, back: str) -> Response:
        """Return the way to there; ``back`` is where it leads back to.

        Raises:
            LoginError: the service cannot be reached, or is none.
        """
        try:
            answer: Response = await self._client.authorize_redirect(request, back)
        except (AuthlibBaseError, httpx2.HTTPError, ValueError, KeyError) as error:
            raise self._failed(error) from error
        return answer

    async def end(self, request: Request) -> tuple[str, str]:
        """Return who it is: issuer and subject, which never change, and a name.

        Raises:
            LoginError: the answer is not for this browser, not now, not signed, or refuses.
        """
        try:
            token = await self._client.authorize_access_token(request)
            claims = token["userinfo"]
            subject = f"{claims['iss']} {claims['sub']}"
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError) as error:
            raise self._failed(error) from error
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return subject, str(name)

    @property
    def _client(self) -> Any:
        return self._oauth.create_client(_NAME)

    def _failed(self, error: Exception) -> LoginError:
        return LoginError(
            f"single sign-on did not work ({type(error).__name__})",
            where=self._issuer,
            next_step="Try again, or log in with a password.",
        )
