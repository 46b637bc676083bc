"""Attribute sliders: a model's pictures are scored, and directions found that change the scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_studio.core.events import Step
from gan_studio.core.files import require_writable
from gan_studio.core.validation import MAX_SEED, check_int
from gan_studio.gans import checkpoint
from gan_studio.gans.latents import attributes, steering
from gan_studio.gans.latents.paths import PROBE
from gan_studio.models import hub, sliders
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.models.sliders import Slider, Sliders
from gan_studio.studio import face_crop
from gan_studio.studio.face_attributes import ABSENT, CLASSIFIED, PRESENT, AttributeScorer
from gan_studio.studio.face_crop import WHOLE, Crop
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
MIN_REACHED = 0.5
"""share of faces that a slider must take from at most 20 % to at least 80 % of its attribute"""
MAX_OTHERS = 1 / 3
"""change of the other attributes, relative to its own, that a slider must stay below"""
PART = 250
GRADIENT_POINTS, GRADIENT_PART = 96, 16
"""points at which gradients are taken, and how many at a time"""
ROUNDS = 24
"""of steering for each slider"""


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
    """Steps of attributes, in whitened space."""

    white: attributes.Whitening
    names: list[str]
    steps: Tensor
    """(names, dim) or (names, layers, dim), in each layer at most 1 long"""


class Selection(NamedTuple):
    """The sliders that a model gets, and why it gets no others."""

    sliders: Sliders
    left_out: Mapping[str, str]
    """name of an attribute -> one clause that says why it has no slider"""
    crop: Crop = WHOLE
    """the square of the pictures in which the faces are"""


def find_sliders(
    model: Model,
    reader: FaceAttributeClassifier,
    count: int = 4000,
    seed: int = PROBE,
    rounds: int = ROUNDS,
    crop: Crop = WHOLE,
) -> Generator[Step, None, tuple[Sliders, ScoredPictures]]:
    """Sliders for the attributes of a model of colour faces, from so many of its pictures.

    Gradients give each step, and so many rounds of steering improve it. An attribute that hardly
    any picture has, or all have, gets no slider. `crop` is where the faces are. ValueError for a
    model of grey pictures.
    """
    check_int(count, "The count", LEAST, MOST)
    check_int(seed, "The seed", 0, MAX_SEED)
    check_int(rounds, "The number of rounds", 0, 10_000)
    if model.manifest.channels != 3:
        raise ValueError(
            f"{model.name} draws grey pictures; the face classifier needs colour ones."
        )
    return _find_sliders(model, reader, count, seed, rounds, crop)


def _find_sliders(
    model: Model,
    reader: FaceAttributeClassifier,
    count: int,
    seed: int,
    rounds: int,
    crop: Crop,
) -> Generator[Step, None, tuple[Sliders, ScoredPictures]]:
    sample = yield from score_samples(model, reader, count, seed, crop)
    directions = yield from selective_directions(model, sample, seed)
    if rounds:
        directions = yield from steer_directions(model, sample, directions, rounds, seed)
    return to_sliders(sample, directions), sample


def store(
    library: Library, name: str, count: int, measure: int, seed: int, rounds: int = ROUNDS
) -> Generator[Step, None, Selection]:
    """Find sliders, measure them on held-out pictures, and store the selective ones of a model."""
    check_int(count, "The count", LEAST, MOST)
    check_int(measure, "The number of pictures to measure on", 10, count // HELD_OUT)
    model = library.load(name)
    if hub.in_cache(model.directory):
        raise ValueError(
            f"{name} came from the Hub; copy its folder and store sliders in the copy."
        )
    files = (model.directory / file for file in (checkpoint.DIRECTIONS, checkpoint.SLIDERS))
    require_writable(*files)
    reader = faces.load(device=library.device)
    # Only imported faces are framed in other ways than CelebA's.
    crop = face_crop.find(model) if model.manifest.source else WHOLE
    search = find_sliders(model, reader, count, seed, rounds, crop)
    origin: dict[str, Any] = {"count": count, "measured_on": measure, "seed": seed}
    origin |= {"rounds": rounds, **({} if crop == WHOLE else {"crop": dataclasses.asdict(crop)})}
    return _store(library, model, search, origin, crop)


def _store(
    library: Library,
    model: Model,
    search: Generator[Step, None, tuple[Sliders, ScoredPictures]],
    origin: Mapping[str, Any],
    crop: Crop,
) -> Generator[Step, None, Selection]:
    candidates, sample = yield from search
    held_out = sample.points[_held_out_mask(sample)][: origin["measured_on"]]
    measured_sliders = yield from measure_effects(model, candidates, sample.scorer, held_out)
    selection = select(measured_sliders, sample.scorer.names)
    sliders.save(model.directory, selection.sliders, {"model": model.name, **origin})
    library.invalidate(model.directory)
    return selection._replace(crop=crop)


def select(measured_sliders: Sliders, names: Sequence[str]) -> Selection:
    """The sliders that move enough faces, and the others little; `names` are all attributes."""
    reasons = dict.fromkeys(names, f"fewer than {MIN_PER_SIDE} pictures have it or lack it")
    reasons |= {slider.name: reason_to_leave_out(slider) for slider in measured_sliders.sliders}
    selected_names = [name for name, reason in reasons.items() if not reason]
    return Selection(
        measured_sliders.subset(selected_names), {k: why for k, why in reasons.items() if why}
    )


def reason_to_leave_out(slider: Slider) -> str:
    """Why a measured slider is not selective enough, as a clause; empty where it is."""
    reached_share, others = slider.reached or 0.0, slider.others
    if reached_share < MIN_REACHED:
        return f"it moves {reached_share:.1%} of the faces, and {MIN_REACHED:.0%} are needed"
    if others is None or others >= MAX_OTHERS:
        return (
            f"the others change by {others or 0:.1%} of what it changes, and less than "
            f"{MAX_OTHERS:.1%} is needed"
        )
    return ""


def score_samples(
    model: Model, reader: FaceAttributeClassifier, count: int, seed: int, crop: Crop = WHOLE
) -> Generator[Step, None, ScoredPictures]:
    """The first pictures of a seed, scored; only their points are kept."""
    points = model.sample(seed, count)
    vectors = model.latents(seed, count).flatten(1)[:, : model.space.shape[-1]]
    scorer, raw = AttributeScorer(reader, crop), list[Tensor]()
    for i, part in enumerate(points.split(PART)):
        raw.append(scorer.raw(model.draw(part, crop.width)))
        yield _step(min(count, (i + 1) * PART), count)
    scorer.calibrate(torch.cat(raw))
    return ScoredPictures(points, vectors, scorer, scorer.shares(torch.cat(raw)))


def selective_directions(
    model: Model, sample: ScoredPictures, seed: int
) -> Generator[Step, None, DirectionSet]:
    """Steps for all attributes that enough pictures have, and enough lack, from gradients."""
    white, names = attributes.whitening(sample.vectors), frequent_attributes(sample)
    odds, points = _odds(model, sample, white), sample.points[~_held_out_mask(sample)]
    rng = torch.Generator().manual_seed(seed)
    gradient_points = points[torch.randperm(len(points), generator=rng)[:GRADIENT_POINTS]]
    slopes, values = list[Tensor](), list[Tensor]()
    for part in gradient_points.split(GRADIENT_PART):
        step = torch.zeros(len(part), *model.space.shape, requires_grad=True)
        with torch.enable_grad():
            log_odds = odds(part, step)
            columns = [column.sum() for column in log_odds.unbind(1)]
            rows = [torch.autograd.grad(column, step, retain_graph=True)[0] for column in columns]
        slopes.append(torch.stack(rows, 1))
        values.append(log_odds.detach())
        yield _step(sum(map(len, values)), len(gradient_points))
    gradients = torch.cat(slopes), torch.cat(values)
    own = [sample.scorer.names.index(name) for name in names]
    steps = torch.stack([attributes.selective(*gradients, i) for i in own])
    return DirectionSet(white, names, steps)


def frequent_attributes(sample: ScoredPictures) -> list[str]:
    """The attributes that at least MIN_PER_SIDE pictures have and as many lack; ValueError: none"""
    present = sample.shares[~_held_out_mask(sample)] > 0.5
    most = len(present) - MIN_PER_SIDE
    counts = zip(sample.scorer.names, present.sum(0).tolist(), strict=True)
    names = [name for name, n in counts if MIN_PER_SIDE <= n <= most]
    if not names:
        raise ValueError(
            f"No attribute is both present and absent in at least {MIN_PER_SIDE} of the pictures, "
            "so no slider can be found."
        )
    return names


def steer_directions(
    model: Model, sample: ScoredPictures, directions: DirectionSet, rounds: int, seed: int
) -> Generator[Step, None, DirectionSet]:
    """The same with steps that change their own attributes most, and the others least."""
    odds, points = _odds(model, sample, directions.white), sample.points[~_held_out_mask(sample)]
    steps, rng = directions.steps.clone(), torch.Generator().manual_seed(seed)
    for i, name in enumerate(directions.names):
        own = sample.scorer.names.index(name)
        steps[i] = steering.steer(odds, points, steps[i], own, REACH, rounds, rng)
        yield _step(i + 1, len(directions.names))
    return directions._replace(steps=steps)


def _odds(model: Model, sample: ScoredPictures, white: attributes.Whitening) -> steering.Odds:
    """Log-odds of the pictures of points, moved by steps in whitened space."""

    def odds(points: Tensor, step: Tensor) -> Tensor:
        offset = step.float() @ white.root.float()
        offset = pad(offset, (0, points.shape[-1] - offset.shape[-1]))  # labels stay
        pictures = model.synthesize((points + offset).to(model.device), sample.scorer.crop.width)
        return sample.scorer.odds(pictures.float()).cpu()

    return odds


def to_sliders(sample: ScoredPictures, directions: DirectionSet) -> Sliders:
    """The steps as sliders, each with its accuracy on held-out pictures."""
    held_out = _held_out_mask(sample)
    x, present = directions.white.whiten(sample.vectors), sample.shares > 0.5
    new_sliders = list[Slider]()
    for name, step in zip(directions.names, directions.steps.double(), strict=True):
        side = present[:, sample.scorer.names.index(name)]
        projections = x @ step.reshape(-1, x.shape[1]).sum(0)  # the points have one style
        right = attributes.side_accuracy(
            projections[~held_out], side[~held_out], projections[held_out], side[held_out]
        )
        new_sliders.append(
            Slider(
                name=name,
                reads=CLASSIFIED[name].meaning
                if name in CLASSIFIED
                else "the picture's own pixels",
                accuracy=round(right.accuracy, 4),
                majority=round(right.majority, 4),
                count=int(held_out.sum()),
            )
        )
    steps = directions.steps, attributes.orthogonal(directions.steps)
    return Sliders(tuple(new_sliders), *map(directions.white.unwhiten_steps, steps))


def _held_out_mask(sample: ScoredPictures) -> Tensor:
    """Mask of the held-out pictures, (N,) bool."""
    return torch.arange(len(sample.points)) % HELD_OUT == HELD_OUT - 1


def measure_effects(
    model: Model,
    candidates: Sliders,
    scorer: AttributeScorer,
    origin: Tensor,
    *,
    orthogonal: bool = False,
) -> Generator[Step, None, Sliders]:
    """The same sliders with what they do to the pictures of points (N, ...), over ±3 sigma."""
    measured_sliders, width = list[Slider](), scorer.crop.width
    for i, slider in enumerate(candidates.sliders):
        offset = REACH * (candidates.orthogonal if orthogonal else candidates.directions)[i]
        offset = pad(offset, (0, origin.shape[-1] - offset.shape[-1]))  # labels stay
        low, high = (scorer(model.draw(origin + sign * offset, width)) for sign in (-1, 1))
        measured_sliders.append(_with_effect(slider, scorer.names, low, high))
        yield _step(i + 1, len(candidates.sliders))
    return dataclasses.replace(candidates, sliders=tuple(measured_sliders))


def _with_effect(slider: Slider, names: Sequence[str], low: Tensor, high: Tensor) -> Slider:
    """From the scores of all attributes (N, sliders) at both ends."""
    own = names.index(slider.name)
    reached_share = ((low[:, own] <= ABSENT) & (high[:, own] >= PRESENT)).double().mean().item()
    changes = (high - low).abs().mean(0)
    relative = changes / changes[own].clamp_min(1e-6)
    relative[own] = 0
    others = relative.sum() / max(1, len(names) - 1)
    return dataclasses.replace(
        slider,
        reached=round(reached_share, 3),
        others=round(others.item(), 3),
        most_affected=names[int(relative.argmax())],
        most_affected_change=round(relative.max().item(), 3),
    )


def _step(step: int, total: int) -> Step:
    return Step(step=step, total=total, losses={}, images_per_second=0.0, seconds_left=0.0)
