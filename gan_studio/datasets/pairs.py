"""Pictures beside the sources that they are to be translated from, and their batches.

Pairs are stored as pix2pix has them (Isola et al., 2017), pictures twice as wide as high with the
source on the left, in two folders A and B, or as a table names them; pictures of two kinds that do
not belong together in two folders.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_studio.datasets import avatars, celeba, folders, metadata, registry, tasks, zips
from gan_studio.datasets.batches import Batch, Batches, BatchStream
from gan_studio.datasets.dataset import Dataset, resize, subset
from gan_studio.datasets.zips import TRUSTED
from gan_studio.images import convert

FOLDERS = ("A", "trainA", "a"), ("B", "trainB", "b")
"""names of the folders of sources and of pictures"""
MAPS = "maps"
"""the data set of pix2pix's authors: aerial photographs beside maps"""
HAIR = "celeba-hair"
"""black-haired and blond faces of CelebA"""
AVATARS = "avatars"
"""avatars that ship, with dark and with blond hair"""
NAMED = (MAPS, HAIR, AVATARS)
"""data sets of pairs, or of two kinds, by name"""
MAPS_FOLDERS = ("maps", "maps_pairs_512x256_660")


class Location(NamedTuple):
    """A folder or a zip with pictures."""

    path: Path
    """a folder or a zip"""
    within: tuple[str, ...] = ()
    """names of the folders in a zip; none where all of it is meant"""


class SizedPictures(NamedTuple):
    """Pictures of one size in memory, and the width and height that each had."""

    pictures: Dataset
    sizes: Sequence[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class PairDataset(Dataset):
    """Pictures, and the sources that belong to them, or others of another kind."""

    sources: Tensor | None = None
    """(M, C, size, size) uint8; None where a task makes them from the pictures"""
    task: str = "pairs"
    paired: bool = True
    crop: int = 0
    """height and width of the parts that a batch has; 0: the whole pictures"""


@dataclass(frozen=True, kw_only=True)
class PairSettings:
    """Size and kind of the pictures that a translation learns from."""

    size: int
    """height and width of the pictures in memory"""
    task: str = "pairs"
    """"pairs", or the task that makes sources from pictures"""
    paired: bool = True
    crop: int = 0
    """height and width of the parts that a batch has; 0: the whole pictures"""
    reverse: bool = False
    """whether the right half, or the folder B, is the source"""


def load(name: str, kind: PairSettings, *, train: bool = True) -> PairDataset:
    """Pictures with their sources, in colour.

    `name` is a folder, for made sources any data set, folder or zip; ValueError with one sentence
    where it holds no pairs.
    """
    size, task, paired = kind.size, kind.task, kind.paired
    if task != "pairs":
        dataset = registry.load(name, size, train=train, channels=3)
        return PairDataset(**_fields(dataset), task=task, crop=kind.crop)
    if name == HAIR:
        return _hair(kind, train=train)
    if name == AVATARS:
        return _avatars(kind, train=train)
    if table := metadata.find(Path(name), TRUSTED):
        a, b = _read_table(table, size)
    elif len(place := find(name, train=train)) == 1:
        wide, _ = _read_images(place[0], size, halves)
        parts = [part.contiguous() for part in wide.images.split(size, 3)]
        a, b = (dataclasses.replace(wide, images=part) for part in parts)
    else:
        sides = [_read_images(side, size, convert.center_crop) for side in place]
        a, b = _match_pairs(*sides) if paired else (side for side, _ in sides)
        skipped = *a.skipped, *b.skipped
        a, b = (dataclasses.replace(part, skipped=skipped) for part in (a, b))
    if kind.reverse:
        a, b = b, a
    b = dataclasses.replace(b, name=title(name))
    return PairDataset(**_fields(b), sources=a.images, paired=paired, crop=kind.crop)


def _hair(kind: PairSettings, *, train: bool) -> PairDataset:
    """Young women of CelebA without hat or glasses, black-haired and blond, which are no pairs."""
    if kind.paired:
        raise ValueError(f"{HAIR} has no pairs; cyclegan and cut learn from it.")
    faces = registry.load("celeba", kind.size, train=train)
    has = dict(zip(celeba.ATTRIBUTES, registry.attributes("celeba", faces).T, strict=True))
    women = has["Young"] & ~has["Male"] & ~has["Eyeglasses"] & ~has["Wearing_Hat"]
    black = subset(faces, women & has["Black_Hair"] & ~has["Blond_Hair"])
    blond = subset(faces, women & has["Blond_Hair"] & ~has["Black_Hair"])
    if kind.reverse:
        black, blond = blond, black
    blond = dataclasses.replace(blond, name=HAIR)
    sources = black.images
    return PairDataset(**_fields(blond), sources=sources, paired=False, crop=kind.crop)


def _avatars(kind: PairSettings, *, train: bool) -> PairDataset:
    """Avatars with dark hair, and the same ones blond.

    Without pairs a training sees other avatars of either kind; what is held out is always pairs.
    """
    a, b = (resize(part, kind.size) for part in avatars.load(train=train))
    if train and not kind.paired:
        a, b = a[::2], b[1::2]
    if kind.reverse:
        a, b = b, a
    return PairDataset(name=AVATARS, images=b, sources=a, paired=kind.paired, crop=kind.crop)


def title(name: str) -> str:
    """Display name of pairs: that of their folder, but of its parent for one called `train`."""
    place = Path(name).resolve()
    return place.parent.name if place.name in ("train", "val", "test") else registry.title(name)


def find(name: str, *, train: bool = True) -> list[Location]:
    """The folder of wide pictures, or those of sources and pictures; ValueError if none."""
    place = Path(name)
    if name == MAPS and not place.exists():
        parts = [registry.data_dir() / folder for folder in MAPS_FOLDERS]
        map_folders = [part / ("train" if train else "val") for part in parts if part.is_dir()]
        if not map_folders:
            raise ValueError(
                f"The data set maps is not in {registry.data_dir()}; it has the folders maps/train "
                "and maps/val of the authors of pix2pix."
            )
        return [Location(map_folders[0])]
    if place.suffix.lower() == ".zip" and place.is_file():
        folder_names = zips.folder_names(place, TRUSTED)
        within = [tuple(folder_names.intersection(names)) for names in FOLDERS]
        return [Location(place, names) for names in within] if all(within) else [Location(place)]
    if not place.is_dir():
        raise ValueError(
            f"There is no folder or zip {name!r} of pairs: pictures twice as wide as high, or two "
            "folders A and B."
        )
    two = [next((place / n for n in names if (place / n).is_dir()), None) for names in FOLDERS]
    if two[0] and two[1]:
        return [Location(two[0]), Location(two[1])]
    if two[0] or two[1]:
        there, missing = ("A", "B") if two[0] else ("B", "A")
        raise ValueError(f"{place} has a folder {there} and none of the name {missing}.")
    return [Location(place)]


def split(dataset: PairDataset) -> tuple[PairDataset, PairDataset | None]:
    """Training pairs, and every tenth held out, None where there are few."""
    if len(dataset) < registry.MIN_FOR_SPLIT:
        return dataset, None
    tenth = torch.arange(len(dataset)) % 10 == 9
    return _subset(dataset, ~tenth), _subset(dataset, tenth)


def _subset(dataset: PairDataset, mask: Tensor) -> PairDataset:
    part = subset(dataset, mask)
    assert isinstance(part, PairDataset)
    if part.sources is None:
        return part
    count = len(part.sources)
    mine = mask if part.paired else (torch.arange(count) % 10 == 9) == bool(mask[9])
    return dataclasses.replace(part, sources=part.sources[mine])


def in_order(dataset: PairDataset, count: int) -> tuple[Tensor, Tensor]:
    """The first sources and pictures, (N, C, H, W) uint8 each; lines by the seed 0."""
    images = dataset.images[:count]
    if dataset.sources is not None:
        return dataset.sources[:count], images
    return make_sources(dataset.task, images, range(len(images)), 0), images


def make_sources(task: str, images: Tensor, turns: Sequence[int], seed: int) -> Tensor:
    """The sources of pictures (N, 3, H, W) uint8 by the random numbers of their turns."""
    make = tasks.TASKS[task].make
    pairs = zip(images, turns, strict=True)
    return torch.cat(
        [make(image[None], np.random.default_rng([seed, turn])) for image, turn in pairs]
    )


def halves(image: Image.Image, size: int) -> Image.Image:
    """A pair as one picture, (2 size, size); ValueError unless it is twice as wide as high."""
    width, height = image.size
    if width != 2 * height:
        raise ValueError(
            f"is {width}×{height}; a pair is one picture twice as wide as high, of equal halves."
        )
    return image.resize((2 * size, size), Image.Resampling.LANCZOS)


def pair_or_square(image: Image.Image, size: int) -> Image.Image:
    """All of a picture that is twice as wide as high, of others the central square."""
    wide = image.width == 2 * image.height
    return halves(image, size) if wide else convert.center_crop(image, size)


def _read_table(table: metadata.Table, size: int) -> tuple[Dataset, Dataset]:
    """The sources and the pictures of the pairs that a table names."""
    results = [*metadata.read_pairs(table, size, TRUSTED)]
    pairs = [pair for pair in results if not isinstance(pair, str)]
    skipped = tuple(reason for reason in results if isinstance(reason, str))
    folders.require_pictures(len(pairs), len({pair.image.digest for pair in pairs}), skipped)
    name = table.path.name
    a = _dataset(name, [pair.source for pair in pairs], ())
    return a, _dataset(name, [pair.image for pair in pairs], skipped)


def _match_pairs(one: SizedPictures, other: SizedPictures) -> tuple[Dataset, Dataset]:
    """The pictures of both folders that have a partner of the same name and shape, in one order."""
    where = [
        {Path(name).stem: i for i, name in enumerate(side.pictures.names)} for side in (one, other)
    ]
    common = sorted(where[0].keys() & where[1].keys())
    if len(common) < 2:
        raise ValueError(
            "The folders A and B have no pictures of equal names; without pairs train cyclegan or "
            "cut."
        )
    sizes = {stem: (one.sizes[where[0][stem]], other.sizes[where[1][stem]]) for stem in common}
    odd = {stem: both for stem, both in sizes.items() if not metadata.of_one_shape(*both)}
    skipped = [
        f"{n} has no partner in the other folder." for n in sorted({*where[0]} ^ {*where[1]})
    ]
    skipped += [
        f"{stem} is {w}×{h} in the folder A and {v}×{g} in B; a pair has one shape."
        for stem, ((w, h), (v, g)) in odd.items()
    ]
    common = [stem for stem in common if stem not in odd]
    folders.require_pictures(len(common), len(common), skipped)
    a, b = (
        dataclasses.replace(
            side.pictures,
            images=side.pictures.images[[index[stem] for stem in common]],
            names=tuple(common),
        )
        for side, index in zip((one, other), where, strict=True)
    )
    return a, dataclasses.replace(b, skipped=(*b.skipped, *skipped))


def _read_images(place: Location, size: int, fit: folders.Fit) -> SizedPictures:
    """The pictures of a folder or zip in colour, (N, 3, size, size or twice that), with the sizes
    that they had.
    """
    pictures, skipped = [], []
    for result in folders.read_images([place.path], size, TRUSTED, fit=fit, within=place.within):
        (skipped if isinstance(result, str) else pictures).append(result)
    folders.require_pictures(len(pictures), len({p.digest for p in pictures}), skipped)
    return SizedPictures(_dataset(place.path.name, pictures, skipped), [p.size for p in pictures])


def _dataset(name: str, pictures: Sequence[folders.SquareImage], skipped: Sequence[str]) -> Dataset:
    """Pictures of one size in colour as a data set."""
    arrays = [np.asarray(picture.square.convert("RGB")) for picture in pictures]
    images = torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).contiguous()
    names = tuple(picture.name for picture in pictures)
    return Dataset(name=name, images=images, names=names, skipped=tuple(skipped))


def _fields(dataset: Dataset) -> dict[str, Any]:
    """All fields of a plain data set but its labels, which a translation does not use."""
    return {
        "name": dataset.name,
        "images": dataset.images,
        "names": dataset.names,
        "skipped": dataset.skipped,
    }


class PairBatches(BatchStream):
    """Endless shuffled batches of sources and pictures; batch k depends only on the seed and k.

    Both are cropped and mirrored alike where they are pairs. Sources that a task makes depend on
    the seed and a picture's turn, not on the size of the batch.
    """

    def __init__(
        self,
        dataset: PairDataset,
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
        *,
        flips: bool = False,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed
        self.device, self.flips = torch.device(device), flips
        self.crop = dataset.crop or dataset.images.shape[-1]
        self.mine = slice(share[0], None, share[1])
        self.position = 0
        other_seed = seed if dataset.paired else seed + 1
        self._orders = {
            "image": Batches(dataset, batch_size, seed, share=share),
            "source": Batches(_sources(dataset), batch_size, other_seed, share=share),
        }

    def __next__(self) -> Batch:
        turns = self.position * self.batch_size + np.arange(self.batch_size)
        turns = turns[self.mine].tolist()
        images = self._crop(self._stored_images("image"), turns, 0)
        if self.dataset.sources is None:
            sources = make_sources(self.dataset.task, images, turns, self.seed)
        else:
            sources = self._crop(self._stored_images("source"), turns, int(not self.dataset.paired))
        self.position += 1
        return {"source": self._ready(sources), "image": self._ready(images)}

    def first(self, count: int) -> Batch:
        return next(PairBatches(self.dataset, count, self.seed, self.device))

    def _stored_images(self, kind: str) -> Tensor:
        order = self._orders[kind]
        order.position = self.position
        return order.stored_images()

    def _crop(self, pictures: Tensor, turns: Sequence[int], kind: int) -> Tensor:
        """A part of each picture, mirrored by chance, by random numbers of its turn."""
        if not self.flips and self.crop == pictures.shape[-1]:
            return pictures
        margin, parts = pictures.shape[-1] - self.crop, []
        for picture, turn in zip(pictures, turns, strict=True):
            rng = np.random.default_rng([self.seed, turn, 1 + kind])
            top, left = rng.integers(margin + 1, size=2)
            part = picture[:, top : top + self.crop, left : left + self.crop]
            parts.append(part.flip(2) if self.flips and rng.random() < 0.5 else part)
        return torch.stack(parts)

    def _ready(self, pictures: Tensor) -> Tensor:
        return convert.from_uint8(pictures.to(self.device))


def _sources(dataset: PairDataset) -> Dataset:
    """The sources as a data set of their own, the pictures where a task makes them."""
    images = dataset.images if dataset.sources is None else dataset.sources
    return Dataset(name=dataset.name, images=images)
