"""A studio in a process of its own, and an attacker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from malformed import Attacker
from studio_process import StudioProcess, studio_process


class Canary(HTTPServer):
    """Counts who comes: nobody should."""

    visits = 0


class _Count(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Canary)
        self.server.visits += 1
        self.send_error(404)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Say nothing."""


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """A server on this machine that no visitor may make the studio call."""
    server = Canary(("127.0.0.1", 0), _Count)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no visitor may see."""
    path = tmp_path_factory.mktemp("private") / "secret.png"
    path.write_text("the owner's secret 5e1f0c77")
    return path


@pytest.fixture(scope="module")
def served(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    with studio_process(models, tmp_path_factory.mktemp("served")) as process:
        yield process


@pytest.fixture(scope="module")
def attacker(served: StudioProcess, canary: Canary, secret: Path) -> Iterator[Attacker]:
    attacker = Attacker(served.address, secret, canary.server_port)
    yield attacker
    attacker.http.close()
