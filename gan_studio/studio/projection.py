"""A picture's place in a model's latent space (Karras et al., 2020, Section 5; Abdal et al., 2019).

Candidates are drawn at random; from the best of them a descent goes on in the space in which the
model is edited, and of a style-based generator the best one then gets a style for each layer.
Coordinates are whitened: a step of length 1 is one sigma of the model's own points.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import adaptive_max_pool2d, mse_loss, normalize

from gan_studio.core.events import Frame
from gan_studio.core.validation import MAX_SEED, check_float, check_int
from gan_studio.gans.latents import attributes, paths
from gan_studio.gans.latents.attributes import Whitening
from gan_studio.images import convert
from gan_studio.images.edits import Edits, pack_point
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe
from gan_studio.models.model import Model
from gan_studio.vision.network import FeatureNetwork

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
LEAST = 16
"""pixels of a picture's sides"""
SAMPLES = 2000
"""points by which coordinates are whitened"""
EVERY = 4
"""steps between two frames"""


@dataclass(frozen=True, kw_only=True)
class ProjectionConfig:
    """Steps and weights of a projection."""

    candidates: int = 300
    """random pictures among which the starts are chosen"""
    starts: int = 4
    """candidates from which the descent begins"""
    steps: int = 60
    """of the descent from all starts"""
    layer_steps: int = 140
    """of the descent with a style for each layer, from the best start"""
    pixel_weight: float = 1.0
    """of the squared difference of pixels beside the perceptual distance"""
    prior: float = 0.002
    """weight of the squared distance from the mean, in sigma: what lies far out edits badly"""
    unity: float = 0.01
    """weight of the squared deviations of a layer's style from the mean of all"""
    learning_rate: float = 0.1
    """Adam's largest step, in sigma"""
    seed: int = paths.PROBE
    """of the candidates"""

    def __post_init__(self) -> None:
        check_int(self.candidates, "candidates", 1, 10_000)
        check_int(self.starts, "starts", 1, min(64, self.candidates))
        check_int(self.steps, "steps", 1, 10_000)
        check_int(self.layer_steps, "layer_steps", 0, 10_000)
        check_int(self.seed, "The seed", 0, MAX_SEED)
        for name in ("pixel_weight", "prior", "unity"):
            check_float(getattr(self, name), name, 0, 1000)
        check_float(self.learning_rate, "learning_rate", 1e-6, 10)


@dataclass(frozen=True, kw_only=True)
class ProjectionFrame(Frame):
    """The best picture so far."""

    recipe: Recipe
    """draws the image again"""

    @property
    def picture(self) -> Picture:
        return Picture(self.image, self.recipe)


def project(
    model: Model,
    picture: Image.Image,
    network: FeatureNetwork,
    config: ProjectionConfig | None = None,
    label: int | None = None,
) -> Generator[ProjectionFrame]:
    """Approach a picture, of which the central square is taken.

    Closing the iterator stops within one step. ValueError with one sentence, before anything is
    computed, for a picture that is too small or a label that there is none.
    """
    if min(picture.size) < LEAST:
        raise ValueError(
            f"The picture has {picture.width} x {picture.height} pixels; no side may be below "
            f"{LEAST}."
        )
    recipe = Recipe(model=model.name, label=label)
    model.label(recipe)
    return Search(
        model, target(model, picture), network, config or ProjectionConfig(), recipe
    ).run()


def target(model: Model, picture: Image.Image) -> Tensor:
    """The picture's central square as the model would draw it, (1, channels, size, size)."""
    mode = "RGB" if model.manifest.channels == 3 else "L"
    square = convert.center_crop(
        convert.pixels_only(picture).convert(mode), model.manifest.config.image_size
    )
    pixels = np.asarray(square).reshape(square.height, square.width, -1)
    return convert.from_uint8(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None])


def features(network: FeatureNetwork, pictures: Tensor) -> list[Tensor]:
    """Activations of LAYERS, each place's channels at length 1: (N, C, H, W) -> (N, c, h, w)."""
    activations = network(pictures.expand(-1, 3, -1, -1), LAYERS)
    return [normalize(activations[layer], dim=1, eps=1e-6) for layer in LAYERS]


def distances(
    ours: list[Tensor], targets: list[Tensor], weights: Sequence[Tensor] | None = None
) -> Tensor:
    """Perceptual distance, (N,): squared differences of normalised channels, averaged over places
    and summed over layers (Zhang et al., 2018, Eq. 1, with all weights 1).

    `weights` (1, h, w) of each layer say how much its places count, 1 on average.
    """
    layers = [(a - b).square().sum(1) for a, b in zip(ours, targets, strict=True)]
    if weights is not None:
        layers = [layer * weight for layer, weight in zip(layers, weights, strict=True)]
    return torch.stack([layer.mean((1, 2)) for layer in layers]).sum(0)


def whole_places(weights: Tensor, layer: Tensor) -> Tensor:
    """Pixels' weights (1, 1, H, W) -> those of a layer's places (1, h, w), 1 on average.

    A place counts if all its pixels do; where none does, all have the weight 0.
    """
    hidden = adaptive_max_pool2d((weights == 0).float(), layer.shape[2:])[0]
    return (1 - hidden) / (1 - hidden).mean().clamp_min(1 / hidden.numel())


class Search:
    """A descent towards a picture (1, C, H, W).

    `weights` (1, 1, H, W) from 0 say how much each pixel counts, 1 on average; features count
    where none of their pixels has the weight 0.
    """

    def __init__(
        self,
        model: Model,
        picture: Tensor,
        network: FeatureNetwork,
        config: ProjectionConfig,
        recipe: Recipe,
        weights: Tensor | None = None,
    ) -> None:
        self.model, self.network, self.config, self.recipe = model, network, config, recipe
        self.picture = picture.to(model.device)
        self.weights = None if weights is None else weights.to(model.device)
        self.classes = model.classes(recipe).to(model.device)
        with torch.no_grad():
            self.target_features = features(network, self.picture)
        self.layer_weights = None
        if self.weights is not None:
            self.layer_weights = [whole_places(self.weights, part) for part in self.target_features]
        latents = model.latents(config.seed, SAMPLES, classes=model.classes(recipe))
        points = latents.flatten(1)[:, : model.space.shape[-1]]
        self.points = points[: config.candidates]
        self.white = attributes.whitening(points)
        self.white = Whitening(*(part.float().to(model.device) for part in self.white))
        both = [config.steps, config.layer_steps]
        self.phases = both if model.space.has_layers else [sum(both)]
        self.start_time = 0.0

    def run(self) -> Generator[ProjectionFrame]:
        u = self.starts(self.points)
        self.start_time, current_step, best = time.perf_counter(), 0, 0
        for phase, steps in enumerate(self.phases):
            if phase:
                u = u.expand(-1, self.model.space.shape[0], -1)
            u, step_offset = u.clone(), current_step
            for step, u_now, losses in self.descent(u, steps):
                current_step, u = step_offset + step, u_now
                best = int(losses["distance"].argmin())
                if step % EVERY == 0 or step == steps:
                    yield self.frame(current_step, u[best : best + 1], losses, best)
            u = u[best : best + 1]

    def starts(self, points: Tensor) -> Tensor:
        """The candidates (N, dim) that come nearest, whitened, (starts, 1, dim)."""
        u = (points.to(self.white.mean) - self.white.mean) @ self.white.inverse
        with torch.no_grad():
            totals = torch.cat([self.losses(part)["total"] for part in u[:, None].split(50)])
        return u[totals.argsort()[: self.config.starts], None]

    def descent(self, u: Tensor, steps: int) -> Iterator[tuple[int, Tensor, dict[str, Tensor]]]:
        """Steps of Adam that become shorter towards the end, from (starts, styles, dim)."""
        u.requires_grad_()
        optimizer = torch.optim.Adam([u], self.config.learning_rate, betas=(0.9, 0.99))
        for step in range(1, steps + 1):
            part = (step - 1) / steps
            optimizer.param_groups[0]["lr"] = self.config.learning_rate * min(
                1.0, 10 * part + 0.2, 0.5 + 0.5 * math.cos(math.pi * part) + 0.02
            )
            losses = self.losses(u)
            (u.grad,) = torch.autograd.grad(losses["total"].sum(), u)
            before = u.detach().clone()  # the points of these losses, not those after the step
            optimizer.step()
            yield step, before, {k: v.detach() for k, v in losses.items()}

    def losses(self, u: Tensor) -> dict[str, Tensor]:
        """Of whitened points (N, styles, dim), each (N,)."""
        c, pictures = self.config, self.draw(u)
        distance = distances(
            features(self.network, pictures), self.target_features, self.layer_weights
        )
        pixels = mse_loss(pictures, self.picture.expand_as(pictures), reduction="none")
        if self.weights is not None:
            pixels = pixels * self.weights
        pixels = pixels.mean((1, 2, 3))
        far = u.square().mean((1, 2))
        apart = (u - u.mean(1, keepdim=True)).square().mean((1, 2))
        total = distance + c.pixel_weight * pixels + c.prior * far + c.unity * apart
        return {"distance": distance, "pixels": pixels, "total": total}

    def draw(self, u: Tensor) -> Tensor:
        """Pictures of whitened points (N, styles, dim)."""
        return self.model.space.synthesize(self.points_of(u)).float()

    def points_of(self, u: Tensor) -> Tensor:
        """Whitened points (N, styles, dim) -> points that the model draws."""
        points = self.white.mean + u @ self.white.root
        if self.model.space.has_layers:
            return points.expand(-1, self.model.space.shape[0], -1)
        return self.model.with_labels(points[:, 0], self.classes.expand(len(points), -1))

    def frame(self, step: int, u: Tensor, losses: dict[str, Tensor], best: int) -> ProjectionFrame:
        with torch.no_grad():
            points = self.points_of(u)
        values = points[..., : self.model.space.shape[-1]].flatten().tolist()
        recipe = self.model.with_digest(replace(self.recipe, edits=Edits(point=pack_point(values))))
        picture = self.model.draw(self.model.point(recipe))  # as the recipe will be drawn again
        total, elapsed = sum(self.phases), time.perf_counter() - self.start_time
        return ProjectionFrame(
            step=step,
            total=total,
            image=convert.to_pil(convert.to_uint8(picture)[0]),
            recipe=recipe,
            losses={k: v[best].item() for k, v in losses.items()},
            seconds_left=elapsed / step * (total - step),
        )
