"""Serve the page within its limits, with an address for health checks."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from importlib.resources import files
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gan_studio import __version__
from gan_studio.core import malloc
from gan_studio.core.limits import MCP_VARIABLE, Limits, limits_from_env
from gan_studio.ui.cache import WithFileCache
from gan_studio.ui.mcp import tools
from gan_studio.ui.middleware import RequestGuard
from gan_studio.ui.theme import theme

ASSETS = files("gan_studio.ui")
SCRIPTS = (
    *("languages.js", "page.js", "controls.js", "explore.js", "history.js", "choosing.js"),
    *("importing.js", "models.js", "sliders.js", "pyramid.js", "walk.js", "map.js", "crop.js"),
    *("refusals.js", "canvas.js", "repair.js", "transform.js", "learn.js"),
)
STYLES = ("page.css", "learn.css")
SESSIONS = 400
"""visits that are remembered; the oldest are forgotten"""
QUEUE_INTERVAL = 0.02
"""seconds between two looks into the queue; Gradio's own 0.001 takes 4 % of a core for ever"""
PROXY_ADDRESSES = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
"""on a Space only its proxies come from such addresses, and what they say of a visitor is true"""


def serve(page: WithFileCache, rules: Limits | None = None, **options: Any) -> tuple[Any, str, str]:
    """Serve the page until it is stopped; `options` go to gradio's launch and win over ours.

    Without `rules` the limits come from the environment.
    """
    rules = rules or limits_from_env()
    check_server_name(os.environ.get("GRADIO_SERVER_NAME"))
    malloc.limit_arenas()
    if rules.public and "SPACE_ID" in os.environ:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PROXY_ADDRESSES)
    # Not by page.queue(max_size=…), which would build the whole app once more.
    page._queue.max_size = rules.queue_size  # noqa: SLF001
    page._queue.sleep_when_free = QUEUE_INTERVAL  # noqa: SLF001  # Gradio asks for it nowhere else
    # Statistics of all calls, anew after each, for a page that is closed here.
    page._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize  # noqa: SLF001
    ours: dict[str, Any] = {
        "theme": theme(),
        "css": "".join((ASSETS / name).read_text("utf-8") for name in STYLES),
        "head": "".join(
            f"<script>{(ASSETS / name).read_text('utf-8')}</script>" for name in SCRIPTS
        ),
        "server_name": os.environ.get("GRADIO_SERVER_NAME"),
        "max_file_size": rules.upload_bytes,
        "state_session_capacity": SESSIONS,
        "show_error": False,
        "enable_monitoring": False,
        "run_history": False,
        "footer_links": ["api"],
        "ssr_mode": False,
        "app_kwargs": {
            "routes": [Route("/healthz", health(page)), *getattr(page, "routes", [])],
            "middleware": [Middleware(RequestGuard, page=page, rules=rules)],
            "lifespan": page.lifespan(rules.cache_bytes),
        },
    }
    if options.pop("mcp_server", os.environ.get(MCP_VARIABLE, "").lower() == "true"):
        page.mcp_server_obj, page.mcp_server = tools(page), True
        ours["app_kwargs"]["lifespan"] = page.lifespan(
            rules.cache_bytes, page.mcp_server_obj.lifespan
        )
    waits = not options.pop("prevent_thread_lock", False)
    if waits and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # as long as the page starts
    result = page.launch(**{**ours, **options}, mcp_server=False, prevent_thread_lock=True)
    if waits and result[1]:  # when Gradio reloads a changed page it has no address
        wait_until_stopped(page)
    return result


def check_server_name(name: str | None) -> None:
    """ValueError with one sentence when the name to listen at cannot be resolved."""
    try:
        socket.getaddrinfo((name or "localhost").strip("[]"), None)
    except (OSError, UnicodeError):
        raise ValueError(
            f"GRADIO_SERVER_NAME is a name or address of this machine, such as 127.0.0.1 or "
            f"0.0.0.0, not {name!r}."
        ) from None


def health(page: gr.Blocks) -> Any:
    """The route of health checks: whether requests are answered, and how many wait."""

    async def answer(_: Request) -> JSONResponse:
        waiting = len(page._queue)  # noqa: SLF001  # Gradio tells it nowhere else
        return JSONResponse({"status": "ok", "version": __version__, "waiting": waiting})

    return answer


def wait_until_stopped(page: gr.Blocks) -> None:
    """Wait for Ctrl-C or SIGTERM, then close the page; trainings are saved as the process ends."""
    stop_event = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: stop_event.set())
    try:
        while page.is_running and not stop_event.wait(1.0):
            pass
    except KeyboardInterrupt:
        pass
    # Beside us: it waits for open connections, and a training is to be saved first.
    threading.Thread(target=page.close, kwargs={"verbose": False}, daemon=True).start()
