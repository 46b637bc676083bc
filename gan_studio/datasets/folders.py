"""A user's own images, from folders, zips and single files, as squares of one size."""

from __future__ import annotations

import hashlib
import math
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image

from gan_studio.core import walk
from gan_studio.datasets import zips
from gan_studio.datasets.report import (
    DatasetReport,
    advise,
    count_near_duplicates,
    difference_hash,
    suggest_resolution,
)
from gan_studio.datasets.zips import UNTRUSTED, Member, ReadLimits, safe_name
from gan_studio.images import convert
from gan_studio.images import files as image_files

MAX_PICTURES = 20_000
"""images that `import_images` keeps by default"""
UNREADABLE_ENDINGS = (".avif", ".bmp", ".gif", ".heic", ".heif", ".tif", ".tiff")
"""endings of image formats that are reported as unreadable"""
Selection = Callable[[int], range]
"""number of images -> indices of those to read"""
Fit = Callable[[Image.Image, int], Image.Image]
"""image, size -> what is kept of it at that size"""
In = TypeVar("In")
Out = TypeVar("Out")


class SquareImage(NamedTuple):
    """An image that was read."""

    name: str
    square: Image.Image
    """the central square, L if it is grey, else RGB"""
    size: tuple[int, int]
    """original width and height"""

    @property
    def digest(self) -> bytes:
        """Hash of the pixels."""
        mode = self.square.mode.encode()
        return hashlib.blake2b(mode + self.square.tobytes(), digest_size=16).digest()


@dataclass
class _Tally:
    """Statistics of the images that were read so far."""

    names: dict[bytes, str] = field(default_factory=dict)
    """digest -> name of the first image with these pixels"""
    sizes: list[tuple[int, int]] = field(default_factory=list)
    hashes: list[np.ndarray] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    grey: bool = True

    def add(self, result: SquareImage | str) -> bool:
        """Count an image, or the reason why one was skipped; True for a new image."""
        if isinstance(result, str):
            self.skipped.append(result)
            return False
        digest = result.digest
        if digest in self.names:
            self.duplicates.append(f"{result.name} is the same picture as {self.names[digest]}.")
            return False
        self.names[digest] = result.name
        self.sizes.append(result.size)
        self.hashes.append(difference_hash(result.square))
        self.grey &= result.square.mode == "L"
        return True

    def report(self) -> DatasetReport:
        by_area = sorted(self.sizes, key=math.prod)
        sides = np.array([min(size) for size in self.sizes])
        resolution = suggest_resolution(sides)
        return DatasetReport(
            count=len(sides),
            grey=self.grey,
            sizes=(by_area[0], by_area[-1]),
            skipped=tuple(self.skipped),
            duplicates=tuple(self.duplicates),
            advice=tuple(advise(len(sides), count_near_duplicates(self.hashes))),
            resolution=resolution,
            # Relative to the suggested resolution, whatever size is chosen.
            smaller=int((sides < resolution).sum()),
        )


def import_images(
    sources: Sequence[Path],
    target: Path,
    size: int,
    max_pictures: int = MAX_PICTURES,
    limits: ReadLimits = UNTRUSTED,
    fit: Fit = convert.center_crop,
    within: Collection[str] = (),
    keep_names: bool = False,
) -> DatasetReport:
    """Write the images of folders, zips and single files to `target`: 00001.png, 00002.png …

    Each is the central square, size x size, unless `fit` keeps something else; duplicates are
    skipped; at most `max_pictures`. Of zips only what lies `within` folders of these names. With
    `keep_names` each keeps its name, which identifies its partner. ValueError, without a `target`,
    if there is nothing to train on.
    """
    results = read_images(sources, size, limits, fit=fit, within=within)
    if target.exists() and any(target.iterdir()):
        raise ValueError(f"{target.name} already holds files; give a folder that is new or empty.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        tally = _write_pictures(results, target, max_pictures, keep_names=keep_names)
        require_pictures(len(tally.names) + len(tally.duplicates), len(tally.names), tally.skipped)
    except BaseException as error:  # an interrupt must not leave half of them either
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, OSError):
            raise ValueError(f"The pictures cannot be stored: {error.strerror}.") from None
        raise
    return tally.report()


def _write_pictures(
    results: Iterator[SquareImage | str], target: Path, most: int, *, keep_names: bool
) -> _Tally:
    tally = _Tally()
    for picture in results:
        if len(tally.names) == most:
            tally.skipped.append(f"What came after the first {most:,} pictures was not looked at.")
            break
        if tally.add(picture) and isinstance(picture, SquareImage):
            number = f"{len(tally.names):05}"
            stem = re.sub(r"[^\w.-]", "_", Path(picture.name).stem) if keep_names else number
            if (target / f"{stem}.png").exists():  # of the same name in another folder
                stem = f"{stem}-{number}"
            picture.square.save(target / f"{stem}.png")
    return tally


def read_images(
    sources: Iterable[Path],
    size: int,
    limits: ReadLimits = UNTRUSTED,
    part: Selection | None = None,
    fit: Fit = convert.center_crop,
    within: Collection[str] = (),
) -> Iterator[SquareImage | str]:
    """The images of folders, zips and single files, and one sentence for each skipped file.

    In the order of the sources, within each by name; a few are decoded ahead. `part` selects images
    of a zip by index, `within` by the names of folders. `fit` brings an image to its shape, or
    raises ValueError with the reason.
    """
    files = [file for source in sources for file in _list_files(source, limits)]
    contents = partial(_contents, limits=limits, part=part, within=within)
    load = partial(load_picture, size=size, fit=fit)
    return _map_ahead(load, chain.from_iterable(map(contents, files)))


def require_pictures(count: int, different: int, skipped: Sequence[str]) -> None:
    """ValueError unless there are at least two different images to train on."""
    if not count and not skipped:
        reason = "what was given holds no PNG, JPEG or WebP picture."
    elif not count:
        several = f"none of {len(skipped):,} files can be used; " if len(skipped) > 1 else ""
        reason = several + skipped[0]
    elif count == 1:
        reason = "a single picture can be read, and it takes at least two different ones."
    elif different == 1:
        reason = f"all {count:,} pictures are the same, and it takes at least two different ones."
    else:
        return
    raise ValueError(f"There is nothing to train on: {reason}")


def _list_files(source: Path, limits: ReadLimits) -> list[Path | str]:
    """The file itself, or the image files below a folder; sentences for skipped ones."""
    if not source.is_dir():
        return [source if source.is_file() else f"{safe_name(source.name)} is no file."]
    entries = [*walk.walk_files(source, links=limits.follow_links)]
    endings = image_files.ENDINGS + UNREADABLE_ENDINGS
    paths = [
        path
        for path in sorted(path for path in entries if isinstance(path, Path))
        if path.suffix.lower() in endings and not zips.is_junk(path.relative_to(source).as_posix())
    ]
    reasons = [reason for reason in entries if isinstance(reason, str)]
    return [*(check_path(path, source, limits) for path in paths), *reasons]


def check_path(path: Path, folder: Path, limits: ReadLimits) -> Path | str:
    """The path, or the reason why it is not opened."""
    name = safe_name(path.name)
    outside = path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(
        folder.resolve()
    )
    if outside and not limits.follow_links:
        return f"{name} is a link that leaves its folder."
    return path if path.is_file() else f"{name} is no file."  # opening a pipe would wait for ever


def _contents(
    file: Path | str,
    limits: ReadLimits,
    part: Selection | None = None,
    within: Collection[str] = (),
) -> Iterator[Member | Path | str]:
    if isinstance(file, str) or file.suffix.lower() != ".zip":
        yield file
        return
    try:
        yield from zips.read(file, image_files.ENDINGS, limits, part, within)
    except ValueError as error:
        yield str(error)


def _map_ahead(work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """`map` in a few threads, which hold at most two items each."""
    threads = min(4, os.cpu_count() or 1)  # an image may take hundreds of megabytes
    waiting: deque[Future[Out]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def load_picture(entry: Member | Path | str, size: int, fit: Fit) -> SquareImage | str:
    """Load an image and fit its shape, or return the reason why not; reasons are passed on."""
    if isinstance(entry, str):
        return entry
    source = BytesIO(entry.content) if isinstance(entry, Member) else entry
    name = safe_name(entry.name)
    try:
        image = image_files.load(source, name)
        return SquareImage(name, _drop_equal_channels(fit(image, size)), image.size)
    except ValueError as error:
        return str(error) if name in str(error) else f"{name} {error}"


def _drop_equal_channels(picture: Image.Image) -> Image.Image:
    """Convert grey images that are stored as RGB to L."""
    if picture.mode == "L":
        return picture
    red, green, blue = picture.split()
    same = red.tobytes() == green.tobytes() == blue.tobytes()
    return red if same else picture
