"""The page in a process of its own, and a visitor: what a browser asks over one connection."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from gan_studio.ui.explore.routes import PREFIX

API = "/gradio_api"
START = "dcgan-mnist"
"""the model that is asked unless another is named"""
REST: dict[str, dict[str, Any]] = {
    "opinion": {},
    "vary": {},
    "slider_previews": {"sliders": list(range(1, 11))},
}
"""what the page asks for once the controls rest"""


class Visitor:
    """Asks as the page's own scripts do: for pictures, and for unqueued events by name."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        self.session = uuid.uuid4().hex

    @cached_property
    def config(self) -> dict[str, Any]:
        """The page's configuration, as Gradio gives it."""
        return self.http.get("/config").raise_for_status().json()

    def defaults(self, event: str) -> list[Any]:
        """What the event's inputs hold when the page opens; what the server keeps is None."""
        return [
            None if c["type"] == "state" else c["props"].get("value") for c in self.inputs(event)
        ]

    def inputs(self, event: str) -> list[dict[str, Any]]:
        """The components that the event reads."""
        (dependency,) = (d for d in self.config["dependencies"] if d["api_name"] == event)
        components = {c["id"]: c for c in self.config["components"]}
        return [components[i] for i in dependency["inputs"]]

    def call(self, event: str, values: list[Any]) -> list[Any]:
        """The event's outputs."""
        body = {"data": values, "session_hash": self.session}
        answer = self.http.post(f"{API}/run/{event}", json=body).raise_for_status()
        return answer.json()["data"]

    def call_queued(self, event: str, values: list[Any]) -> list[Any]:
        """The last outputs of an event that takes its turn; AssertionError when it fails."""
        (dependency,) = (d for d in self.config["dependencies"] if d["api_name"] == event)
        body = {"data": values, "session_hash": self.session, "fn_index": dependency["id"]}
        self.http.post(f"{API}/queue/join", json=body).raise_for_status()
        address = f"{API}/queue/data?session_hash={self.session}"
        with self.http.stream("GET", address, timeout=600) as answer:
            for line in answer.iter_lines():
                message = json.loads(line.removeprefix("data: ") or "{}")
                if message.get("msg") == "process_completed":
                    assert message["success"], message["output"]
                    return message["output"]["data"]
        raise AssertionError(f"{event} was not completed")

    def upload(self, contents: bytes, name: str) -> dict[str, Any]:
        """A file as events take it."""
        response = self.http.post(
            f"{API}/upload", files={"files": (name, contents)}
        ).raise_for_status()
        return {"path": response.json()[0], "meta": {"_type": "gradio.FileData"}}

    def event_picture(self, event: str, values: list[Any]) -> bytes:
        """The event's picture, which is its first output."""
        file = self.call(event, values)[0]
        return self.http.get(f"{API}/file={file['path']}").raise_for_status().content

    def ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        """What the Explore tab's routes answer."""
        return parse_answer(self.http.post(f"{PREFIX}{verb}", json=fields))

    def picture(self, **recipe: Any) -> bytes:
        """The picture of a recipe's fields."""
        address = self.ask("draw", recipe={"model": START, **recipe})["picture"]
        return base64.b64decode(address.partition(",")[2])


def parse_answer(answer: httpx.Response) -> dict[str, Any]:
    """A route's answer; RuntimeError if it refused."""
    content = answer.raise_for_status().json()
    if "error" in content:
        raise RuntimeError(content["error"])
    return content


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def studio(**environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`python app.py` with folders of its own: where it is served, and its process."""
    with tempfile.TemporaryDirectory() as root:
        port = free_port()
        variables = {
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": f"{root}/gradio",
            "GAN_STUDIO_RUNS": f"{root}/runs",
            **environment,
        }
        with Path(root, "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "app.py"],
                env={**os.environ, **variables},
                stdout=log,
                stderr=log,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            wait(address)
            yield address, process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def wait(address: str, seconds: float = 60) -> None:
    """Until somebody answers."""
    end = time.monotonic() + seconds
    while not answers(address):
        assert time.monotonic() < end, "the page does not answer"
        time.sleep(0.2)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/config").is_success
    except httpx.TransportError:
        return False
