"""The space in which pictures are edited: z, or the styles W that a network makes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from math import prod, radians
from typing import ClassVar

import torch
from torch import Tensor

from gan_studio.gans.base import LatentGAN, Styled, Transformable
from gan_studio.gans.latents import directions, paths
from gan_studio.gans.latents.paths import FLAT, SPHERE, Geometry
from gan_studio.images.edits import RANGES

SAMPLES = 4096
"""styles whose principal components are the directions in W"""


class Space(ABC):
    """Points (N, ...) from which a model draws."""

    geometry: ClassVar[Geometry]
    shape: tuple[int, ...]
    """of a point"""

    @abstractmethod
    def layers(self, part: str) -> slice:
        """Those of a part of RANGES, or all; ValueError where there are no such."""

    @abstractmethod
    def from_z(self, z: Tensor, pins: Mapping[int, float], classes: Tensor) -> Tensor:
        """Points of latents z (N, latent_dim); `pins` are dimensions of z and their values.

        `classes` (N, classes) are the shares of the labels, where there are labels.
        """

    @abstractmethod
    def with_labels(self, points: Tensor, classes: Tensor) -> Tensor:
        """The input of `synthesize`: points and, unless they contain them already, labels."""

    def with_transform(self, points: Tensor, transform: tuple[float, float, float]) -> Tensor:
        """Points whose pictures are rotated (degrees) and shifted (lengths, right and down)."""
        if any(transform):
            raise ValueError("This model cannot rotate or shift its pictures; StyleGAN3 can.")
        return points

    @abstractmethod
    def truncate(self, points: Tensor, psi: float) -> Tensor:
        """Points drawn towards the middle of the space."""

    @abstractmethod
    def move(self, points: Tensor, step: Tensor, layers: slice) -> Tensor:
        """Points moved by `step` at those layers, if the space has layers.

        `step` is (dim,) for all layers, or (layers, dim).
        """

    @abstractmethod
    def pin(self, points: Tensor, pins: Mapping[int, float]) -> Tensor:
        """Points after all moves, with the dimensions of `pins` set to their values."""

    @abstractmethod
    def directions(self, count: int, basis: str) -> Tensor:
        """Directions of the numbered sliders, (count, dim); a step of length 1 is one sigma."""

    @abstractmethod
    def synthesize(self, points: Tensor) -> Tensor:
        """Points, in z with labels behind them -> images (N, channels, size, size)."""

    @property
    def has_layers(self) -> bool:
        """Whether a point has a style for each layer."""
        return len(self.shape) == 2

    def style_mix(self, points: Tensor, others: Tensor, layer: int) -> Tensor:
        """Points with the styles of others from a layer on, counted from 1."""
        if not self.has_layers:
            raise ValueError("This model has no styles to mix; style-based ones have.")
        if layer > self.shape[0]:
            raise ValueError(f"This model has {self.shape[0]} layers; there is no layer {layer}.")
        return torch.cat([points[:, : layer - 1], others[:, layer - 1 :]], 1)

    def unflatten(self, values: Sequence[float]) -> Tensor:
        """A point's numbers as a point (1, ...); ValueError when they are of another model."""
        if len(values) != prod(self.shape):
            raise ValueError(
                f"The picture's point has {len(values)} numbers, and this model's have "
                f"{prod(self.shape)}: it was found for another model."
            )
        return torch.tensor(values).view(1, *self.shape)


class Latents(Space):
    """z (N, latent_dim), standard normal."""

    geometry = SPHERE

    def __init__(self, gan: LatentGAN) -> None:
        self.gan, self.shape = gan, (gan.config.latent_dim,)

    def layers(self, part: str) -> slice:
        if part:
            raise ValueError(f"This model has no {part} layers; style-based ones have.")
        return slice(None)

    def from_z(self, z: Tensor, pins: Mapping[int, float], classes: Tensor) -> Tensor:
        del pins, classes  # they are set at the end
        return z

    def with_labels(self, points: Tensor, classes: Tensor) -> Tensor:
        return torch.cat([points, classes], 1) if self.gan.classes else points

    def truncate(self, points: Tensor, psi: float) -> Tensor:
        return paths.truncate(points, psi)

    def move(self, points: Tensor, step: Tensor, layers: slice) -> Tensor:
        del layers
        return points + step

    def pin(self, points: Tensor, pins: Mapping[int, float]) -> Tensor:
        return set_coordinates(points, pins)

    def directions(self, count: int, basis: str) -> Tensor:
        """The closed form, which in z is also what principal components would give."""
        del basis
        dim, classes = self.gan.config.latent_dim, self.gan.classes
        return directions.closed_form(self.gan.first_affine(), dim, count, rest=classes)

    def synthesize(self, points: Tensor) -> Tensor:
        return self.gan.generator(points)


class Styles(Space):
    """w (N, num_ws, style_dim), a style for each layer."""

    geometry = FLAT

    def __init__(self, generator: Styled, gan: LatentGAN) -> None:
        self.generator, self.gan = generator, gan
        self.shape = (generator.num_ws, len(generator.w_avg))

    def layers(self, part: str) -> slice:
        """Each range is about a third of the layers; a size's own two mostly stay together."""
        bounds = [round(i * self.shape[0] / len(RANGES)) for i in range(len(RANGES) + 1)]
        i = RANGES.index(part) if part else 0
        return slice(bounds[i], bounds[i + 1] if part else None)

    def from_z(self, z: Tensor, pins: Mapping[int, float], classes: Tensor) -> Tensor:
        device = self.generator.w_avg.device
        z = torch.cat([set_coordinates(z, pins), classes], 1)
        with torch.no_grad():
            return self.generator.mapping(z.to(device)).cpu().clone()

    def with_labels(self, points: Tensor, classes: Tensor) -> Tensor:
        del classes  # the styles were made with them
        return points

    def truncate(self, points: Tensor, psi: float) -> Tensor:
        return paths.truncate(points, psi, self.generator.w_avg.cpu())

    def move(self, points: Tensor, step: Tensor, layers: slice) -> Tensor:
        styles = points.clone()
        styles[:, layers] += step.expand(self.shape)[layers]
        return styles

    def pin(self, points: Tensor, pins: Mapping[int, float]) -> Tensor:
        del pins  # z has become styles before
        return points

    def directions(self, count: int, basis: str) -> Tensor:
        seed = torch.Generator().manual_seed(paths.PROBE)
        z = torch.randn(SAMPLES, self.gan.config.latent_dim, generator=seed)
        labels = self.gan.append_labels(z)[:, z.shape[1] :].cpu()
        w = self.from_z(z, {}, labels)[:, 0]
        return directions.BASES[basis](w, self.generator.style_weights().cpu(), count)

    def synthesize(self, points: Tensor) -> Tensor:
        return self.generator.synthesis(points)


class MovableStyles(Styles):
    """w of a generator whose pictures can be rotated and shifted.

    What is to be drawn has a row more than there are styles, which begins with the transform: so it
    is interpolated and drawn in batches as styles are.
    """

    def __init__(self, generator: Transformable, gan: LatentGAN) -> None:
        super().__init__(generator, gan)
        self.movable = generator

    def with_transform(self, points: Tensor, transform: tuple[float, float, float]) -> Tensor:
        row = points.new_zeros(len(points), 1, points.shape[-1])
        row[..., : len(transform)] = torch.tensor(transform)
        return torch.cat([points, row], 1)

    def synthesize(self, points: Tensor) -> Tensor:
        styles, rows = points.tensor_split([self.shape[0]], 1)
        return self.movable.synthesis(styles, transforms(rows[:, 0]) if rows.shape[1] else None)


def transforms(rows: Tensor) -> Tensor:
    """Rotation in degrees and shifts, (N, 3 or more) -> the matrices that undo them, (N, 3, 3)."""
    angle, x, y = rows[:, 0] * radians(1), rows[:, 1], rows[:, 2]
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros_like(x), torch.ones_like(x)
    entries = [c, -s, s * y - c * x, s, c, -s * x - c * y, zero, zero, one]
    return torch.stack(entries, 1).unflatten(1, (3, 3))


def set_coordinates(points: Tensor, values: Mapping[int, float]) -> Tensor:
    """Points (N, dim) with some dimensions, counted from 1, at those values."""
    points = points.clone()
    for i, value in values.items():
        points[:, i - 1] = value
    return points


def space(gan: LatentGAN) -> Space:
    """The space in which a GAN's pictures are edited."""
    G = gan.generator
    if isinstance(G, Transformable):
        return MovableStyles(G, gan)
    return Styles(G, gan) if isinstance(G, Styled) else Latents(gan)
