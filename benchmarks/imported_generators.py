"""Times and memory of StyleGAN2 of configuration F: the import of a file, previews, whole pictures.

    python -m benchmarks.imported_generators --sizes 256 1024
    python -m benchmarks.imported_generators --file ffhq.pkl

Without a file the weights are random, which takes as long. Seconds are those of the clock and of
all threads together; beside other work the latter, divided by the threads, say more.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import tyro

from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families.stylegan2_ada import Config
from gan_studio.images.recipe import Recipe
from gan_studio.models.importing import import_model
from gan_studio.studio import Studio


def random_model(root: Path, size: int) -> str:
    """A model with random weights, configuration F, whose pictures keep within [-1, 1]."""
    manifest = Manifest(
        family="stylegan2-ada",
        config=Config(image_size=size),
        channels=3,
        dataset="random",
        source={"file": "random"},
    )
    torch.manual_seed(0)
    gan = manifest.build()
    checkpoint.save_model(root / f"f-{size}", gan, gan.generator, manifest)
    return f"f-{size}"


def print_time(what: str, action: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    result = action()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    size = result if isinstance(result, str) else ""
    print(f"{what}: {wall:.3f} s, {processor:.3f} s of all threads {size}", flush=True)


def memory() -> str:
    """Largest resident memory so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB at most"


def measure(studio: Studio, name: str, repeats: int) -> None:
    def preview(seed: int) -> str:
        result = studio.preview(Recipe(model=name, seed=seed), 0.1)
        return f"{result.image.width} px"

    print_time(f"{name}, loading", lambda: studio.library.get(name).name)
    for seed in range(repeats):
        print_time(
            f"{name}, whole picture",
            lambda s=seed: studio.generate(Recipe(model=name, seed=s)).image.size,
        )
    for seed in range(2 * repeats):
        print_time(f"{name}, preview", partial(preview, seed))
    print(memory())


def main(file: Path | None = None, sizes: tuple[int, ...] = (256, 1024), repeats: int = 3) -> None:
    """Print one line for each step.

    Args:
        file: a pickle to import, in place of random weights
        sizes: pixels of models with random weights
        repeats: of each measurement
    """
    print(f"{torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if file:
            print_time("import", lambda: import_model(file, root / "imported"))
            print(memory())
        names = ["imported"] if file else [random_model(root, size) for size in sizes]
        studio = Studio(root, "cpu")
        for name in names:
            measure(studio, name, repeats)


if __name__ == "__main__":
    tyro.cli(main)
