"""Errors of event handlers, as messages on the page."""

from __future__ import annotations

import functools
import inspect
import logging
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from gan_studio.core.validation import check_int

INTERNAL_ERROR = "An internal error occurred; the log of the studio has the details."


@contextmanager
def user_errors() -> Iterator[None]:
    """A user's error becomes a message on the page; an internal one, a message without details."""
    try:
        yield
    except gr.Error:
        raise
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except OSError as error:  # without the path, which is nobody's business
        reason = f"The studio’s disk reported an error: {error.strerror}."
        raise gr.Error(reason, print_exception=False) from None
    except Exception as error:
        logging.getLogger(__name__).exception("an event ended by an error")
        raise gr.Error(INTERNAL_ERROR, print_exception=False) from error


def reports_errors(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler, one that yields or a coroutine function, whose errors become messages.

    Of one that yields, the signature says what, as Gradio reads it for the endpoints of programs.
    """

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with user_errors():
            return handler(*args, **kwargs)

    @functools.wraps(handler)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with user_errors():
            return await handler(*args, **kwargs)

    @functools.wraps(handler)
    def streamed(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with user_errors():
            yield from handler(*args, **kwargs)

    if inspect.isgeneratorfunction(handler):
        signature = inspect.signature(handler, eval_str=True)
        (each,) = typing.get_args(signature.return_annotation)
        streamed.__signature__ = signature.replace(return_annotation=each)  # pyright: ignore[reportAttributeAccessIssue]
        return streamed
    return awaited if inspect.iscoroutinefunction(handler) else wrapped


reports_errors_stream = reports_errors


def pressed_index(event: gr.EventData, count: int) -> int:
    """The place of the picture that was pressed, among so many."""
    return check_int(event.index, "The picture", 0, count - 1)
