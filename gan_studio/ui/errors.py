"""Errors of event handlers, as messages on the page."""

from __future__ import annotations

import functools
import inspect
import logging
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
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

    Gradio reads the types of an endpoint from its signature: a generator gets that of its values.
    """

    @functools.wraps(handler)
    def run(*args: Any, **kwargs: Any) -> Any:
        with user_errors():
            return handler(*args, **kwargs)

    @functools.wraps(handler)
    async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
        with user_errors():
            return await handler(*args, **kwargs)

    @functools.wraps(handler)
    def run_generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with user_errors():
            yield from handler(*args, **kwargs)

    if inspect.isgeneratorfunction(handler):
        signature = inspect.signature(handler, eval_str=True)
        (each,) = typing.get_args(signature.return_annotation)
        run_generator.__signature__ = signature.replace(return_annotation=each)  # pyright: ignore[reportAttributeAccessIssue]
        return run_generator
    return run_coroutine if inspect.iscoroutinefunction(handler) else run


def errors_in(place: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of a tab's handlers: their errors stand in one of its components.

    An error of an event outside of the queue would lie over all that the event could change.
    """

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                with user_errors():
                    result = handler(self, *args, **kwargs)
            except gr.Error as error:
                return {place(self): error_message(str(error.message))}
            return {place(self): "", **result} if isinstance(result, dict) else result

        return run

    return decorate


def error_message(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def pressed_index(event: gr.EventData, count: int) -> int:
    """The place of the picture that was pressed, among so many."""
    return check_int(event.key, "The picture", 0, count - 1)
