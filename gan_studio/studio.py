"""What a person can do here: PIL pictures and plain values out."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio import comparison, evaluation, gan, images, rendering, runs, training
from gan_studio.comparison import Comparison
from gan_studio.devices import best_device, describe
from gan_studio.evaluation import Report
from gan_studio.families import family
from gan_studio.history import Curve
from gan_studio.jobs import Jobs
from gan_studio.latents import paths
from gan_studio.library import DIRECTIONS, SHIPPED, Library, Model
from gan_studio.recipe import MAX_PSI, MAX_SEED, Recipe, number, whole
from gan_studio.training import Story

STRIP = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""where the pictures of a film strip stand on their slider, in sigma"""
MAX_COUNT = 100_000
MAX_FRAMES = 600


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line in the table of models."""

    name: str
    family: str
    paper: str
    dataset: str
    image_size: int
    latent_dim: int
    classes: int
    """labels that can be asked for, 0 to classes - 1; 0 for an unconditional model"""
    parameters: int
    metrics: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What the discriminator makes of a picture."""

    measure: str
    """probability of being real, score (the higher the more real) or energy (the lower)"""
    value: float
    typical: float
    """the same of the model's own pictures, on average"""
    rebuilt: Image.Image | None
    """the picture as an auto-encoder rebuilds it"""


class Studio:
    """The models at hand and what can be done with them."""

    def __init__(
        self,
        root: Path = SHIPPED,
        device: torch.device | str | None = None,
        runs: Path | None = None,
    ) -> None:
        """`runs` is where trainings lie, which are models too.

        With the models that ship these are by default in GAN_STUDIO_RUNS or `runs`, else nowhere.
        """
        self.device = torch.device(device) if device else best_device()
        home = Path(os.environ.get("GAN_STUDIO_RUNS") or "runs") if root == SHIPPED else None
        self.runs = runs or home
        self.library = Library(root, self.device, *([self.runs] if self.runs else []))

    @property
    def device_name(self) -> str:
        return describe(self.device)

    @cached_property
    def jobs(self) -> Jobs:
        """The trainings in the background."""
        if not self.runs:
            raise ValueError("This studio has no folder for trainings.")
        return Jobs(self.runs, self.device, self.library.directory, self.library.forget)

    def models(self) -> list[str]:
        """The name of every model at hand, those that ship first."""
        return self.library.names()

    def entry(self, name: str) -> Entry:
        """What is known of a model."""
        model = self.library.named(name)
        manifest = model.manifest
        return Entry(
            name=name,
            family=manifest.family,
            paper=family(manifest.family).paper,
            dataset=manifest.dataset,
            image_size=manifest.config.image_size,
            latent_dim=manifest.config.latent_dim,
            classes=manifest.classes,
            parameters=model.parameters,
            metrics=dict(manifest.metrics),
        )

    def generate(self, recipe: Recipe) -> Image.Image:
        """The picture of a recipe, which it carries along."""
        model = self.library.named(recipe.model)
        return images.with_recipe(_pictures(model, model.point(recipe))[0], recipe)

    def generate_all(self, recipes: Sequence[Recipe]) -> list[Image.Image | ValueError]:
        """The pictures of many recipes at once; ValueError where one cannot be drawn."""
        return rendering.together(self.library, recipes)

    def opinion(self, recipe: Recipe) -> Opinion:
        """What the discriminator of the recipe's model makes of its picture."""
        model = self.library.named(recipe.model)
        told = model.judge(model.draw(model.point(recipe)), model.label(recipe))
        return Opinion(
            measure=told.measure,
            value=told.values.item(),
            typical=model.typical,
            rebuilt=None if told.rebuilt is None else _pils(told.rebuilt)[0],
        )

    def coordinates(self, recipe: Recipe) -> list[float]:
        """The recipe's point in latent space."""
        return self.library.named(recipe.model).latent(recipe)[0].tolist()

    def strips(self, recipe: Recipe) -> list[list[Image.Image]]:
        """Film strips: for each direction the recipe with that slider at each position of STRIP."""
        model = self.library.named(recipe.model)
        moved = [_moved(recipe, {i: s}) for i in range(1, DIRECTIONS + 1) for s in STRIP]
        pictures = _pictures(model, torch.cat([model.point(r) for r in moved]))
        return [pictures[i : i + len(STRIP)] for i in range(0, len(pictures), len(STRIP))]

    def neighbours(self, recipe: Recipe, count: int = 8, spread: float = 0.8) -> list[Image.Image]:
        """Pictures near the recipe's own, off a little along all directions, with recipes."""
        rng = random.Random(recipe.to_json())
        steps = [{i: rng.gauss(0, spread) for i in range(1, DIRECTIONS + 1)} for _ in range(count)]
        recipes = [
            _moved(recipe, {i: _slider(recipe.directions.get(i, 0) + s) for i, s in m.items()})
            for m in steps
        ]
        model = self.library.named(recipe.model)
        pictures = _pictures(model, torch.cat([model.point(r) for r in recipes]))
        return [images.with_recipe(p, r) for p, r in zip(pictures, recipes, strict=True)]

    def wander(self, recipe: Recipe, step: float = 0.25) -> Recipe:
        """A step of a random walk along the directions that stays near 0 (Ornstein-Uhlenbeck)."""
        kept = (1 - step**2) ** 0.5  # leaves each coordinate standard normal in the long run
        moves = {
            i: _slider(kept * recipe.directions.get(i, 0) + step * random.gauss(0, 1))
            for i in range(1, DIRECTIONS + 1)
        }
        return _moved(recipe, moves)

    def loop(self, recipe: Recipe, keyframes: int = 4, frames: int = 48) -> list[Image.Image]:
        """A seamless loop from the recipe's picture through the pictures of the seeds after it."""
        count = whole(keyframes, "The number of keyframes", 2, 12)
        others = [
            dataclasses.replace(recipe, seed=(recipe.seed + i) % (MAX_SEED + 1))
            for i in range(count)
        ]
        model = self.library.named(recipe.model)
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
        found = self.library.find(model)
        recipes = [Recipe(model=found.name, seed=seed, psi=psi, label=label) for seed in seeds]
        return _walk(found, torch.cat([found.point(r) for r in recipes]), frames)

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
        found = self.library.find(model)
        n = whole(count, "The count", 1, MAX_COUNT)
        z = paths.from_seed(whole(seed, "The seed", 0, MAX_SEED), n, found.gan.config.latent_dim)
        z = paths.truncate(z, number(psi, "psi", 0, MAX_PSI))
        return images.to_uint8(found.draw(found.gan.labelled(z, found.labels(label, range(n)))))

    def evaluate(
        self,
        models: Sequence[str],
        dataset: str | None = None,
        count: int = 5000,
        seed: int = 0,
        features: str | None = None,
        *,
        record: bool = False,
    ) -> Generator[Report]:
        """Measure models one by one, by default on what they learned from, as evaluation.reports.

        With `record` the numbers are written into each model's config.json and its card.
        """
        found = [self.library.find(model) for model in models]
        reports = evaluation.reports(found, dataset, count, seed, features)
        for model, report in zip(models, reports, strict=True):
            if record:
                evaluation.record(self.library, model, report)
            yield report

    def train(
        self,
        name: str,
        config: gan.Config,
        settings: training.Config,
        dataset: str,
        output: Path,
        *,
        resume: bool = False,
    ) -> Story:
        """Train a family on a data set or folder, as training.train; `output` becomes a model."""
        base = self.library.place(settings.start_from) if settings.start_from else None
        return runs.start(
            name, config, settings, dataset, output, resume=resume, device=self.device, base=base
        )


def _pictures(model: Model, points: Tensor) -> list[Image.Image]:
    return _pils(model.draw(points))


def _pils(tensors: Tensor) -> list[Image.Image]:
    return [images.to_pil(image) for image in images.to_uint8(tensors)]


def _walk(model: Model, keyframes: Tensor, frames: int) -> list[Image.Image]:
    """A loop: latents along great circles, labels straight from one to the next."""
    count = whole(frames, "The number of frames", 2, MAX_FRAMES)
    z, y = keyframes.tensor_split([model.gan.config.latent_dim], 1)
    path = [paths.loop(z, count), paths.loop(y, count, between=torch.lerp)]
    return _pictures(model, torch.cat(path, 1))


def _moved(recipe: Recipe, moves: dict[int, float]) -> Recipe:
    return dataclasses.replace(recipe, directions={**recipe.directions, **moves})


def _slider(sigma: float) -> float:
    """A position that a slider can show."""
    return round(max(-3.0, min(3.0, sigma)), 1)
