"""The studio's endpoints as tools of an MCP server that opens no path or address of a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioRootModel
from gradio.mcp import GradioMCPServer
from gradio.processing_utils import save_base64_to_cache
from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder
from gradio_client import handle_file
from gradio_client.utils import is_file_obj_with_meta
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gan_studio.ui import api_docs

ONLY_CONTROLS = {"/generate"}
"""made for sliders that are dragged; /draw does the same with a recipe"""
FILE_SCHEMA = {"type": "string", "format": "a data: URL, or the address of an uploaded file"}
FILE_HELP = "A file is a data: URL (data:image/png;base64,…), or the address of an uploaded file."


class Tools(GradioMCPServer):
    """Gradio's server, without the ways by which a client could make it read files or addresses."""

    def get_tool_to_endpoint(self) -> dict[str, str]:
        """Names of tools are those of endpoints; on a Space Gradio puts the Space's before them."""
        names = [name for name in self.api_info["named_endpoints"] if name not in ONLY_CONTROLS]
        return {self.valid_and_unique_tool_name(self.tool_prefix + n[1:], set()): n for n in names}

    def warn_about_state_inputs(self) -> None:
        """Silent: calls of programs begin with an empty state, too."""

    def get_fn_description(self, block_fn: Any, tool_name: str) -> tuple[str, dict[str, str]]:
        docs = api_docs.parse_docstring(block_fn.fn)
        _, files = self.get_input_schema(tool_name, docs.arguments)
        return f"{docs.whole} {FILE_HELP}" if files else docs.whole, docs.arguments

    def get_input_schema(
        self, tool_name: str, parameters: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], list[list[str | int]]]:
        """Gradio's schema of a tool, with the forms of files that are accepted here."""
        schema, files = super().get_input_schema(tool_name, parameters)
        for name, *within in files:
            parameter = schema["properties"][name]
            kind = {"type": "array", "items": FILE_SCHEMA} if "items" in within else FILE_SCHEMA
            description = (
                {"description": parameter["description"]} if "description" in parameter else {}
            )
            schema["properties"][name] = {**kind, **description}
        return schema, files

    def convert_strings_to_filedata(self, value: Any, filedata_positions: Any) -> Any:
        """The arguments of a call, with files where data: URLs were; ValueError for other files.

        Gradio would fetch addresses here, and send on any file of this machine that is named.
        """
        refuse_paths(value)
        arguments = dict(value)
        for name in {name for name, *_ in filedata_positions}:
            if isinstance(arguments.get(name), list):
                arguments[name] = [self.receive_file(one) for one in arguments[name]]
            elif arguments.get(name) is not None:
                arguments[name] = self.receive_file(arguments[name])
        return arguments

    def receive_file(self, url: Any) -> Any:
        """An uploaded file, or what a data: URL holds; ValueError for all else."""
        upload = str(url).rpartition(f"{API_PREFIX}/file=")[2]
        if upload in self.blocks.upload_file_set:
            return handle_file(upload)
        if not isinstance(url, str) or not url.startswith("data:"):
            raise ValueError(FILE_HELP)
        try:
            path = save_base64_to_cache(url, get_upload_folder())
        except ValueError:
            raise ValueError("The data: URL does not hold valid base64.") from None
        self.blocks.upload_file_set.add(path)  # those are deleted after an hour
        return handle_file(path)

    async def _execute_tool_without_progress(self, job: Any) -> list[Any]:
        """The results; Gradio would keep a thread of the page's waiting, and has forty."""
        result = await asyncio.wrap_future(job.future)
        return list(result) if isinstance(result, tuple) else [result]

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        """Each picture of a list as a picture, other values as JSON."""
        return super().postprocess_output_data(list(flatten_results(data)), root_url)

    def launch_mcp_on_sse(self, app: Starlette, subpath: str, root_path: str) -> None:
        """Over streamable HTTP alone: the older transport holds connections open."""
        self.root_path = root_path

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            is_post = scope["method"] == "POST"
            refusal = PlainTextResponse("MCP clients POST here.", 405, {"allow": "POST"})
            await (self.handle_streamable_http if is_post else refusal)(scope, receive, send)

        routes = [Route("/schema", self.get_complete_schema), Mount("/", serve)]
        app.mount(subpath, Starlette(routes=routes))


def refuse_paths(value: Any) -> None:
    """ValueError where something, however deep, would be taken for a file by Gradio's client."""
    if isinstance(value, Mapping):
        if not value.keys().isdisjoint(("path", "meta")):
            raise ValueError(FILE_HELP)
        value = value.values()
    elif not isinstance(value, list):
        return
    for one in value:
        refuse_paths(one)


def flatten_results(results: Iterable[Any]) -> Iterable[Any]:
    """Results one by one: lists of files unfolded, dictionaries and lists as JSON."""
    bare = (one.root if isinstance(one, GradioRootModel) else one for one in results)
    for result in bare:
        if isinstance(result, list) and all(isinstance(one, FileData) for one in result):
            for one in result:
                yield {**one.model_dump(), "url": f"{API_PREFIX}/file={one.path}"}
        elif isinstance(result, (dict, list)) and not is_file_obj_with_meta(result):
            yield json.dumps(result, ensure_ascii=False)
        else:
            yield result


def tools(page: gr.Blocks) -> Tools:
    """The tools of a page; ValueError that says what to install where the protocol is missing."""
    try:
        return Tools(page)
    except ImportError:
        raise ValueError(
            "An MCP server needs one more package: python -m pip install 'gradio[mcp]'."
        ) from None
