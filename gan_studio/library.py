"""The models that are at hand: found by name, loaded once, and kept while there is room."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan_studio import checkpoints, hub, sliders, threads
from gan_studio.checkpoints import Manifest
from gan_studio.disk import MODEL, SHIPPED
from gan_studio.edits import BASES, unpacked
from gan_studio.gan import LatentGAN, Opinions
from gan_studio.latents import arithmetic, paths, spaces
from gan_studio.latents.geometry import Geometry
from gan_studio.notices import notice
from gan_studio.recipe import Recipe, whole
from gan_studio.sliders import Sliders

DIRECTIONS = 10
"""sliders that a model gets"""
TYPICAL = 64
"""a model's own pictures with which the opinion of one is compared"""
SEEDS = 256
"""seeds whose points are remembered"""
AT_ONCE = 256 * 32**2
"""pixels that are drawn in one go; more of them take memory and save no time"""
ROOM = 2 * 10**9
"""bytes of weights that stay loaded"""
Stamp = tuple[tuple[int, ...], ...]
"""inode, size and time of a model's files"""


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
        point = self.space.truncated(self.origin(recipe), recipe.psi)
        for way, part in self.moves(recipe):
            point = self.space.moved(point, way, self.space.layers(part))
        return self.space.settled(point, recipe.coordinates)

    def moves(self, recipe: Recipe) -> Iterator[tuple[Tensor, str]]:
        """Ways (dim,) that the recipe goes from its origin, and the layers that go along."""
        edits = recipe.edits
        for i, sigma in recipe.directions.items():
            way = self.bases[edits.basis][self._index(i, DIRECTIONS, "direction")]
            yield sigma * way, edits.ranges.get(str(i), "")
        for name, sigma in edits.attributes.items():
            way = self.sliders.way(name, edits.orthogonal, self.name)
            yield sigma * way, edits.ranges.get(name, "")

    def origin(self, recipe: Recipe) -> Tensor:
        """Where the recipe starts from before ψ and its moves: its point, its mix or its seed."""
        if recipe.edits.point:
            origin = self.space.placed(unpacked(recipe.edits.point))
        elif recipe.mix:
            points = torch.cat([self.latent(part.recipe) for part in recipe.mix])
            origin = self.geometry.mixed(points, _weights(recipe))
        else:
            origin = self.seeded(recipe.seed, recipe.coordinates)
        for layer, seed in recipe.edits.styles.items():
            other = self.seeded(seed, recipe.coordinates)
            origin = self.space.grafted(origin, other, layer)
        return origin

    def seeded(self, seed: int, pinned: Mapping[int, float]) -> Tensor:
        """The point of a seed, (1, ...)."""
        key = seed, *pinned.items()
        point = self.seed_points.get(key)
        if point is None:
            if len(self.seed_points) >= SEEDS:
                self.seed_points.clear()
            z = paths.from_seed(seed, 1, self.gan.config.latent_dim)
            point = self.seed_points[key] = self.space.start(z, pinned)
        return point

    def point(self, recipe: Recipe) -> Tensor:
        """What is drawn: the recipe's latent and, where there are classes, its label."""
        return self.labelled(self.latent(recipe), self.classes(recipe))

    def points(self, z: Tensor, labels: Tensor, psi: float = 1.0) -> Tensor:
        """What is drawn of latents z (N, latent_dim) under labels (N,)."""
        y = one_hot(labels, max(1, self.gan.classes))[:, : self.gan.classes].float()
        return self.labelled(self.space.truncated(self.space.start(z, {}), psi), y)

    def labelled(self, latents: Tensor, classes: Tensor) -> Tensor:
        """Points, where there are classes with their shares (N, classes) behind them."""
        return torch.cat([latents, classes], 1) if self.gan.classes else latents

    def classes(self, recipe: Recipe) -> Tensor:
        """How much the recipe shows of each class, (1, classes): of a mix what its parts show."""
        if recipe.mix and recipe.label is None:
            shown = torch.cat([self.classes(part.recipe) for part in recipe.mix])
            return arithmetic.weighted(shown, _weights(recipe))
        label = self.labels(recipe.label, range(recipe.seed, recipe.seed + 1))
        return one_hot(label, max(1, self.gan.classes))[:, : self.gan.classes].float()

    def label(self, recipe: Recipe) -> Tensor:
        """The label that the recipe shows most of, (1,)."""
        return self.classes(recipe).argmax(1) if self.gan.classes else torch.zeros(1).long()

    def loop(self, points: Tensor, frames: int) -> Tensor:
        """A closed path through inputs (K, ...): latents by the geometry, labels straight."""
        between = self.geometry.between
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
        return torch.full((len(turns),), whole(label, "The label", 0, classes - 1))

    def _index(self, i: int, count: int, what: str) -> int:
        if i > count:
            raise ValueError(f"{self.name} has {count} {what}s; there is no {what} {i}.")
        return i - 1

    def draw(self, points: Tensor) -> Tensor:
        """Points (N, ...) -> images (N, C, H, W) in [-1, 1], on the CPU."""
        pixels = len(points) * self.gan.config.image_size**2
        count = max(1, AT_ONCE // self.gan.config.image_size**2)
        with torch.inference_mode(), threads.fitting(pixels):
            parts = [self.space.paint(part.to(self.device)).cpu() for part in points.split(count)]
        return torch.cat(parts)

    def judge(self, images: Tensor, labels: Tensor) -> Opinions:
        """The discriminator's opinions of images (N, C, H, W) under labels (N,), on the CPU."""
        batch = {"image": images, **({"label": labels} if self.gan.classes else {})}
        pixels = len(images) * self.gan.config.image_size**2
        with torch.inference_mode(), threads.fitting(pixels):
            told = self.gan.opinions({k: v.to(self.device) for k, v in batch.items()})
        rebuilt = None if told.rebuilt is None else told.rebuilt.cpu()
        return Opinions(told.measure, told.values.cpu(), rebuilt)

    @cached_property
    def typical(self) -> float:
        """The discriminator's mean opinion of the first pictures of seed 0, each class in turn."""
        labels = self.labels(None, range(TYPICAL))
        z = paths.from_seed(0, TYPICAL, self.gan.config.latent_dim)
        return self.judge(self.draw(self.points(z, labels)), labels).values.mean().item()


class Library:
    """Models by name (a folder under a root) or, for those who may read the disk, by path."""

    def __init__(
        self,
        root: Path = SHIPPED,
        device: torch.device | str = "cpu",
        *more: Path,
        listed: bool = True,
        room: int = ROOM,
    ) -> None:
        """`more` folders are looked into for what the root does not have.

        Unless their models are `listed`, only who knows one's name finds it. Of more than `room`
        bytes of weights those used least recently go.
        """
        self.roots, self.device, self.room = (root, *more), torch.device(device), room
        self._unlisted = () if listed else more
        self._folders: dict[Path, Path] = {}
        for one in self.roots:
            self._folders.setdefault(one.resolve(), one)
        self._loaded: dict[Path, Model] = {}
        self._named: dict[str, Path] = {}
        self._used, self._lock = dict[Path, float](), threading.Lock()
        self._looked: dict[Path, tuple[Stamp, Manifest | str]] = {}

    def names(self) -> list[str]:
        """Every intact model that is listed, by name; those of the first root first."""
        return list(self.intact())

    def intact(self, say: Callable[[str], object] = notice) -> dict[str, Manifest]:
        """What config.json says of each of them; of what is damaged, and left out, it is said."""
        for reason in (looked := self._look()).values():
            if isinstance(reason, str):
                say(f"{reason} It is left out.")
        return {name: seen for name, seen in looked.items() if isinstance(seen, Manifest)}

    def _look(self) -> dict[str, Manifest | str]:
        """Of each model that is listed what is known, or a sentence on why it cannot be used."""
        listed = (pair for pair in self._places().items() if pair[1].parent not in self._unlisted)
        return {name: self._inspected(place) for name, place in listed}

    def _inspected(self, place: Path) -> Manifest | str:
        """The same of one model, read again when its files have changed."""
        stamp = _stamp(place)
        known, said = self._looked.get(place, (None, ""))
        if known != stamp:
            try:
                said = checkpoints.inspect(place)
            except ValueError as error:
                said = str(error)
            self._looked[place] = stamp, said
        return said

    def has(self, name: str) -> bool:
        """Whether there is a model of that name, listed or not."""
        return name in self._places()

    def _places(self) -> dict[str, Path]:
        """Where the model of each name lies.

        A name that is taken gets the folder's before it, as in `runs/dcgan-mnist`; what is on the
        Hub under a name that is taken here, its branch.
        """
        known: dict[str, Path] = {}
        for folder, root in self._folders.items():
            for path in sorted(root.glob(f"*/{checkpoints.CONFIG}")):
                place = path.parent
                known.setdefault(_unlike(folder / place.name, known), place)
        for name, place in hub.pulled().items():
            known.setdefault(name if name not in known else f"{name}@{hub.MAIN}", place)
        return known

    def name_of(self, place: Path) -> str | None:
        """The name by which a model that lies there is known; None where it is not."""
        where = place.resolve()
        return next((n for n, known in self._places().items() if known.resolve() == where), None)

    def named(self, name: str) -> Model:
        """A model by its name alone; ValueError with the known ones."""
        if name not in self._named:  # each move of a slider comes here: no look at the disk
            self._named[name] = self.directory(name)
        return self._load(self._named[name], name)

    def directory(self, name: str) -> Path:
        """Where a model lies; ValueError with the known ones."""
        places = self._places()
        if name not in places:
            known = ", ".join(self.names()) or "none yet"
            raise ValueError(f"There is no model {name!r}; the known ones are {known}.")
        return places[name]

    def manifest(self, name: str) -> Manifest:
        """What config.json says of a model, without its weights."""
        return checkpoints.load_manifest(self.directory(name))

    def find(self, model: str) -> Model:
        """A model by its name, its directory, or as `user/repo[@revision]` on the Hub.

        For the machine's own user: this reads the disk, and asks the network.
        """
        place = self.place(model)
        if name := self.name_of(place):
            return self._load(place, name)
        if not Path(model).is_dir():
            return self._load(place, model)
        # What lies elsewhere must not be called like another model: recipes go by names.
        return self._load(place, _unlike(place, self._places()))

    def place(self, model: str) -> Path:
        """Where such a model lies; it is fetched if it must be.

        A path of several parts is one before it is a name; else a name is one before it is a path.
        """
        here, known = Path(model), self._places().get(model)
        if here.is_dir() and (known is None or here.resolve() != known.resolve()):
            if known is None or ("/" in model and (here / checkpoints.CONFIG).is_file()):
                if known:
                    notice(
                        f"{model} is taken as the folder here; a model of that name is in {known}."
                    )
                return here.resolve()
            if (here / checkpoints.CONFIG).is_file():
                notice(f"{model} is taken as the model in {known}; the folder here is ./{model}.")
        if known or not hub.could_be(model):
            return self.directory(model)
        try:
            return hub.at_hand(model) or hub.pull(model)
        except ValueError as error:
            raise ValueError(f"There is no folder {model} here. {error}") from None

    def forget(self, directory: Path) -> None:
        """Read a model anew at the next call: its files have changed."""
        with self._lock:
            self._loaded.pop(directory, None)
            self._named = {k: place for k, place in self._named.items() if place != directory}

    def _load(self, directory: Path, name: str) -> Model:
        self._used[directory] = time.monotonic()
        if found := self._loaded.get(directory):
            return found  # without the lock, which a load may hold long
        with self._lock:
            if directory not in self._loaded:
                gan, manifest = self._read(directory)
                self._loaded[directory] = Model(
                    name, gan.to(self.device), manifest, self.device, directory
                )
                self._make_room(directory)
            return self._loaded[directory]

    def _read(self, directory: Path) -> tuple[LatentGAN, Manifest]:
        try:
            return checkpoints.load_model(directory)
        except ValueError as error:  # what a look at the head did not show
            self._looked[directory] = _stamp(directory), str(error)
            raise

    def _make_room(self, latest: Path) -> None:
        """Let go of what was used least recently; who still draws with it keeps it till then."""
        taken = sum(model.bytes for model in self._loaded.values())
        for place in sorted(self._loaded.keys() - {latest}, key=lambda place: self._used[place]):
            if taken <= self.room:
                return
            taken -= self._loaded.pop(place).bytes


def _weights(recipe: Recipe) -> Tensor:
    """The shares of a mix, (K,)."""
    return torch.tensor([part.weight for part in recipe.mix])


def _unlike(place: Path, others: Container[str]) -> str:
    """What a model that lies there is called, unlike all others: with its folder if it must be."""
    names = (place.name, f"{place.parent.name}/{place.name}")
    return next((name for name in names if name not in others), str(place))


def _stamp(place: Path) -> Stamp:
    """Another one where a model's files have changed."""
    return tuple(map(_moment, (place / checkpoints.CONFIG, place / MODEL)))


def _moment(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns
