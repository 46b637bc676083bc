"""Requests that no honest visitor sends, and what their answers must not hold."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from gan_studio.ui.middleware import API

ROOT = Path(__file__).parents[2]
INTERNALS = (
    "Traceback",
    'File "',
    "site-packages",
    "gan_studio/",
    str(ROOT),
    "root:x:0:0",
    "5e1f0c77",
)
"""what an answer must not hold: our insides, this machine's files"""
RAW = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-0.0",
    "1" * 5000,
    '"\\ud800"',
    "[" * 900 + "]" * 900,
)
"""values that Python's own json.dumps does not write"""


class Attacker:
    """One visitor who sends nonsense; whatever comes back is looked through."""

    def __init__(self, address: str, secret: Path, canary: int) -> None:
        self.http = httpx.Client(base_url=address, timeout=120)
        self.session, self.paths = uuid.uuid4().hex, list(paths(secret, canary))
        self.config = self.http.get("/config").raise_for_status().json()
        self.counts: dict[int, int] = {}

    @property
    def public(self) -> dict[str, list[Any]]:
        """The endpoints that are told of, with what their inputs hold when the page opens."""
        components = {c["id"]: c["props"] for c in self.config["components"]}
        return {
            found["api_name"]: [components[i].get("value") for i in found["inputs"]]
            for found in self.config["dependencies"]
            if found["backend_fn"] and found["api_visibility"] == "public"
        }

    @property
    def endpoints(self) -> list[str]:
        """All of them, told of or not: whoever reads the page's configuration can call each."""
        return [d["api_name"] for d in self.config["dependencies"] if d["backend_fn"]]

    def send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send it, and look through the answer; AssertionError where it tells too much."""
        answer = self.http.request(method, path, **content)
        self.counts[answer.status_code] = self.counts.get(answer.status_code, 0) + 1
        told, sent = answer.text, f"{method} {path} {content}"
        for word in INTERNALS:
            assert word not in told or word in sent, f"{sent[:500]}: {told[:500]}"
        if answer.status_code >= 500:
            assert answer.json()["error"], f"{sent[:500]}: {told[:500]}"
        return answer

    def post(self, path: str, text: str | bytes) -> httpx.Response:
        head = {"content-type": "application/json"}
        return self.send("POST", f"{API}{path}", content=text, headers=head)

    def call(self, name: str, data: list[Any]) -> httpx.Response:
        """An event with such inputs; a training that this begins is stopped."""
        answer = self.post(f"run/{name}", dumped({"data": data, "session_hash": self.session}))
        if name == "train" and answer.is_success:
            status = answer.json()["data"][1]
            stop = [status["id"], status["owner"], "stop", {}]
            self.post("run/steer", dumped({"data": stop, "session_hash": self.session}))
        return answer

    def upload(self, name: str, contents: bytes) -> httpx.Response:
        return self.send("POST", f"{API}upload", files={"files": (name, contents)})


def paths(secret: Path, canary: int) -> Iterator[str]:
    """Places that are nobody's business."""
    yield from ("/etc/passwd", "../../../../etc/passwd", "file:///etc/passwd", str(secret))
    yield from (f"file://{secret}", str(ROOT / "app.py"), "app.py", "/proc/self/environ", "~/.ssh")
    yield f"http://127.0.0.1:{canary}/secret.png"
    yield f"http://localhost:{canary}/secret.png"
    yield f"//127.0.0.1:{canary}/x"
    yield from ("checkpoints/dcgan-mnist", "dcgan-digits/../../secret", "con", "a\0b", "..\\..\\x")


def file(path: str) -> dict[str, Any]:
    """As Gradio's own clients name a file that was uploaded."""
    return {"path": path, "url": path, "meta": {"_type": "gradio.FileData"}}


def nonsense(rng: random.Random, places: list[str]) -> Any:
    """Something that no control holds."""
    place = rng.choice(places)
    return rng.choice(
        [
            *(
                None,
                True,
                "",
                "x",
                [],
                {},
                -1,
                1e308,
                2**64,
                0.5,
                "any",
                "NaN",
                "\u202e\x00\x1b[0m",
            ),
            *(place, file(place), [file(place)], [place], {"path": place}, {"url": place}),
            *(
                [[[]]] * 50,
                {"__type__": "update", "value": place},
                list(range(3000)),
                "é" * 100_000,
            ),
            *({"a": {"b": [place]}}, {"learning_rate": place}, [None] * 20, Raw(rng.choice(RAW))),
        ]
    )


class Raw(str):
    """JSON as it stands."""

    __slots__ = ()


def dumped(value: Any) -> str:
    """JSON with raw pieces."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(k)}: {dumped(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(dumped, value))}]"
    return json.dumps(value)


def spoiled(values: list[Any], rng: random.Random, places: list[str]) -> list[Any]:
    """Inputs of which some are nonsense; now and then too many or too few."""
    spoiled = list(values)
    for _ in range(rng.randint(1, 3)):
        if spoiled:
            spoiled[rng.randrange(len(spoiled))] = nonsense(rng, places)
    if rng.random() < 0.1:
        return spoiled[: rng.randrange(len(spoiled) + 1)]
    return [*spoiled, nonsense(rng, places)] if rng.random() < 0.1 else spoiled


def bodies(rng: random.Random) -> str:
    """Bodies that are hardly JSON, or not what any endpoint reads."""
    return rng.choice(
        [
            *("", "{", "[]", "null", '{"data": ', '{"data": 5}', '{"data": {}}', "\x00", "0", '""'),
            *('{"data": [], "fn_index": 99999}', '{"data": [], "fn_index": -1}', "[" * 50_000),
            *('{"data": [], "session_hash": 5}', '{"data": [], "event_data": [1]}', "{" * 5000),
            *('{"data": [], "trigger_id": "x"}', '{"fn_index": "0"}', '{"a":' * 20_000 + "1"),
            *('{"data": [], "session_hash": "' + "s" * 100_000 + '"}', '{"data": [1e999999]}'),
            *('{"event_id": "../x", "session_hash": "y", "fn_index": 0}', '{"data":[NaN]}'),
        ]
    )


PLACES = (
    *("run/nothing", "call/nothing", "queue/join", "queue/data?session_hash=none", "cancel"),
    *("reset", "upload?upload_id=x", "component_server", "heartbeat/", "call/v2/generate"),
    *("info", "call/generate/no-such-event", "upload_progress?upload_id=none", "startup-events"),
)
"""other places of Gradio's own"""
