"""Numbers of a training for TensorBoard, where that is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from gan_studio.core.events import Evaluation, Event, Observation, Step
from gan_studio.training import EventStream


def log_events(events: EventStream, directory: Path) -> EventStream:
    """The same events, their numbers written to `directory` on the way.

    ValueError with one sentence when TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ValueError(
            "--tensorboard needs the package of that name: python -m pip install tensorboard."
        ) from None
    return _write_events(events, lambda: SummaryWriter(str(directory)))


def _write_events(events: EventStream, open_writer: Callable[[], Any]) -> EventStream:
    with closing(events), ExitStack() as stack:
        writer = None
        for event in events:
            for name, value in _numbers(event).items():
                # Not before: what is refused leaves no file.
                writer = writer or stack.enter_context(closing(open_writer()))
                writer.add_scalar(name, value, getattr(event, "step", 0))
            yield event


def _numbers(event: Event) -> Mapping[str, float]:
    match event:
        case Step():
            return {**event.losses, "images_per_second": event.images_per_second}
        case Observation():
            return event.values
        case Evaluation():
            return {"fid": event.fid}
        case _:
            return {}
