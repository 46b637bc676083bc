"""Options of the tabs' events: queued or not, exclusive or not, public endpoints or private."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradio.events import Dependency

EXCLUSIVE: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": 1}
STREAMING: dict[str, Any] = {"concurrency_id": "light", "concurrency_limit": 4}
"""for handlers that stream but compute little, which need not wait for heavy ones"""
MONITORING: dict[str, Any] = {"concurrency_id": "watched", "concurrency_limit": 16}
"""for handlers that only watch a training"""
UNQUEUED: dict[str, Any] = {
    "trigger_mode": "always_last",
    "show_progress": "hidden",
    "queue": False,
    "preprocess": False,  # of numbers: a hop to another thread each; the core checks them anyway
}
UNPROCESSED: dict[str, Any] = {**UNQUEUED, "postprocess": False}
"""for handlers whose outputs the page reads as they are, which saves a thread switch for each"""
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
SILENT: dict[str, Any] = {"show_progress": "hidden", "queue": False, **PRIVATE}
SILENT_LATEST: dict[str, Any] = {**SILENT, "trigger_mode": "always_last"}
"""for what may be pressed or chosen again before its answer has come: by default Gradio drops that.
It forgets which part of a component was pressed, and so is nothing for a handler of EventData"""


def on_completion(
    event: Dependency, handler: Callable[..., Any], inputs: Any, outputs: Any
) -> None:
    """Run a handler after an event, whether it succeeded or failed.

    Gradio's own `then` does not run after a failure: a button would stay as it was for ever.
    """
    for trigger in (event.success, event.failure):
        trigger(handler, inputs, outputs, **SILENT)
