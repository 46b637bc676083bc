"""A loaded model and what is derived from it: points, pictures, opinions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan_studio.core import devices
from gan_studio.core.validation import check_int
from gan_studio.gans.base import DiscriminatorOutputs, LatentGAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.latents import paths, spaces
from gan_studio.gans.latents.paths import Geometry
from gan_studio.images.edits import BASES, unpacked
from gan_studio.images.recipe import Recipe
from gan_studio.models import sliders
from gan_studio.models.sliders import Sliders

DIRECTIONS = 10
"""sliders that a model gets"""
TYPICAL_COUNT = 64
"""a model's own pictures with which the opinion of one is compared"""
SEEDS = 256
"""seeds whose points are remembered"""
MAX_PIXELS_PER_BATCH = 256 * 32**2
"""pixels that are drawn in one go; more of them take memory and save no time"""


@dataclass(frozen=True)
class Model:
    """A loaded model and what is derived from it."""

    name: str
    gan: LatentGAN
    manifest: Manifest
    device: torch.device
    directory: Path

    @property
    def parameters(self) -> int:
        """weights of the generator"""
        return sum(p.numel() for p in self.gan.generator.parameters())

    @cached_property
    def bytes(self) -> int:
        """what all its weights take"""
        return sum(t.numel() * t.element_size() for t in self.gan.state_dict().values())

    @cached_property
    def space(self) -> spaces.Space:
        """where its pictures are edited"""
        return spaces.space(self.gan)

    @property
    def geometry(self) -> Geometry:
        """how walks, sums and maps join its points"""
        return self.space.geometry

    @cached_property
    def seed_points(self) -> dict[tuple[Any, ...], Tensor]:
        """points by seed: a slider that moves asks for the same again and again, a mix for many"""
        return {}

    @cached_property
    def bases(self) -> dict[str, Tensor]:
        """what its numbered sliders move along, by basis, (DIRECTIONS, dim), on the CPU"""
        return {basis: self.space.directions(DIRECTIONS, basis) for basis in BASES}

    @cached_property
    def sliders(self) -> Sliders:
        """its named ones"""
        return sliders.load(self.directory, self.space.shape[-1])

    def latent(self, recipe: Recipe) -> Tensor:
        """Where the recipe's picture lies, in z (1, latent_dim) or in W (1, count, style_dim)."""
        for i in recipe.coordinates:
            self._index(i, self.gan.config.latent_dim, "coordinate")
        point = self.space.truncate(self.origin_point(recipe), recipe.psi)
        for way, part in self.direction_steps(recipe):
            point = self.space.move(point, way, self.space.layers(part))
        return self.space.pin(point, recipe.coordinates)

    def direction_steps(self, recipe: Recipe) -> Iterator[tuple[Tensor, str]]:
        """Ways (dim,) that the recipe goes from its origin, and the layers that go along."""
        edits = recipe.edits
        for i, sigma in recipe.directions.items():
            way = self.bases[edits.basis][self._index(i, DIRECTIONS, "direction")]
            yield sigma * way, edits.ranges.get(str(i), "")
        for name, sigma in edits.attributes.items():
            way = self.sliders.way(name, edits.orthogonal, self.name)
            yield sigma * way, edits.ranges.get(name, "")

    def origin_point(self, recipe: Recipe) -> Tensor:
        """Where the recipe starts from before ψ and its moves: its point, its mix or its seed."""
        if recipe.edits.point:
            origin = self.space.unflatten(unpacked(recipe.edits.point))
        elif recipe.mix:
            points = torch.cat([self.latent(part.recipe) for part in recipe.mix])
            origin = self.geometry.mix(points, _weights(recipe))
        else:
            origin = self.seeded(recipe.seed, recipe.coordinates)
        for layer, seed in recipe.edits.styles.items():
            other = self.seeded(seed, recipe.coordinates)
            origin = self.space.style_mix(origin, other, layer)
        return origin

    def seeded(self, seed: int, pinned: Mapping[int, float]) -> Tensor:
        """The point of a seed, (1, ...)."""
        key = seed, *pinned.items()
        point = self.seed_points.get(key)
        if point is None:
            if len(self.seed_points) >= SEEDS:
                self.seed_points.clear()
            z = paths.from_seed(seed, 1, self.gan.config.latent_dim)
            point = self.seed_points[key] = self.space.from_z(z, pinned)
        return point

    def point(self, recipe: Recipe) -> Tensor:
        """What is drawn: the recipe's latent and, where there are classes, its label."""
        return self.with_labels(self.latent(recipe), self.classes(recipe))

    def points(self, z: Tensor, labels: Tensor, psi: float = 1.0) -> Tensor:
        """What is drawn of latents z (N, latent_dim) under labels (N,)."""
        y = one_hot(labels, max(1, self.gan.classes))[:, : self.gan.classes].float()
        return self.with_labels(self.space.truncate(self.space.from_z(z, {}), psi), y)

    def with_labels(self, latents: Tensor, classes: Tensor) -> Tensor:
        """Points, where there are classes with their shares (N, classes) behind them."""
        return torch.cat([latents, classes], 1) if self.gan.classes else latents

    def classes(self, recipe: Recipe) -> Tensor:
        """How much the recipe shows of each class, (1, classes): of a mix what its parts show."""
        if recipe.mix and recipe.label is None:
            shown = torch.cat([self.classes(part.recipe) for part in recipe.mix])
            return paths.weighted_sum(shown, _weights(recipe))
        label = self.labels(recipe.label, range(recipe.seed, recipe.seed + 1))
        return one_hot(label, max(1, self.gan.classes))[:, : self.gan.classes].float()

    def label(self, recipe: Recipe) -> Tensor:
        """The label that the recipe shows most of, (1,)."""
        return self.classes(recipe).argmax(1) if self.gan.classes else torch.zeros(1).long()

    def loop(self, points: Tensor, frames: int) -> Tensor:
        """A closed path through inputs (K, ...): latents by the geometry, labels straight."""
        between = self.geometry.interpolate
        if not self.gan.classes:
            return paths.loop(points, frames, between)
        z, y = points.tensor_split([self.gan.config.latent_dim], 1)
        return torch.cat([paths.loop(z, frames, between), paths.loop(y, frames, torch.lerp)], 1)

    def labels(self, label: int | None, turns: range) -> Tensor:
        """The label that was asked for, once for each turn; without one, each class in turn."""
        classes = self.gan.classes
        if label is None:
            return torch.tensor(turns) % max(1, classes)
        if not classes:
            raise ValueError(
                f"{self.name} takes no label; conditional models, such as those of cgan, do."
            )
        return torch.full((len(turns),), check_int(label, "The label", 0, classes - 1))

    def _index(self, i: int, count: int, what: str) -> int:
        if i > count:
            raise ValueError(f"{self.name} has {count} {what}s; there is no {what} {i}.")
        return i - 1

    def draw(self, points: Tensor) -> Tensor:
        """Points (N, ...) -> images (N, C, H, W) in [-1, 1], on the CPU."""
        pixels = len(points) * self.gan.config.image_size**2
        count = max(1, MAX_PIXELS_PER_BATCH // self.gan.config.image_size**2)
        with torch.inference_mode(), devices.cpu_threads_for(pixels):
            parts = (self.space.synthesize(part.to(self.device)) for part in points.split(count))
            return torch.cat([part.cpu() for part in parts])

    def discriminate(self, images: Tensor, labels: Tensor) -> DiscriminatorOutputs:
        """The discriminator's opinions of images (N, C, H, W) under labels (N,), on the CPU."""
        batch = {"image": images, **({"label": labels} if self.gan.classes else {})}
        pixels = len(images) * self.gan.config.image_size**2
        with torch.inference_mode(), devices.cpu_threads_for(pixels):
            told = self.gan.discriminate({k: v.to(self.device) for k, v in batch.items()})
        rebuilt = None if told.reconstructions is None else told.reconstructions.cpu()
        return DiscriminatorOutputs(told.output, told.values.cpu(), rebuilt)

    @cached_property
    def typical_output(self) -> float:
        """The discriminator's mean opinion of the first pictures of seed 0, each class in turn."""
        labels = self.labels(None, range(TYPICAL_COUNT))
        z = paths.from_seed(0, TYPICAL_COUNT, self.gan.config.latent_dim)
        return self.discriminate(self.draw(self.points(z, labels)), labels).values.mean().item()


def _weights(recipe: Recipe) -> Tensor:
    """The shares of a mix, (K,)."""
    return torch.tensor([part.weight for part in recipe.mix])
