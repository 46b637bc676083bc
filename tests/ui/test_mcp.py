"""The studio as a server of MCP, through the protocol's own client."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import served
from PIL import Image
from toy_painter import RecordingPainter, picture

from gan_studio.studio.studio import Studio
from gan_studio.ui import build
from gan_studio.ui import mcp as tools

HERE = Path(__file__).parents[2]
mcp = pytest.importorskip("mcp")
RECIPE = "m=dcgan-mnist&s=1"
SMALL: dict[str, Any] = {"size": 64, "steps": 2}


@pytest.fixture(scope="module")
def tools_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a studio with a tiny network for painting takes calls by MCP."""
    cache = tmp_path_factory.mktemp("gradio")
    with served(None, cache, RecordingPainter(), mcp_server=True) as url:
        yield f"{url}gradio_api/mcp/"


def used(address: str, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """The tools, then the answers to some calls of them, in one session."""
    from mcp.client.streamable_http import streamable_http_client

    async def use() -> list[Any]:
        async with (
            streamable_http_client(address) as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            found = (await session.list_tools()).tools
            return [found, *[await session.call_tool(name, asked) for name, asked in calls]]

    with ThreadPoolExecutor(1) as threads:  # where a browser is open, this one's loop runs
        return threads.submit(asyncio.run, use()).result()


def shown(answer: Any) -> list[Image.Image]:
    assert not answer.isError, answer
    found = [part.data for part in answer.content if part.type == "image"]
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def said(answer: Any) -> str:
    return " ".join(part.text for part in answer.content if part.type == "text")


def test_the_tools_are_the_endpoints_with_types_and_sentences(tools_address: str):
    (found,) = used(tools_address)
    endpoints = build().get_api_info()["named_endpoints"]
    assert {f"/{tool.name}" for tool in found} == endpoints.keys() - {"/generate"}
    for tool in found:
        assert " Gives " in tool.description
        arguments = endpoints[f"/{tool.name}"]["parameters"]
        assert list(tool.inputSchema["properties"]) == [a["parameter_name"] for a in arguments]
        for told in tool.inputSchema["properties"].values():
            assert told["description"]
            assert {"type", "enum", "oneOf", "anyOf"} & told.keys()


def test_pictures_come_back_as_pictures(tools_address: str):
    calls = ("draw", {"picture": RECIPE}), ("vary", {"picture": RECIPE, "count": 3})
    _, drawn, varied = used(tools_address, *calls)
    (digit,) = shown(drawn)
    assert digit.size == (32, 32)
    assert RECIPE in said(drawn)
    assert len(shown(varied)) == 3
    assert "dcgan-mnist" in said(varied)


def test_a_mistake_is_one_sentence(tools_address: str):
    _, answer = used(tools_address, ("draw", {"picture": "m=nothing&s=1"}))
    assert answer.isError
    assert "There is no model 'nothing'" in said(answer)


def test_files_come_as_data_or_as_what_was_uploaded(tools_address: str):
    stream = io.BytesIO()
    picture(seed=1).save(stream, "PNG")
    data = f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
    upload = tools_address.replace("mcp/", "upload")
    sent = httpx.post(upload, files={"files": ("a.png", stream.getvalue())}).json()[0]
    uploaded = tools_address.replace("mcp/", f"file={sent}")
    asked = {"content": data, "styles": [uploaded, data], **SMALL}
    _, answer = used(tools_address, ("stylize", asked))
    (painting,) = shown(answer)
    assert max(painting.size) == 64
    assert '"done": true' in said(answer)


def test_no_path_and_no_address_reaches_disk_or_network(tools_address: str, tmp_path: Path):
    """Gradio's own server would send on any file of this machine, and fetch any address."""
    secret = tmp_path / "secret.png"
    picture(seed=3).save(secret)
    visits: list[Any] = []
    with _canary(visits) as canary:
        files = [str(secret), f"file://{secret}", f"{canary}a.png", "data:image/png;base64,?", "x"]
        files += [f"{canary}gradio_api/file={secret}", f"/gradio_api/file={secret}"]
        told = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
        calls = [("stylize", {"content": one, **SMALL}) for one in files]
        calls += [("stylize", {"styles": [one], **SMALL}) for one in files]
        calls += [("train", {"pictures": [one]}) for one in (*files, told)]
        calls += [("train", {"settings": {"a": [told]}}), ("draw", {"picture": told})]
        calls += [("steer", {"changes": {"a": {**told, "path": canary}}})]
        _, *answers = used(tools_address, *calls)
    assert all(answer.isError for answer in answers)
    assert not any(word in said(answer) for answer in answers for word in ("Traceback", ".py"))
    assert not list(Path(os.environ["GRADIO_TEMP_DIR"]).rglob(secret.name))
    assert visits == []


@contextmanager
def _canary(visits: list[Any]) -> Iterator[str]:
    """A server that nobody may call."""

    class Bird(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Bird) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_only_streamable_http_is_open(tools_address: str):
    events = {"accept": "text/event-stream"}
    for path in ("", "sse", "messages/"):
        assert httpx.get(f"{tools_address}{path}", headers=events).status_code == 405
    assert httpx.post(f"{tools_address}messages/", json={}).status_code == 404


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ValueError, match=r"pip install 'gradio\[mcp\]'"):
        tools.tools(build())


@pytest.mark.slow
@pytest.mark.parametrize("command", [[str(HERE / "app.py")], ["-m", "gan_studio", "app"]])
def test_and_the_command_ends_with_status_2(command: list[str], tmp_path: Path):
    (tmp_path / "mcp.py").write_text("raise ImportError")
    paths = os.pathsep.join([str(tmp_path), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": paths, "GAN_STUDIO_RUNS": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, *command, "--mcp"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == (
        "An MCP server needs one more package: python -m pip install 'gradio[mcp]'.\n"
    )


def test_a_picture_is_translated_and_no_path_is_opened(
    translators: Studio, tmp_path_factory: pytest.TempPathFactory
):
    contents = io.BytesIO()
    picture(40, 30).save(contents, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(contents.getvalue()).decode()}"
    asked = [{"image": image, "model": "pix2pix-colour"} for image in (url, "/etc/passwd")]
    with served(translators, tmp_path_factory.mktemp("gradio"), mcp_server=True) as address:
        calls = [("translators", {}), *[("translate", one) for one in asked]]
        _, listed, good, bad = used(f"{address}gradio_api/mcp/", *calls)
    assert "pix2pix-colour" in said(listed)
    (shown_one,) = shown(good)
    assert shown_one.size == (40, 30)
    assert "t=pix2pix-colour" in said(good)
    assert bad.isError
