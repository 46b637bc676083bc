"""Attribute sliders: a model's pictures are scored, and directions found that change the scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_studio.core.events import Step
from gan_studio.core.files import require_writable
from gan_studio.core.validation import check_int
from gan_studio.gans import checkpoint
from gan_studio.gans.latents import attributes, steering
from gan_studio.gans.latents.paths import PROBE
from gan_studio.images.edits import MAX_SEED
from gan_studio.models import hub, sliders
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.models.sliders import Slider, Sliders
from gan_studio.studio.face_attributes import ABSENT, CLASSIFIED, PRESENT, AttributeScorer
from gan_studio.vision import faces
from gan_studio.vision.faces import FaceAttributeClassifier

HELD_OUT = 5
"""every so many pictures one is not learned from"""
LEAST, MOST = 500, 100_000
"""pictures that are looked at"""
MIN_PER_SIDE = 10
"""pictures on either side without which there is no slider"""
REACH = 3.0
"""σ to either side of a slider"""
MIN_REACHED = 0.05
"""share of faces that a slider must carry so far to be one"""
PART = 250
ROUNDS = 60
"""of steering for each direction"""


@dataclass(frozen=True)
class ScoredPictures:
    """Random pictures of a model, scored."""

    points: Tensor
    """(N, ...)"""
    vectors: Tensor
    """the same without labels, and the one style that all layers have, (N, dim)"""
    scorer: AttributeScorer
    shares: Tensor
    """how much each has of each attribute, (N, sliders)"""


class DirectionSet(NamedTuple):
    """Directions of attributes, in whitened space."""

    white: attributes.Whitening
    names: list[str]
    normals: Tensor
    """unit steps, (names, dim)"""


def find_sliders(
    model: Model,
    reader: FaceAttributeClassifier,
    count: int = 4000,
    seed: int = PROBE,
    rounds: int = ROUNDS,
) -> Generator[Step, None, tuple[Sliders, ScoredPictures]]:
    """The attribute sliders of a model of colour faces, from so many of its pictures.

    A regression finds each direction, and so many rounds of steering improve it. An attribute that
    hardly any picture has, or all have, gets no slider. ValueError for a model of grey pictures.
    """
    check_int(count, "The count", LEAST, MOST)
    check_int(seed, "The seed", 0, MAX_SEED)
    check_int(rounds, "The number of rounds", 0, 10_000)
    if model.manifest.channels != 3:
        raise ValueError(
            f"{model.name} draws grey pictures; the face classifier needs colour ones."
        )
    sample = yield from score_samples(model, reader, count, seed)
    found = regress_directions(sample)
    if rounds:
        found = yield from steer_directions(model, sample, found, rounds, seed)
    return to_sliders(sample, found), sample


def store(
    library: Library, name: str, count: int, measure: int, seed: int, rounds: int = ROUNDS
) -> Generator[Step, None, Sliders]:
    """The same, measured on some of the pictures and written beside the model."""
    check_int(measure, "The number of pictures to measure on", 10, count // HELD_OUT)
    model = library.load(name)
    if hub.in_cache(model.directory):
        raise ValueError(
            f"{name} came from the Hub; copy its folder and store sliders in the copy."
        )
    files = (model.directory / file for file in (checkpoint.DIRECTIONS, checkpoint.SLIDERS))
    require_writable(*files)
    reader = faces.load(device=library.device)
    found, sample = yield from find_sliders(model, reader, count, seed, rounds)
    others = sample.points[_held_out(sample)][:measure]
    found = (yield from measure_effects(model, found, sample.scorer, others)).effective(MIN_REACHED)
    told_by = {"count": count, "measured_on": measure, "seed": seed, "rounds": rounds}
    sliders.save(model.directory, found, {"model": model.name, **told_by})
    library.invalidate(model.directory)
    return found


def score_samples(
    model: Model, reader: FaceAttributeClassifier, count: int, seed: int
) -> Generator[Step, None, ScoredPictures]:
    """The first pictures of a seed, scored; only their points are kept."""
    points = model.sample(seed, count)
    vectors = model.latents(seed, count).flatten(1)[:, : model.space.shape[-1]]
    scorer, raw = AttributeScorer(reader), list[Tensor]()
    for done, part in enumerate(points.split(PART)):
        raw.append(scorer.raw(model.draw(part)))
        yield _step(min(count, (done + 1) * PART), count)
    scorer.calibrate(torch.cat(raw))
    return ScoredPictures(points, vectors, scorer, scorer.shares(torch.cat(raw)))


def regress_directions(sample: ScoredPictures) -> DirectionSet:
    """Directions for all attributes that enough pictures have, and enough lack."""
    white = attributes.whitening(sample.vectors)
    learned = ~_held_out(sample)
    x, shown = white.whiten(sample.vectors[learned]), sample.shares[learned] > 0.5
    odds = attributes.log_odds(sample.shares[learned])
    enough = [
        i for i, n in enumerate(shown.sum(0)) if MIN_PER_SIDE <= int(n) <= len(x) - MIN_PER_SIDE
    ]
    if not enough:
        raise ValueError(
            f"No attribute is both present and absent in at least {MIN_PER_SIDE} of the pictures, "
            "so no slider can be found."
        )
    normals = torch.stack([attributes.normal(x, odds[:, i]) for i in enough])
    return DirectionSet(white, [sample.scorer.names[i] for i in enough], normals)


def steer_directions(
    model: Model, sample: ScoredPictures, found: DirectionSet, rounds: int, seed: int
) -> Generator[Step, None, DirectionSet]:
    """The same with directions that change their own attributes most, and the others least."""
    points = sample.points[~_held_out(sample)]
    normals, rng = found.normals.clone(), torch.Generator().manual_seed(seed)

    def odds(part: Tensor, step: Tensor) -> Tensor:
        way = step.float() @ found.white.root.float()
        way = pad(way, (0, part.shape[-1] - len(way)))  # labels stay
        return sample.scorer.odds(
            model.space.synthesize((part + way).to(model.device)).float()
        ).cpu()

    for i, name in enumerate(found.names):
        own = sample.scorer.names.index(name)
        normals[i] = steering.steer(odds, points, normals[i], own, REACH, rounds, rng)
        yield _step(i + 1, len(found.names))
    return found._replace(normals=normals)


def to_sliders(sample: ScoredPictures, found: DirectionSet) -> Sliders:
    """The directions as sliders, each with its accuracy on held-out pictures."""
    held = _held_out(sample)
    x, shown = found.white.whiten(sample.vectors), sample.shares > 0.5
    known = list[Slider]()
    for name, n in zip(found.names, found.normals, strict=True):
        side = shown[:, sample.scorer.names.index(name)]
        right = attributes.side_accuracy(x[~held] @ n, side[~held], x[held] @ n, side[held])
        known.append(
            Slider(
                name=name,
                reads=CLASSIFIED[name].meaning
                if name in CLASSIFIED
                else "the picture's own pixels",
                accuracy=round(right.accuracy, 4),
                majority=round(right.majority, 4),
                count=int(held.sum()),
            )
        )
    steps = found.normals, attributes.orthogonal(found.normals)
    return Sliders(tuple(known), *map(found.white.unwhiten_steps, steps))


def _held_out(sample: ScoredPictures) -> Tensor:
    """Which pictures are not learned from, (N,) bool."""
    return torch.arange(len(sample.points)) % HELD_OUT == HELD_OUT - 1


def measure_effects(
    model: Model,
    found: Sliders,
    scorer: AttributeScorer,
    origin: Tensor,
    *,
    orthogonal: bool = False,
) -> Generator[Step, None, Sliders]:
    """The same sliders with what they do to the pictures of points (N, ...), over ±3 sigma."""
    known = list[Slider]()
    for i, slider in enumerate(found.sliders):
        way = REACH * (found.orthogonal if orthogonal else found.directions)[i]
        way = pad(way, (0, origin.shape[-1] - len(way)))  # labels stay
        low, high = (scorer(model.draw(origin + sign * way)) for sign in (-1, 1))
        known.append(_effect(slider, scorer.names.index(slider.name), low, high))
        yield _step(i + 1, len(found.sliders))
    return dataclasses.replace(found, sliders=tuple(known))


def _effect(slider: Slider, own: int, low: Tensor, high: Tensor) -> Slider:
    """From the scores of all attributes (N, sliders) at both ends."""
    reached = ((low[:, own] <= ABSENT) & (high[:, own] >= PRESENT)).double().mean().item()
    changes = (high - low).abs().mean(0)
    others = (changes.sum() - changes[own]) / (len(changes) - 1) / changes[own].clamp_min(1e-6)
    return dataclasses.replace(slider, reached=round(reached, 3), others=round(others.item(), 3))


def _step(done: int, total: int) -> Step:
    return Step(step=done, total=total, losses={}, images_per_second=0.0, seconds_left=0.0)
