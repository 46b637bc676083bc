"""Pictures per second of a model that draws for many visitors: one by one, and in batches.

    python -m benchmarks.batching

Once at the level of the model, latents in and pixels out, and once with all that a visitor waits
for in the process: recipe in, PNG out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

import torch
import tyro

from benchmarks import report
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio


def recipes(model: str) -> Iterator[Recipe]:
    """As many visitors would ask: each another seed and another slider."""
    for i in count():
        yield Recipe(model=model, seed=i, directions={1 + i % 10: (i % 61 - 30) / 10})


def draw_task(studio: Studio, model: str, batch: int, *, together: bool) -> Callable[[], object]:
    """The model alone, for a batch of points."""
    entry, stream = studio.library.get(model), recipes(model)

    def draw() -> None:
        points = torch.cat([entry.point(next(stream)) for _ in range(batch)])
        for part in [points] if together else points.split(1):
            convert.to_uint8(entry.draw(part))

    return draw


def answer_task(studio: Studio, model: str, batch: int, *, together: bool) -> Callable[[], object]:
    """From recipes to PNGs."""
    stream = recipes(model)

    def answer() -> None:
        requests = [next(stream) for _ in range(batch)]
        pictures = (
            studio.generate_all(requests) if together else [studio.generate(r) for r in requests]
        )
        for picture in pictures:
            assert not isinstance(picture, ValueError), picture
            image_files.encode_png(*picture)

    return answer


def main(
    *, models: Sequence[str] = ("dcgan-mnist",), batch: int = 16, repetitions: int = 60
) -> None:
    """Time all in turn.

    Args:
        models: names of models; the first that ship are those of MNIST
        batch: pictures that are asked for at once
        repetitions: turns
    """
    studio, rows = Studio(), {}
    for model in models:
        for what, make_task in {"model": draw_task, "recipe to PNG": answer_task}.items():
            sides = {
                name: make_task(studio, model, batch, together=together)
                for name, together in {"one by one": False, "together": True}.items()
            }
            report.alternate(sides, 5)  # warms up
            times = report.medians(report.alternate(sides, repetitions))
            alone, together = (batch / seconds for seconds in times.values())
            cells = (f"{alone:,.0f}", f"{together:,.0f}", f"{together / alone:.2f}")
            rows[f"{model}, {what}"] = cells
    report.table(
        f"pictures per second, batches of {batch}", "one by one", "together", "ratio", rows=rows
    )


if __name__ == "__main__":
    tyro.cli(main)
