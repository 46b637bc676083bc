"""Between the page's controls and a recipe."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from gan_studio.values import check_int

SORRY = "Something went wrong in the studio itself; its log tells more."


@contextmanager
def mistakes() -> Iterator[None]:
    """A mistake becomes a message on the page; a defect of ours, one that tells nothing of it."""
    try:
        yield
    except gr.Error:
        raise
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except OSError as error:  # without the path, which is nobody's business
        reason = f"The studio's disk refused: {error.strerror}."
        raise gr.Error(reason, print_exception=False) from None
    except Exception as error:
        logging.getLogger(__name__).exception("an event ended by an error")
        raise gr.Error(SORRY, print_exception=False) from error


def told(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler, or a coroutine function, whose mistakes become messages on the page."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with mistakes():
            return handler(*args, **kwargs)

    @functools.wraps(handler)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with mistakes():
            return await handler(*args, **kwargs)

    return awaited if inspect.iscoroutinefunction(handler) else wrapped


def told_live(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The same for a handler that yields."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with mistakes():
            yield from handler(*args, **kwargs)

    return wrapped


def pressed(event: gr.EventData, count: int) -> int:
    """Which of so many pictures was pressed."""
    return check_int(event.index, "The picture", 0, count - 1)
