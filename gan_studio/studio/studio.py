"""What a person can do here: PIL pictures and plain values out."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Generator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio import vision
from gan_studio.core import zerogpu
from gan_studio.core.devices import best_device, describe
from gan_studio.core.events import Frame, Step
from gan_studio.core.files import SHIPPED
from gan_studio.core.limits import Limits, limits_from_env
from gan_studio.core.log import notice
from gan_studio.core.validation import check_float, check_int
from gan_studio.evaluation.report import Report
from gan_studio.gans.families import family
from gan_studio.gans.latents import paths
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.edits import MAX_SEED
from gan_studio.images.recipe import MAX_PSI, Recipe
from gan_studio.models.library import Library
from gan_studio.models.model import DIRECTIONS, Model
from gan_studio.models.sliders import Slider, Sliders
from gan_studio.studio import attributes, copies, evaluate, maps, projection, walks
from gan_studio.studio import compare as comparison
from gan_studio.studio import train as runs
from gan_studio.studio.compare import Comparison
from gan_studio.studio.jobs import JobQueue
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.results import DiscriminatorOutput, ModelInfo
from gan_studio.studio.walks import STRIP
from gan_studio.training import EventStream
from gan_studio.training.curves import Curve

__all__ = ["DIRECTIONS", "SHIPPED", "STRIP", "DiscriminatorOutput", "ModelInfo", "Studio"]

MAX_COUNT = 100_000
RUNS = "GAN_STUDIO_RUNS"
"""where trainings lie"""
VISITORS = "visitors"
"""the folder of strangers' runs"""


class Studio:
    """The models at hand and what can be done with them."""

    def __init__(
        self,
        root: Path = SHIPPED,
        device: torch.device | str | None = None,
        runs: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        """`runs` is where trainings lie, which are models too.

        With the models that ship these are by default in GAN_STUDIO_RUNS or `runs`, else nowhere.
        On a public page visitors train in a folder of their own there, and find only the models
        whose names they know.
        """
        self.limits = limits_from_env() if limits is None else limits
        self.device = torch.device(device) if device else best_device()
        base = runs or (Path(os.environ.get(RUNS) or "runs") if root == SHIPPED else None)
        self._asked = runs is None and root == SHIPPED and bool(os.environ.get(RUNS))
        self.runs = base / VISITORS if base and self.limits.public else base
        folders = [self.runs] if self.runs else []
        self.library = Library(root, self.device, *folders, listed=not self.limits.public)
        self.index_cache = copies.IndexCache()

    @property
    def device_name(self) -> str:
        return describe(self.device)

    @cached_property
    def jobs(self) -> JobQueue:
        """The trainings in the background; ValueError where the studio has no folder for them."""
        if not self.runs:
            raise ValueError("This studio has no folder for trainings.")
        if self._asked:
            _writable(self.runs)
        find, forget = self.library.directory, self.library.invalidate
        device = best_device(borrowed=True) if zerogpu.is_zerogpu() else self.device
        return JobQueue(self.runs, device, find, forget, limits=self.limits)

    def models(self) -> list[str]:
        """The name of every model at hand, those that ship first."""
        return self.library.names()

    def model_info(self, name: str) -> ModelInfo:
        """What is known of a model."""
        model = self.library.get(name)
        manifest = model.manifest
        return ModelInfo(
            name=name,
            family=manifest.family,
            paper=family(manifest.family).paper,
            dataset=manifest.dataset,
            image_size=manifest.config.image_size,
            latent_dim=manifest.config.latent_dim,
            classes=manifest.classes,
            parameters=model.parameters,
            photographs=manifest.channels == 3,
            metrics=dict(manifest.metrics),
        )

    def generate(self, recipe: Recipe) -> Image.Image:
        """The picture of a recipe, which it carries along."""
        model = self.library.get(recipe.model)
        return image_files.with_recipe(_pictures(model, model.point(recipe))[0], recipe)

    def generate_all(self, recipes: Sequence[Recipe]) -> list[Image.Image | ValueError]:
        """The pictures of many recipes at once; ValueError where one cannot be drawn."""
        return self.library.draw(recipes)

    def discriminator_output(self, recipe: Recipe) -> DiscriminatorOutput:
        """What the discriminator of the recipe's model makes of its picture."""
        model = self.library.get(recipe.model)
        told = model.discriminate(model.draw(model.point(recipe)), model.label(recipe))
        return DiscriminatorOutput(
            output=told.output,
            value=told.values.item(),
            typical=model.typical_output,
            reconstruction=None if told.reconstructions is None else _pils(told.reconstructions)[0],
        )

    def nearest_training_images(self, recipe: Recipe, count: int = 8) -> copies.NearestImages:
        """The training pictures nearest to the recipe's picture; a first look takes minutes."""
        return self.index_cache.nearest(self.library.get(recipe.model), recipe, count)

    def slider_previews(
        self, recipe: Recipe, directions: Sequence[int] = range(1, DIRECTIONS + 1)
    ) -> list[list[Image.Image]]:
        """For each direction, the recipe's pictures with that slider at the positions of STRIP."""
        return walks.slider_previews(self.library, recipe, directions)

    def random_walk_step(self, recipe: Recipe, step: float = 0.25) -> Recipe:
        """A step of a random walk along the directions that stays near 0 (Ornstein-Uhlenbeck)."""
        return walks.random_walk_step(recipe, step)

    def loop(self, recipe: Recipe, keyframes: int = 4, frames: int = 48) -> list[Image.Image]:
        """A seamless loop from the recipe's picture through the pictures of the seeds after it."""
        count = check_int(keyframes, "The number of keyframes", 2, 12)
        others = [
            dataclasses.replace(recipe, seed=(recipe.seed + i) % (MAX_SEED + 1))
            for i in range(count)
        ]
        model = self.library.get(recipe.model)
        return _walk(model, torch.cat([model.point(r) for r in others]), frames)

    def interpolate(
        self,
        model: str,
        seeds: Sequence[int],
        frames: int,
        psi: float = 1.0,
        label: int | None = None,
    ) -> list[Image.Image]:
        """A seamless loop through the pictures of the seeds; `model` may be a directory."""
        found = self.library.load(model)
        recipes = [Recipe(model=found.name, seed=seed, psi=psi, label=label) for seed in seeds]
        return _walk(found, torch.cat([found.point(r) for r in recipes]), frames)

    def vary(
        self, recipe: Recipe, strength: float = 0.3, count: int = 12, turn: int = 0
    ) -> list[Image.Image]:
        """Pictures at some way (strength 0 to 1) towards those of other seeds, with recipes."""
        return walks.variations(self.library, recipe, strength, count, turn)

    def walk(self, recipes: Sequence[Recipe], frames: int = 48) -> list[Image.Image]:
        """A seamless loop through 2 to 6 pictures of one model."""
        return walks.walk(self.library, recipes, frames)

    def map(self, plane: maps.Plane, cells: int = maps.CELLS) -> list[Image.Image]:
        """Pictures of a plane through latent space, row by row, with recipes."""
        return walks.latent_map(self.library, plane, cells)

    def named_sliders(self, model: str) -> Sequence[Slider]:
        """What a model's sliders by attribute are called, and how far each can be believed.

        None where their files are damaged: the model can be explored without.
        """
        found = self.library.get(model)
        try:
            return found.sliders.known
        except ValueError as error:
            notice(str(error))
            return ()

    def layers(self, model: str) -> int:
        """Layers of a model that are told a style each; 0 where there are none."""
        space = self.library.get(model).space
        return space.shape[0] if space.layered else 0

    def name_sliders(
        self, model: str, count: int, measure: int, seed: int, rounds: int
    ) -> Generator[Step, None, Sliders]:
        """Find a model's sliders by attribute, measure them and store them beside it."""
        return attributes.store(self.library, model, count, measure, seed, rounds)

    def project(
        self,
        model: str,
        picture: Image.Image,
        config: projection.ProjectionConfig | None = None,
        label: int | None = None,
    ) -> Generator[Frame]:
        """Approach a picture in a model's latent space; each frame's picture has a recipe."""
        return projection.project(
            self.library.load(model),
            picture,
            vision.load("embedded", self.device),
            config,
            label,
        )

    def compare(
        self, models: Sequence[str], seeds: str | Sequence[int], label: int | str | None = None
    ) -> Comparison:
        """The same seeds through several models, what these cost and how good they are."""
        return comparison.compare(self.library, models, seeds, label)

    def comparable(self) -> list[str]:
        """The largest set of models that fit beside one another, oldest paper first."""
        return comparison.comparable(self.library)

    def curves(self, model: str, smoothing: float = 0.0) -> list[Curve]:
        """What a model's training recorded; `smoothing` from 0 to 0.99."""
        return comparison.curves(self.library, model, smoothing)

    def sample(
        self, model: str, count: int, seed: int = 0, psi: float = 1.0, label: int | None = None
    ) -> np.ndarray:
        """A seed's first `count` pictures, (count, H, W, C) uint8; `model` may be a directory.

        Without a label a conditional model draws each class in turn: picture i shows i % classes.
        """
        found = self.library.load(model)
        n = check_int(count, "The count", 1, MAX_COUNT)
        z = paths.from_seed(
            check_int(seed, "The seed", 0, MAX_SEED), n, found.gan.config.latent_dim
        )
        points = found.points(z, found.labels(label, range(n)), check_float(psi, "psi", 0, MAX_PSI))
        return convert.to_uint8(found.draw(points))

    def evaluate(
        self,
        models: Sequence[str],
        dataset: str | None = None,
        count: int = 5000,
        seed: int = 0,
        features: str | None = None,
        against: str = "test",
        *,
        record: bool = False,
    ) -> Generator[Report]:
        """Measure models one by one, by default on what they learned from, as evaluation.reports.

        With `record` the numbers are written into each model's config.json and its card.
        """
        found = [self.library.load(model) for model in models]
        for model in models if record else ():  # not after minutes of measuring
            evaluate.require_recordable(self.library, model)
        reports = evaluate.reports(found, dataset, count, seed, features, against)
        for model, report in zip(models, reports, strict=True):
            if record:
                evaluate.record(self.library, model, report)
            yield report

    def train(self, request: TrainingRequest) -> EventStream:
        """Train a family in this process; its `output` becomes a model.

        Yields an event for everything that happens, and takes a Command at each Update. Closing
        the generator saves and stops. The budget is only noted: who reads the events ends them.
        ValueError with one sentence where the request cannot be met.
        """
        name = request.loop.start_from if not request.resume else ""
        base = self.library.resolve(name) if name else None
        return runs.setup_training(dataclasses.replace(request, base=base), self.device)


def _writable(folder: Path) -> None:
    """ValueError with one sentence unless trainings can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        said = os.environ[RUNS]
        raise ValueError(
            f"{RUNS} is {said}, where no training can be written: {error.strerror}."
        ) from None


def _pictures(model: Model, points: Tensor) -> list[Image.Image]:
    return _pils(model.draw(points))


def _pils(tensors: Tensor) -> list[Image.Image]:
    return walks.to_pil_images(tensors)


def _walk(model: Model, keyframes: Tensor, frames: int) -> list[Image.Image]:
    count = check_int(frames, "The number of frames", 2, walks.MAX_FRAMES)
    return _pictures(model, model.loop(keyframes, count))
