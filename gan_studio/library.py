"""The models that are at hand: found by name, loaded once, and kept while there is room."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from gan_studio import checkpoints, threads
from gan_studio.checkpoints import SHIPPED, Manifest
from gan_studio.gan import LatentGAN, Opinions
from gan_studio.latents import directions, paths
from gan_studio.recipe import Recipe, whole

DIRECTIONS = 10
"""sliders that a model gets"""
TYPICAL = 64
"""a model's own pictures with which the opinion of one is compared"""
ROOM = 2 * 10**9
"""bytes of weights that stay loaded"""


@dataclass(frozen=True)
class Model:
    """A loaded model and what is derived from it."""

    name: str
    gan: LatentGAN
    manifest: Manifest
    device: torch.device

    @property
    def parameters(self) -> int:
        """weights of the generator"""
        return sum(p.numel() for p in self.gan.generator.parameters())

    @cached_property
    def bytes(self) -> int:
        """what all its weights take"""
        return sum(t.numel() * t.element_size() for t in self.gan.state_dict().values())

    @cached_property
    def directions(self) -> Tensor:
        """(DIRECTIONS, latent_dim), on the CPU"""
        z, y = self.gan.config.latent_dim, self.gan.classes
        return directions.closed_form(self.gan.stem(), z, DIRECTIONS, rest=y)

    def latent(self, recipe: Recipe) -> Tensor:
        """The recipe's point in latent space, (1, latent_dim)."""
        dim = self.gan.config.latent_dim
        z = paths.truncate(paths.from_seed(recipe.seed, 1, dim), recipe.psi)
        for i, sigma in recipe.directions.items():
            z += sigma * self.directions[self._index(i, DIRECTIONS, "direction")]
        for i, value in recipe.coordinates.items():
            z[:, self._index(i, dim, "coordinate")] = value
        return z

    def point(self, recipe: Recipe) -> Tensor:
        """The generator's input: the recipe's latent and, where there are classes, its label."""
        return self.gan.labelled(self.latent(recipe), self.label(recipe))

    def label(self, recipe: Recipe) -> Tensor:
        """The recipe's label, (1,)."""
        return self.labels(recipe.label, range(recipe.seed, recipe.seed + 1))

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

    def draw(self, latents: Tensor) -> Tensor:
        """The generator's input (N, ...) -> images (N, C, H, W) in [-1, 1], on the CPU."""
        pixels = len(latents) * self.gan.config.image_size**2
        with torch.inference_mode(), threads.fitting(pixels):
            parts = [self.gan.generator(part.to(self.device)).cpu() for part in latents.split(256)]
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
        return self.judge(self.draw(self.gan.labelled(z, labels)), labels).values.mean().item()


class Library:
    """Models by name (a folder under a root) or, for those who may read the disk, by path."""

    def __init__(
        self,
        root: Path = SHIPPED,
        device: torch.device | str = "cpu",
        *more: Path,
        room: int = ROOM,
    ) -> None:
        """`more` folders are looked into for what the root does not have.

        Of more than `room` bytes of weights those go that were used least recently; the last one
        stays, however large.
        """
        self.roots, self.device, self.room = (root, *more), torch.device(device), room
        self._loaded: dict[Path, Model] = {}
        self._named: dict[str, Path] = {}
        self._used: dict[Path, float] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Every model under the roots, by name; those of the first root first."""
        return list(self._places())

    def _places(self) -> dict[str, Path]:
        """Where the model of each name lies."""
        known: dict[str, Path] = {}
        for root in self.roots:
            for path in sorted(root.glob(f"*/{checkpoints.CONFIG}")):
                known.setdefault(path.parent.name, path.parent)
        return known

    def named(self, name: str) -> Model:
        """A model by its name alone; ValueError with the known ones."""
        if name not in self._named:  # each move of a slider comes here: no look at the disk
            self._named[name] = self.directory(name)
        return self._load(self._named[name], name)

    def directory(self, name: str) -> Path:
        """Where a model lies; ValueError with the known ones."""
        places = self._places()
        if name not in places:
            known = ", ".join(places) or "none yet"
            raise ValueError(f"There is no model {name!r}; the known ones are {known}.")
        return places[name]

    def manifest(self, name: str) -> Manifest:
        """What config.json says of a model, without its weights."""
        return checkpoints.load_manifest(self.directory(name))

    def find(self, model: str) -> Model:
        """A model by its name or its directory."""
        if self._is_path(model):
            return self._load(self.place(model), self.place(model).name)
        return self.named(model)

    def place(self, model: str) -> Path:
        """Where the model of that name, or in that directory, lies: for who may read the disk."""
        return Path(model).resolve() if self._is_path(model) else self.directory(model)

    def _is_path(self, model: str) -> bool:
        return model not in self.names() and Path(model).is_dir()

    def forget(self, directory: Path) -> None:
        """Read a model anew at the next call: its files have changed."""
        with self._lock:
            self._loaded.pop(directory, None)
            known = self._named.items()
            self._named = {name: place for name, place in known if place != directory}

    def _load(self, directory: Path, name: str) -> Model:
        self._used[directory] = time.monotonic()
        if found := self._loaded.get(directory):  # without the lock, which a load may hold long
            return found
        with self._lock:
            if directory not in self._loaded:
                gan, manifest = checkpoints.load_model(directory)
                self._loaded[directory] = Model(name, gan.to(self.device), manifest, self.device)
                self._make_room(directory)
            return self._loaded[directory]

    def _make_room(self, latest: Path) -> None:
        """Let go of what was used least recently; who still draws with it keeps it till then."""
        taken = sum(model.bytes for model in self._loaded.values())
        for place in sorted(self._loaded.keys() - {latest}, key=lambda place: self._used[place]):
            if taken <= self.room:
                return
            taken -= self._loaded.pop(place).bytes
