"""Real other sides for the tests of delivery: a broker, a web server, a mail server; each in this machine."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC, PRIVATE = "certificate.pem", "key.pem"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(is_so: Callable[[], object], limit_s: float = 30.0) -> None:
    """Wait until something is so; fail where it never is."""
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.02)


class Broker:
    """Mosquitto, which can be stopped and started again; it keeps nothing on the disk."""

    def __init__(self, folder: Path, password: str | None = None, names: Sequence[str] = ()) -> None:
        self.command = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if self.command is None:
            pytest.skip("mosquitto is not installed")
        self.port = free_port()
        config = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            f"allow_anonymous {password is None}",
        ]
        if password is not None:
            users = folder / "users"
            users.touch(0o600)
            subprocess.run(["mosquitto_passwd", "-b", str(users), "apercu", password], check=True)
            config.append(f"password_file {users}")
        if names:
            certificate(folder, names)
            config += [f"certfile {folder / PUBLIC}", f"keyfile {folder / PRIVATE}"]
        # It gives up root's rights, and then has to read its files all the same.
        config.append("user root")
        self.config = folder / "mosquitto.conf"
        self.config.write_text("\n".join(config).replace("True", "true").replace("False", "false"))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        words = [self.command, "-c", str(self.config)]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self._listens())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def _listens(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def broker(folder: Path, password: str | None = None, names: Sequence[str] = ()) -> Iterator[Broker]:
    """Give a broker; with ``names``, one that encrypts and has a certificate for these hosts."""
    made = Broker(folder, password, names)
    try:
        yield made
    finally:
        made.stop()


class Subscriber:
    """Listens to everything, and comes back when the broker was away."""

    def __init__(self, port: int, user: str | None = None, password: str | None = None) -> None:
        mqtt = pytest.importorskip("paho.mqtt.client")
        self.heard: list[tuple[str, bytes, bool]] = []
        self.there = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "listener", clean_session=False)
        self.client.username_pw_set(user, password) if user else None
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_subscribe = lambda *_: self.there.set()
        self.client.on_message = lambda _c, _d, told: self.heard.append(
            (told.topic, told.payload, told.retain)
        )
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.there.wait(30)

    def signals(self) -> list[bytes]:
        return [payload for topic, payload, _ in self.heard if topic.endswith("/signal")]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@dataclass
class Receiver:
    """What a web server got, and what it answers: a status and headers for each request."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[int], tuple[int, dict[str, str]]] = lambda number: (204, {})
    wait_s: float = 0.0
    port: int = 0


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.requests.append((self.path, dict(self.headers), body))
            time.sleep(got.wait_s)
            status, headers = got.answer(len(got.requests))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, True, do_handshake_on_connect=False)
    got.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path, hosts: Sequence[str] = ("localhost",)) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate that vouches for itself, and the context of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    local = [x509.IPAddress(ip_address("127.0.0.1"))] if "localhost" in hosts else []
    names = x509.SubjectAlternativeName([*map(x509.DNSName, hosts), *local])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / PUBLIC, folder / PRIVATE
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
