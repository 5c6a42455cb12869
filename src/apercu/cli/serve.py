"""``apercu serve``: archives in a browser, and as a REST API."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apercu.cli import console
from apercu.cli.parameters import Json
from apercu.errors import UsageError

if TYPE_CHECKING:
    from apercu.web import Service, ServiceSettings, SingleSignOn

_LAST_ANSWERS_S = 5
"""Seconds that answers which are on their way have left when the service ends."""

OIDC_SECRET = "APERCU_OIDC_SECRET"
"""Environment variable with the secret by which a provider of single sign-on knows the service."""


def command(
    archives: Annotated[list[Path], typer.Argument(metavar="ARCHIVE...", help="Folders of archives.")],
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; only this machine by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8080,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar="FOLDER",
            help="Where accounts and rights are kept; ~/.local/share/apercu/service by default.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="PEM", help="Certificate, to speak TLS.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="PEM", help="Key of that certificate.")] = None,
    footage: Annotated[
        list[Path] | None,
        typer.Option(
            "--footage",
            metavar="FOLDER",
            help="Let recordings in this folder be analysed into the archives; may be given several times.",
        ),
    ] = None,
    uploads: Annotated[
        Path | None,
        typer.Option(
            "--uploads",
            metavar="FOLDER",
            help="Where recordings lie that people send; in the folder of --home by default.",
        ),
    ] = None,
    upload_gib: Annotated[
        float, typer.Option("--upload-gib", metavar="N", min=0, help="Most that one recording may have.")
    ] = 64,
    quota_gib: Annotated[
        float,
        typer.Option("--quota-gib", metavar="N", min=0, help="Most that people may send to one archive."),
    ] = 512,
    administrator: Annotated[
        str | None,
        typer.Option(
            "--administrator",
            metavar="NAME",
            help="Make this person administrator, with a password that is asked for; also when it was lost.",
        ),
    ] = None,
    public_oversight: Annotated[
        bool,
        typer.Option(
            "--public-oversight",
            help="Show everybody what the archives are for, may do and did; nothing that was filmed.",
        ),
    ] = False,
    oidc_issuer: Annotated[
        str | None,
        typer.Option("--oidc-issuer", metavar="URL", help="Take this provider's word for who somebody is."),
    ] = None,
    oidc_client: Annotated[
        str | None,
        typer.Option(
            "--oidc-client",
            metavar="ID",
            help=f"How the service is registered there; its secret is read from {OIDC_SECRET}.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show archives in a browser, and answer programs (/api/v1).

    People log in, each with roles and with rights in archives; everything passes the archive's purpose and is
    in its ledger under their name. The first time, the administrator's name and password are asked for here.
    With a program at the other end, give --administrator, and the password on the standard input.

    \b
    Examples:
      apercu serve gate
      apercu serve gate yard --host 0.0.0.0 --port 8443 --certificate fullchain.pem --key privkey.pem
    """
    try:
        import uvicorn

        from apercu.synopsis.warming import warming
        from apercu.web import Service, ServiceSettings, create_app
        from apercu.web.settings import GIB, default_home
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the service needs the package {error.name}",
            next_step="Install it: pip install 'apercu[web]'.",
        ) from error
    settings = ServiceSettings(
        archives=tuple(archives),
        home=home or default_home(),
        host=host,
        port=port,
        certificate=certificate,
        key=key,
        single_sign_on=_provider(oidc_issuer, oidc_client),
        public_oversight=public_oversight,
        footage=tuple(footage or ()),
        uploads=uploads,
        upload_bytes=round(upload_gib * GIB),
        quota_bytes=round(quota_gib * GIB),
    )
    for folder in settings.footage:
        if not folder.is_dir():
            raise UsageError("there is no such folder", where=folder, next_step="Check its path.")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise UsageError("there is no such file", where=file, next_step="Check its path.")
    service = Service(settings)
    with closing(service):
        _ensure_administrator(service, administrator)
        with _listening(host, port) as listening:
            _tell(settings, as_json=as_json)
            config = uvicorn.Config(
                create_app(service),
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                # A synopsis that is watched while it is rendered would go on until it is complete.
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
            )
            with warming():
                uvicorn.Server(config).run(sockets=[listening])


def _tell(settings: ServiceSettings, *, as_json: bool) -> None:
    """Tell where to look, and what is to be minded."""
    scheme = "https" if settings.tls else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    count = len(settings.archives)
    address = f"{scheme}://{host}:{settings.port}"
    if as_json:
        console.say_json({"address": address, "archives": settings.archives})
    else:
        console.say(f"{address} shows {count} archive{'' if count == 1 else 's'}")
    if not settings.is_loopback and not settings.tls:
        console.tell(
            "warning: others on the network can read passwords and pictures on their way; give --certificate "
            "and --key, or put a server that speaks TLS before this one"
        )


def _ensure_administrator(service: Service, name: str | None) -> None:
    """Make the administrator who is named; without one, ask for the first."""
    from apercu.web.first_administrator import make_administrator

    person = sys.stdin.isatty()
    if name is None:
        if service.accounts.has_administrator():
            return
        if not person:
            raise UsageError(
                "there is no administrator yet, and nobody to ask",
                next_step="Give --administrator NAME, and the password on the standard input.",
            )
        console.tell("This service has no administrator yet.")
        name = typer.prompt("Name of the administrator", err=True)
    if person:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    made = make_administrator(service, name or "", password)
    roles = ", ".join(sorted(role.value for role in made.roles))
    console.tell(f"{made.name} is {roles}, with a right in each archive for a year.")


def _provider(issuer: str | None, client: str | None) -> SingleSignOn | None:
    if issuer is None and client is None:
        return None
    from apercu.web import SingleSignOn

    secret = os.environ.get(OIDC_SECRET, "")
    if issuer is None or client is None or not secret:
        raise UsageError(
            "single sign-on takes an issuer, a client and its secret",
            next_step=f"Give --oidc-issuer and --oidc-client, and set {OIDC_SECRET}.",
        )
    return SingleSignOn(issuer, client, secret)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host} port {port} ({error.strerror})",
            next_step="Choose another with --port, or stop what listens there.",
        ) from error
