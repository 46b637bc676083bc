"""Named sliders found: pictures of a model, what they show, and the directions that change it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_studio import hub, sliders
from gan_studio.celeba import ATTRIBUTES
from gan_studio.events import Step
from gan_studio.features import faces
from gan_studio.features.faces import Reader
from gan_studio.latents import attributes, paths
from gan_studio.library import Library, Model
from gan_studio.recipe import MAX_SEED, whole
from gan_studio.sliders import Slider, Sliders

HELD_OUT = 5
"""every so many pictures one is not learned from"""
LEAST, MOST = 500, 100_000
"""pictures that are looked at"""
FEWEST = 10
"""pictures on either side without which there is no slider"""
REACH = 3.0
"""σ to either side of a slider"""
ABSENT, PRESENT = 0.2, 0.8
"""probabilities between which a slider must carry an attribute"""
WORKS = 0.05
"""share of faces that a slider must carry so far to be one"""
PART = 250


def brightness(pictures: Tensor) -> Tensor:
    """Mean of all pixels, (N, C, H, W) -> (N,)."""
    return pictures.mean((1, 2, 3))


def light_from_left(pictures: Tensor) -> Tensor:
    """How much brighter the left half of the face is, (N, C, H, W) -> (N,); its middle is seen."""
    side = pictures.shape[-1]
    face = pictures[:, :, side // 4 : side - side // 8, side // 4 : side - side // 4]
    left, right = face.chunk(2, 3)
    return left.mean((1, 2, 3)) - right.mean((1, 2, 3))


@dataclass(frozen=True)
class Trait:
    """What a slider is called after: an attribute of the face reader, or its absence."""

    attribute: str
    absent: bool = False

    @property
    def said(self) -> str:
        return f"not {self.attribute}" if self.absent else self.attribute


READ = {
    "smiling": Trait("Smiling"),
    "open mouth": Trait("Mouth_Slightly_Open"),
    "glasses": Trait("Eyeglasses"),
    "black hair": Trait("Black_Hair"),
    "blond hair": Trait("Blond_Hair"),
    "grey hair": Trait("Gray_Hair"),
    "bangs": Trait("Bangs"),
    "age": Trait("Young", absent=True),
    "masculine": Trait("Male"),
    "beard": Trait("No_Beard", absent=True),
    "lipstick": Trait("Wearing_Lipstick"),
    "pale skin": Trait("Pale_Skin"),
    "hat": Trait("Wearing_Hat"),
}
MEASURED: dict[str, Callable[[Tensor], Tensor]] = {
    "brightness": brightness,
    "light from left": light_from_left,
}
"""of the pixels themselves; a picture has it if it has more of it than half of the others"""


class Judge:
    """Says of pictures how much of each slider's trait they have, from 0 to 1."""

    names: Sequence[str] = (*READ, *MEASURED)

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.scale = torch.zeros(0, len(MEASURED))

    def raw(self, pictures: Tensor) -> Tensor:
        """Probabilities and measures of pictures (N, 3, size, size) in [-1, 1], (N, sliders)."""
        read = self.reader(pictures)
        columns = [_side(read, trait) for trait in READ.values()]
        return torch.stack([*columns, *(measure(pictures) for measure in MEASURED.values())], 1)

    def calibrate(self, raw: Tensor) -> None:
        """Take pictures for the yardstick of measures: theirs become shares that have less."""
        self.scale = raw[:, len(READ) :].T.contiguous().sort().values

    def shares(self, raw: Tensor) -> Tensor:
        """What `raw` gave with each measure as the share of pictures that have less of it."""
        less = torch.searchsorted(self.scale, raw[:, len(READ) :].T.contiguous())
        return torch.cat([raw[:, : len(READ)], less.T / max(1, self.scale.shape[1])], 1)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, size, size) in [-1, 1] -> (N, sliders) from 0 to 1."""
        return self.shares(self.raw(pictures))


@dataclass(frozen=True)
class Sample:
    """Random pictures of a model."""

    points: Tensor
    """(N, ...)"""
    ways: Tensor
    """the same without labels, and the one style that all layers have, (N, dim)"""
    judge: Judge
    shares: Tensor
    """how much each has of each trait, (N, sliders)"""


def find(
    model: Model, reader: Reader, count: int = 4000, seed: int = paths.PROBE
) -> Generator[Step, None, tuple[Sliders, Sample]]:
    """The named sliders of a model of colour faces, from so many of its pictures.

    A trait that hardly any picture has, or all have, gets none. ValueError where the model cannot
    draw what the reader reads.
    """
    whole(count, "The count", LEAST, MOST)
    whole(seed, "The seed", 0, MAX_SEED)
    if model.manifest.channels != 3:
        raise ValueError(f"{model.name} draws grey pictures; the face reader reads colour ones.")
    sample = yield from drawn(model, reader, count, seed)
    return named(sample), sample


def store(
    library: Library, name: str, count: int, measure: int, seed: int
) -> Generator[Step, None, Sliders]:
    """The same, measured on some of the pictures and written beside the model."""
    whole(measure, "The number of pictures to measure on", 10, count)
    model, reader = library.find(name), faces.load(device=library.device)
    if hub.owns(model.directory):
        raise ValueError(f"{name} came from the Hub; copy its folder to store sliders there.")
    found, sample = yield from find(model, reader, count, seed)
    found = (yield from measured(model, found, sample, measure)).working(WORKS)
    origin = {"model": model.name, "count": count, "measured_on": measure, "seed": seed}
    sliders.save(model.directory, found, origin)
    library.forget(model.directory)
    return found


def drawn(model: Model, reader: Reader, count: int, seed: int) -> Generator[Step, None, Sample]:
    """The first pictures of a seed, judged; only their points are kept."""
    z = paths.from_seed(seed, count, model.gan.config.latent_dim)
    points = model.points(z, model.labels(None, range(count)))
    ways = model.space.start(z, {}).flatten(1)[:, : model.space.shape[-1]]
    judge, raw = Judge(reader), list[Tensor]()
    for done, part in enumerate(points.split(PART)):
        raw.append(judge.raw(model.draw(part)))
        yield _step(min(count, (done + 1) * PART), count)
    judge.calibrate(torch.cat(raw))
    return Sample(points, ways, judge, judge.shares(torch.cat(raw)))


def named(sample: Sample) -> Sliders:
    """Directions for all traits that both enough and not too many pictures have."""
    white = attributes.whitening(sample.ways)
    x, shown = white.white(sample.ways), sample.shares > 0.5
    odds = attributes.log_odds(sample.shares)
    held = torch.arange(len(x)) % HELD_OUT == HELD_OUT - 1
    known, normals = list[Slider](), list[Tensor]()
    for i, name in enumerate(sample.judge.names):
        fit, rest = shown[~held, i], shown[held, i]
        if not FEWEST <= int(fit.sum()) <= len(fit) - FEWEST:
            continue
        n = attributes.normal(x[~held], odds[~held, i])
        told = attributes.sides(x[~held] @ n, fit, x[held] @ n, rest)
        normals.append(n)
        known.append(
            Slider(
                name=name,
                reads=READ[name].said if name in READ else "the picture's own pixels",
                accuracy=round(told.accuracy, 4),
                majority=round(told.majority, 4),
                count=len(rest),
            )
        )
    steps = torch.stack(normals)
    return Sliders(tuple(known), white.ways(steps), white.ways(attributes.apart(steps)))


def measured(
    model: Model, found: Sliders, sample: Sample, count: int = 100, *, apart: bool = False
) -> Generator[Step, None, Sliders]:
    """The same sliders with what they do to `count` of the sample's pictures, over ±3 sigma."""
    origin, names = sample.points[:count], list(sample.judge.names)
    known = list[Slider]()
    for i, slider in enumerate(found.known):
        way = REACH * (found.apart if apart else found.plain)[i]
        way = pad(way, (0, origin.shape[-1] - len(way)))  # labels stay
        low, high = (sample.judge(model.draw(origin + sign * way)) for sign in (-1, 1))
        known.append(_effect(slider, names.index(slider.name), low, high))
        yield _step(i + 1, len(found.known))
    return dataclasses.replace(found, known=tuple(known))


def _effect(slider: Slider, own: int, low: Tensor, high: Tensor) -> Slider:
    """From what pictures have of all traits (N, sliders) at both ends."""
    reached = ((low[:, own] <= ABSENT) & (high[:, own] >= PRESENT)).double().mean().item()
    changes = (high - low).abs().mean(0)
    others = (changes.sum() - changes[own]) / (len(changes) - 1) / changes[own].clamp_min(1e-6)
    return dataclasses.replace(slider, reached=round(reached, 3), others=round(others.item(), 3))


def _step(done: int, total: int) -> Step:
    return Step(step=done, total=total, losses={}, images_per_second=0.0, seconds_left=0.0)


def _side(read: Tensor, trait: Trait) -> Tensor:
    p = read[:, ATTRIBUTES.index(trait.attribute)]
    return 1 - p if trait.absent else p
