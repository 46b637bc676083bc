"""GANs on points in the plane: training, and what is drawn of it, as plain numbers.

After GAN Lab (Kahng et al., 2018), https://arxiv.org/abs/1809.01587, for every family of latents.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_studio.core.events import Trainable
from gan_studio.core.validation import abbreviate, check_int
from gan_studio.datasets.batches import Batch
from gan_studio.gans.families import FAMILIES
from gan_studio.gans.points import BATCH, SPAN, gan_for_points
from gan_studio.studio.live import TRAINABLE, LiveTraining, VisitorTrainings, restart_number

CELLS = 28
"""cells of the heat map along an axis"""
SAMPLES, ARROWS, REALS = 200, 40, 400
DIGITS = 1000
"""a coordinate is sent as a whole number from -DIGITS to DIGITS"""
MAX_POINTS = 500
PARTS = 8
"""labels of points that are no modes"""
MAX_ROUNDS = 50
"""updates of one request"""
TURN, SLICE = 0.3, 0.08
"""seconds in which everybody who waits has a turn, and of a turn at most"""
CROWD = 8
"""visitors who wait, from which on one of two families learns in a turn"""
NEAR = 0.3
"""distance from a centre within which a sample belongs to its mode"""
FEW = 0.02
"""share of the samples below which a mode is dropped"""


@dataclass(frozen=True, kw_only=True)
class PointSet:
    """A distribution of points: normal ones about centres, each as likely."""

    centres: Tensor
    """(modes, 2)"""
    deviation: float
    countable: bool = True
    """whether the centres are modes that a generator may drop, and no mere sample of a curve"""

    @property
    def classes(self) -> int:
        """Labels of a conditional GAN: the modes, or parts of a curve."""
        return len(self.centres) if self.countable else min(PARTS, len(self.centres))

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Points (n, 2) and their labels (n,)."""
        which = torch.randint(len(self.centres), (n,))
        x = self.centres[which] + self.deviation * torch.randn(n, 2)
        return x, which * self.classes // len(self.centres)

    def batches(self, n: int = BATCH) -> Iterator[Batch]:
        while True:
            x, label = self.draw(n)
            yield {"image": x, "label": label}


def ring(modes: int = 8) -> PointSet:
    """Metz et al., 2017, Section 3.1."""
    angle = torch.arange(modes) * 2 * math.pi / modes
    return PointSet(centres=1.5 * torch.stack([angle.cos(), angle.sin()], 1), deviation=0.05)


def grid(side: int = 5) -> PointSet:
    axis = torch.linspace(-1.6, 1.6, side)
    return PointSet(centres=torch.cartesian_prod(axis, axis), deviation=0.05)


def two() -> PointSet:
    return PointSet(centres=torch.tensor([[-1.0, -0.6], [1.0, 0.6]]), deviation=0.12)


def spiral(points: int = 200) -> PointSet:
    t = torch.linspace(0.1, 1, points)
    curve = 1.7 * t[:, None] * torch.stack([(9 * t).cos(), (9 * t).sin()], 1)
    return PointSet(centres=curve, deviation=0.04, countable=False)


POINT_SETS: Mapping[str, Callable[[], PointSet]] = {
    "ring": ring,
    "grid": grid,
    "two": two,
    "spiral": spiral,
}


def point_set(value: Any) -> PointSet:
    """A set by name, or drawn points, pairs from -1 to 1; ValueError with one sentence."""
    if isinstance(value, str):
        if value not in POINT_SETS:
            raise ValueError(
                f"points must be one of {', '.join(POINT_SETS)} or pairs of numbers, "
                f"not {abbreviate(value)}."
            )
        return POINT_SETS[value]()
    if not isinstance(value, Sequence) or not 2 <= len(value) <= MAX_POINTS:
        count = len(value) if isinstance(value, Sequence) else abbreviate(value)
        raise ValueError(f"points must be 2 to {MAX_POINTS} pairs of numbers, not {count}.")
    pairs = [_pair(one) for one in value]
    if len({*pairs}) < 2:
        raise ValueError("points must lie in at least 2 places of the plane, not in 1.")
    return PointSet(centres=SPAN * torch.tensor(pairs), deviation=0.04, countable=False)


def _pair(pair: Any) -> tuple[float, float]:
    if not isinstance(pair, Sequence) or len(pair) != 2 or isinstance(pair, str):
        raise ValueError(f"points must be pairs of numbers from -1 to 1, not {abbreviate(pair)}.")
    try:
        x, y = (float(value) for value in pair)
    except (TypeError, ValueError, OverflowError):
        x = y = math.nan
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise ValueError(f"points must lie in the plane, from -1 to 1, not at {abbreviate(pair)}.")
    return x, y


class PlaneTraining(LiveTraining):
    """A family on a set of points."""

    def __init__(self, family: str, points: PointSet) -> None:
        if family not in FAMILIES:
            raise ValueError(
                f"family must be one of {', '.join(FAMILIES)}, not {abbreviate(family)}."
            )
        gan = gan_for_points(family, classes=points.classes)
        super().__init__(gan, points.batches())
        self.family, self.points, self.latent_gan = family, points, gan
        self.fixed_latents = gan.latents(SAMPLES)
        self._figure, self._figure_step = dict[str, Any](), -1

    def samples(self) -> Tensor:
        """Points of the same latents each time, (SAMPLES, 2)."""
        G = self.latent_gan.generator.eval()
        with torch.no_grad():
            return G(self.latent_gan.append_labels(self.fixed_latents))

    def outputs(self, x: Tensor) -> Tensor:
        """The discriminator's output at points, (N, 2) -> (N,), higher where they seem real.

        An energy is negated. A conditional discriminator gives its highest output over all labels.
        """
        gan = self.latent_gan
        gan.discriminator.eval()
        if gan.classes:
            labels = torch.arange(gan.classes).repeat_interleave(len(x))
            outputs = gan.discriminate({"image": x.repeat(gan.classes, 1), "label": labels}).values
            return outputs.view(gan.classes, -1).amax(0)
        outputs = gan.discriminate({"image": x}).values
        return -outputs if gan.output == "energy" else outputs

    def arrows(self, x: Tensor) -> Tensor:
        """The slope of the discriminator's output at points: where it sends them, (N, 2)."""
        x = x.clone().requires_grad_()
        values = self.outputs(x)
        if self.latent_gan.output == "probability":
            values = values.clamp_min(1e-6).log()  # G's non-saturating loss descends -log D
        (slope,) = torch.autograd.grad(values.sum(), x)
        return slope

    def count_modes(self, x: Tensor) -> int:
        """The number of modes that samples (N, 2) lie near."""
        near = torch.cdist(x, self.points.centres) < NEAR
        return int((near.float().mean(0) > FEW).sum())

    def frame(self) -> dict[str, Any]:
        """The state of the figure, as JSON types."""
        if self.step != self._figure_step or not self._figure:
            self._figure, self._figure_step = self.draw(), self.step
        return {**self._figure, "failure": self.failure}

    def draw(self) -> dict[str, Any]:
        """Coordinates in thousandths of SPAN, the field as bytes row by row."""
        x = self.samples()
        axis = torch.linspace(-SPAN, SPAN, CELLS)
        places = torch.cartesian_prod(axis.flip(0), axis).flip(1)  # rows from above, (x, y)
        with torch.no_grad():
            field = self.outputs(places)
        low, high = (0.0, 1.0) if self.latent_gan.output == "probability" else _range(field)
        shade = ((field - low) / max(high - low, 1e-9) * 255).clamp(0, 255).byte()
        slope = self.arrows(x[:ARROWS])
        steepest = slope.norm(dim=1).amax().clamp_min(1e-9)
        countable = self.points.countable
        return {
            "family": self.family,
            "step": self.step,
            "losses": {name: round(value, 4) for name, value in self.losses.items()},
            "output": self.latent_gan.output,
            "samples": _whole(x),
            "field": base64.b64encode(bytes(shade.tolist())).decode(),
            "low": round(float(low), 4),
            "high": round(float(high), 4),
            "arrows": _whole(SPAN * slope / steepest),
            "steepest": float(f"{float(steepest):.3g}"),
            "modes": [self.count_modes(x), len(self.points.centres)] if countable else [],
        }


def _range(field: Tensor) -> tuple[float, float]:
    """Between the outermost fiftieths of the outputs, in between which most cells lie."""
    values = field.nan_to_num(0.0).sort().values
    margin = len(values) // 50
    return float(values[margin]), float(values[-1 - margin])


def _whole(points: Tensor) -> list[int]:
    """Coordinates (N, 2) as whole numbers, x and y in turn."""
    coordinates = (points.detach() / SPAN * DIGITS).nan_to_num(0.0).clamp(-2 * DIGITS, 2 * DIGITS)
    return coordinates.round().int().flatten().tolist()


class PlaneTrainings:
    """The trainings of all visitors; `advance` is called by one thread."""

    def __init__(self, most: int) -> None:
        self.visits = VisitorTrainings[list[PlaneTraining]](most)

    def advance(self, fields: Mapping[str, Any], waiting: int = 0) -> dict[str, Any]:
        """Continue a visitor's trainings, side by side; returns the figures as JSON types.

        Of `fields`, `id` names the visitor; `families` are one or two and `points` a set, and
        wherever these or `restart` change, all begins anew; `rounds` are the updates of each, at
        most, and `trainable` the players that learn. `waiting` others shorten the turn.
        """
        families, points = fields.get("families"), fields.get("points", "ring")
        if not isinstance(families, Sequence) or not 1 <= len(families) <= 2:
            raise ValueError(
                f"families must be a list of 1 or 2 names, not {abbreviate(families)}."
            )
        rounds = check_int(fields.get("rounds", 10), "rounds", 0, MAX_ROUNDS)
        trainable: Trainable = fields.get("trainable", "both")
        if trainable not in TRAINABLE:
            raise ValueError(
                f"trainable must be one of {', '.join(TRAINABLE)}, not {abbreviate(trainable)}."
            )
        key = repr((list(families), points, restart_number(fields)))

        def begin() -> list[PlaneTraining]:
            distribution = point_set(points)
            return [PlaneTraining(str(family), distribution) for family in families]

        trainings, fresh = self.visits.get(fields.get("id"), key, begin)
        seconds = min(SLICE, TURN / (waiting + 1)) / len(trainings)
        learners = trainings
        if waiting >= CROWD:  # one of two, the one that is behind
            active = [one for one in trainings if not one.failure]
            learners = sorted(active, key=lambda one: one.step)[:1]
        step_counts = [
            one.train(rounds, trainable, seconds) if one in learners else 0 for one in trainings
        ]
        answer = {
            "players": [one.frame() for one in trainings],
            "taken": step_counts,
            "fresh": fresh,
        }
        if fresh:
            answer["reals"] = _whole(trainings[0].points.draw(REALS)[0])
        return answer
