"""Models in memory; those of latents compute points, pictures and discriminator outputs."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan_studio.core import devices
from gan_studio.core.validation import abbreviate, check_int
from gan_studio.datasets.vocabulary import Vocabulary
from gan_studio.gans.base import GAN, DiscriminatorOutputs, LatentGAN, MultiScale
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families.gan_cls import GANCLS
from gan_studio.gans.latents import paths, spaces
from gan_studio.gans.published import SkipGenerator
from gan_studio.gans.text_encoder import TextEncoder
from gan_studio.images.edits import BASES, unpack_point
from gan_studio.images.recipe import Recipe
from gan_studio.models import sliders
from gan_studio.models.sliders import Sliders

DIRECTIONS = 10
"""number of direction sliders of a model"""
TYPICAL_COUNT = 64
"""a model's own pictures whose mean discriminator output a single one is compared with"""
SEEDS = 256
"""seeds whose points are remembered"""
GROWTH = 4
"""how much longer a size takes than half that size, at most, before it has been tried"""
LEAST_PREVIEW = 32
"""pixels of the smallest preview"""
MAX_PIXELS_PER_BATCH = 256 * 32**2
"""pixels that are drawn in one go; more of them take memory and save no time"""
MAX_PIXELS_ON_CPU = 64 * 32**2
"""the same without an accelerator"""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory."""

    name: str
    gan: GAN
    manifest: Manifest
    device: torch.device
    directory: Path

    @property
    def parameters(self) -> int:
        """weights of the generator"""
        return sum(p.numel() for p in self.gan.generator.parameters())

    @cached_property
    def bytes(self) -> int:
        """memory of all its weights"""
        return sum(t.numel() * t.element_size() for t in self.gan.state_dict().values())


@dataclass(frozen=True)
class Model(LoadedModel):
    """A model that draws pictures from latents."""

    gan: LatentGAN

    @property
    def multi_scale(self) -> bool:
        """whether its generator draws each picture at several sizes"""
        return isinstance(self.gan.generator, MultiScale)

    @cached_property
    def text(self) -> TextEncoder | None:
        """the text encoder, of a model that reads text"""
        return self.gan.text if isinstance(self.gan, GANCLS) and self.gan.text.reads else None

    @property
    def label_count(self) -> int:
        """labels that can be asked for; 0 for a model that reads text"""
        return 0 if self.text else self.gan.classes

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """the traits that it can be asked for and the words that it knows; ValueError if none"""
        if not self.text:
            raise ValueError(
                f"{self.name} takes no text; models of gan-cls that learnt from captions do."
            )
        return self.text.vocabulary

    @cached_property
    def space(self) -> spaces.Space:
        """the latent space in which its pictures are edited"""
        return spaces.space(self.gan)

    @cached_property
    def seed_latents(self) -> dict[tuple[Any, ...], Tensor]:
        """latents by seed: a slider that moves needs the same again and again, a mix many"""
        return {}

    @cached_property
    def bases(self) -> dict[str, Tensor]:
        """what its numbered sliders move along, by basis, (DIRECTIONS, dim), on the CPU"""
        return {basis: self.space.directions(DIRECTIONS, basis) for basis in BASES}

    @cached_property
    def sliders(self) -> Sliders:
        """its attribute sliders"""
        return sliders.load(self.directory, self.space.shape)

    def with_digest(self, recipe: Recipe) -> Recipe:
        """The recipe with the SHA-256 of the file from which this model was imported, if any."""
        digest = str(self.manifest.source.get("sha256", ""))
        return dataclasses.replace(recipe, sha256=digest) if digest else recipe

    def latent(self, recipe: Recipe) -> Tensor:
        """The recipe's latent: z (1, latent_dim), or styles (1, num_ws, style_dim)."""
        digest = self.manifest.source.get("sha256", "")
        if recipe.sha256 and recipe.sha256 != digest:
            raise ValueError(
                f"This recipe is of {self.name} from a file with SHA-256 {recipe.sha256[:12]}…, "
                f"and the model here is from {str(digest)[:12] or 'another source'}."
            )
        for i in recipe.coordinates:
            self._index(i, self.gan.config.latent_dim, "coordinate")
        point = self.space.truncate(self.origin_point(recipe), recipe.psi)
        for way, part in self.direction_steps(recipe):
            point = self.space.move(point, way, self.space.layers(part))
        return self.space.pin(point, recipe.coordinates)

    def direction_steps(self, recipe: Recipe) -> Iterator[tuple[Tensor, str]]:
        """Steps of the recipe along directions, and the layers that each applies to.

        A step is (dim,) or has a row for each layer, (layers, dim).
        """
        edits = recipe.edits
        for i, sigma in recipe.directions.items():
            way = self.bases[edits.basis][self._index(i, DIRECTIONS, "direction")]
            yield sigma * way, edits.ranges.get(str(i), "")
        for name, sigma in edits.attributes.items():
            way = self.sliders.direction(name, edits.orthogonal, self.name)
            yield sigma * way, edits.ranges.get(name, "")

    def origin_point(self, recipe: Recipe) -> Tensor:
        """The latent before ψ and its moves: of the recipe's point, mix or seed."""
        if recipe.edits.point:
            origin = self.space.unflatten(unpack_point(recipe.edits.point))
        elif recipe.mix:
            points = torch.cat([self.latent(part) for part in self.mix_parts(recipe)])
            origin = self.space.geometry.mix(points, _weights(recipe))
        else:
            origin = self.seed_latent(recipe.seed, recipe.coordinates, self.classes(recipe))
        for layer, seed in recipe.edits.styles.items():
            other = self.seed_latent(seed, recipe.coordinates, self.classes(recipe))
            origin = self.space.style_mix(origin, other, layer)
        return origin

    def mix_parts(self, recipe: Recipe) -> list[Recipe]:
        """The recipes of a mix; a label of the whole is that of each of them."""
        parts = [part.recipe for part in recipe.mix]
        if recipe.label is None or not self.gan.classes:
            return parts
        return [dataclasses.replace(part, label=recipe.label) for part in parts]

    def seed_latent(self, seed: int, coordinates: Mapping[int, float], classes: Tensor) -> Tensor:
        """The first latent of a seed, (1, ...), with some dimensions of z set by `coordinates`.

        `classes` (1, classes) are the shares of the labels, where there are labels.
        """
        key = seed, *coordinates.items(), *classes.flatten().tolist()
        point = self.seed_latents.get(key)
        if point is None:
            if len(self.seed_latents) >= SEEDS:
                self.seed_latents.clear()
            point = self.seed_latents[key] = self.latents(seed, 1, coordinates, classes)
        return point

    def latents(
        self,
        seed: int,
        count: int,
        coordinates: Mapping[int, float] | None = None,
        classes: Tensor | None = None,
    ) -> Tensor:
        """The first `count` latents of a seed, (count, ...).

        `classes` (1 or count, classes) are the shares of the labels; None takes each in turn.
        """
        if classes is None:
            classes = self.one_hot(self.labels(None, range(count)))
        z = self.gan.latents_of_seed(seed, count)
        return self.space.from_z(z, coordinates or {}, classes.expand(count, -1))

    def sample(
        self,
        seed: int,
        count: int,
        label: int | None = None,
        psi: float = 1.0,
        condition: Tensor | None = None,
    ) -> Tensor:
        """The first `count` points of a seed, (count, ...), truncated by ψ.

        Without a label a conditional model takes each class in turn; one that reads text takes
        a `condition`, (1 or count, traits).
        """
        classes = self.one_hot(self.labels(label, range(count)))
        if condition is not None:
            classes = condition.expand(count, -1)
        latents = self.space.truncate(self.latents(seed, count, classes=classes), psi)
        return self.with_labels(latents, classes)

    def point(self, recipe: Recipe) -> Tensor:
        """The generator's input: the recipe's latent with its label and transform, if any."""
        point = self.with_labels(self.latent(recipe), self.classes(recipe))
        return self.space.with_transform(point, recipe.edits.transform)

    def with_labels(self, latents: Tensor, classes: Tensor) -> Tensor:
        """Points in z, where there are classes with their shares (N, classes) behind them."""
        return self.space.with_labels(latents, classes)

    def classes(self, recipe: Recipe) -> Tensor:
        """The weight of each class in the recipe's label, (1, classes): a mix blends its parts'.

        Of a model that reads text, the condition.
        """
        if self.text or recipe.text or recipe.traits:
            self.labels(recipe.label, range(1))  # refuses one
            return self.condition(recipe)
        if recipe.mix and recipe.label is None:
            weights = torch.cat([self.classes(part.recipe) for part in recipe.mix])
            return paths.weighted_sum(weights, _weights(recipe))
        return self.one_hot(self.labels(recipe.label, range(recipe.seed, recipe.seed + 1)))

    def condition(self, recipe: Recipe) -> Tensor:
        """The condition of the recipe's text and traits, (1, traits); a mix blends its parts'."""
        names = self.vocabulary.names
        if recipe.mix and not recipe.text:
            parts = torch.cat([self.condition(part.recipe) for part in recipe.mix])
            condition = paths.weighted_sum(parts, _weights(recipe))
        else:
            condition = self.read_text(recipe.text)[None]
        for name, strength in recipe.traits.items():
            if name not in names:
                raise ValueError(
                    f"{self.name} knows no trait {abbreviate(name)}; it knows {', '.join(names)}."
                )
            condition[0, names.index(name)] = strength
        return condition

    def read_text(self, text: str) -> Tensor:
        """The condition of a text, (traits,) in [-1, 1]; unknown words are ignored."""
        words = self.vocabulary.read(text) if text else []
        assert self.text
        return self.text.read([word.read for word in words if word.read]).clone()

    def one_hot(self, labels: Tensor) -> Tensor:
        """Labels (N,) -> (N, classes); zeros where text is the condition."""
        if self.text:
            return torch.zeros(len(labels), self.gan.classes)
        return one_hot(labels, max(1, self.gan.classes))[:, : self.gan.classes].float()

    def label(self, recipe: Recipe) -> Tensor:
        """The label that the recipe shows most of, (1,)."""
        return self.classes(recipe).argmax(1) if self.label_count else torch.zeros(1).long()

    def loop(self, points: Tensor, frames: int) -> Tensor:
        """A closed path through inputs (K, ...): latents by the geometry, labels straight."""
        between = self.space.geometry.interpolate
        if not self.gan.classes or self.space.has_layers:
            return paths.loop(points, frames, between)
        z, y = points.tensor_split([self.gan.config.latent_dim], 1)
        return torch.cat([paths.loop(z, frames, between), paths.loop(y, frames, torch.lerp)], 1)

    def labels(self, label: int | None, turns: range) -> Tensor:
        """The label that was asked for, once for each turn; without one, each class in turn."""
        classes = self.gan.classes
        if label is None:
            return torch.tensor(turns) % max(1, classes)
        if not classes or self.text:
            raise ValueError(
                f"{self.name} takes no label; conditional models, such as those of cgan, do."
            )
        return torch.full((len(turns),), check_int(label, "The label", 0, classes - 1))

    def _index(self, i: int, count: int, what: str) -> int:
        if i > count:
            raise ValueError(f"{self.name} has {count} {what}s; there is no {what} {i}.")
        return i - 1

    def pictures_per_batch(self, size: int) -> int:
        """Pictures of a size that are drawn, or judged, in one go."""
        on_cpu = self.device.type == "cpu"
        return max(1, (MAX_PIXELS_ON_CPU if on_cpu else MAX_PIXELS_PER_BATCH) // size**2)

    def draw(self, points: Tensor, width: int | None = None) -> Tensor:
        """Points (N, ...) -> images (N, C, H, W) in [-1, 1], on the CPU.

        With `width` at the smallest of `preview_sizes` from there on, where there are such.
        """
        size = self.gan.config.image_size
        reached_size = next((one for one in self.preview_sizes if one >= (width or size)), size)
        count = self.pictures_per_batch(reached_size)
        with torch.inference_mode(), self.threads_for(len(points) * reached_size**2):
            parts = (self.synthesize(part.to(self.device), width) for part in points.split(count))
            return torch.cat([part.cpu() for part in parts])

    def threads_for(self, pixels: int) -> AbstractContextManager[object]:
        """CPU threads for so many pixels of this model: large networks pay for a second one."""
        return devices.cpu_threads_for(pixels * max(1, self.parameters // 1_000_000))

    def synthesize(self, points: Tensor, width: int | None = None) -> Tensor:
        """The same on the model's device, differentiable and all at once."""
        if width is None or not isinstance(self.gan.generator, SkipGenerator):
            return self.space.synthesize(points)
        for picture in self.gan.generator.pictures(points):
            if picture.shape[-1] >= min(width, self.gan.config.image_size):
                return picture
        raise AssertionError("the last picture is the whole one")

    def pyramid(self, points: Tensor) -> list[Tensor]:
        """Points (N, ...) -> their images at each size that the generator draws, on the CPU.

        Coarse to fine, (N, C, s, s) each in [-1, 1]; most generators draw one size.
        """
        if not isinstance(self.gan.generator, MultiScale):
            return [self.draw(points)]
        pixels = len(points) * self.gan.config.image_size**2
        with torch.inference_mode(), self.threads_for(pixels):
            return [x.cpu() for x in self.gan.generator.pyramid(points.to(self.device))]

    @property
    def preview_sizes(self) -> tuple[int, ...]:
        """Sizes of its pictures on the way to the whole one; empty where there are none."""
        if not isinstance(self.gan.generator, SkipGenerator):
            return ()
        return tuple(2**i for i in range(2, self.gan.config.image_size.bit_length()))

    @cached_property
    def size_seconds(self) -> dict[int, float]:
        """size -> seconds that the step from half that size took last"""
        return {}

    def draw_within(self, points: Tensor, seconds: float) -> tuple[Tensor, int]:
        """Points -> images (N, C, size, size) in [-1, 1], and their size, on the CPU.

        The largest size that was reached when the next would have ended after `seconds`, judged by
        what it took before, or by four times what this one took.
        """
        if not isinstance(self.gan.generator, SkipGenerator):
            return self.draw(points), self.gan.config.image_size
        start, times = time.perf_counter(), self.size_seconds
        images, size, before = points, 0, start
        with torch.inference_mode():
            for picture in self.gan.generator.pictures(points.to(self.device)):
                images = picture.cpu()  # waits, so that the clock tells the truth
                now, size = time.perf_counter(), images.shape[-1]
                times[size] = now - before
                guess = times.get(2 * size, GROWTH * times[size])
                if size >= LEAST_PREVIEW and now - start + guess > seconds:
                    break
                before = now
        return images, size

    def discriminate(self, images: Tensor, labels: Tensor) -> DiscriminatorOutputs:
        """The discriminator's outputs for images (N, C, H, W) with labels (N,), on the CPU."""
        batch = {"image": images, **({"label": labels} if self.label_count else {})}
        pixels = len(images) * self.gan.config.image_size**2
        with torch.inference_mode(), devices.cpu_threads_for(pixels):
            outputs = self.gan.discriminate({k: v.to(self.device) for k, v in batch.items()})
        reconstructions = None if outputs.reconstructions is None else outputs.reconstructions.cpu()
        return DiscriminatorOutputs(outputs.output, outputs.values.cpu(), reconstructions)

    @cached_property
    def typical_output(self) -> float:
        """The discriminator's mean output for the first pictures of seed 0, each class in turn."""
        labels = self.labels(None, range(TYPICAL_COUNT))
        pictures = self.draw(self.sample(0, TYPICAL_COUNT))
        count = self.pictures_per_batch(self.gan.config.image_size)
        parts = zip(pictures.split(count), labels.split(count), strict=True)
        return torch.cat([self.discriminate(x, y).values for x, y in parts]).mean().item()


def _weights(recipe: Recipe) -> Tensor:
    """The shares of a mix, (K,)."""
    return torch.tensor([part.weight for part in recipe.mix])
