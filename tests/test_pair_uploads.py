"""A visitor's own pairs and pictures of two kinds, from the upload to the model."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import toys
from mentions import mentions
from PIL import Image
from toy_painter import picture

from gan_studio.core.limits import PUBLIC
from gan_studio.datasets import pairs, registry, sides
from gan_studio.studio.jobs import OWN, JobQueue
from gan_studio.studio.jobs.uploads import LARGEST, UploadedImages
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio


@pytest.fixture
def uploads(tmp_path: Path) -> UploadedImages:
    return UploadedImages(tmp_path / "runs", PUBLIC)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobQueue]:
    studio = Studio(tmp_path / "none", "cpu", tmp_path / "runs")
    yield studio.jobs
    studio.jobs.close()


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def packed(path: Path, names: Mapping[str, int]) -> Path:
    """A zip of pictures: name -> seed of the picture."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, seed in names.items():
            archive.writestr(name, png(picture(40, 30, seed=seed)))
    return path


def numbered(folder: str, seeds: range) -> dict[str, int]:
    return {f"{folder}{i}.png": seed for i, seed in enumerate(seeds)}


def stored(uploads: UploadedImages, name: str) -> list[str]:
    folder = uploads.folder / name
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))


def test_pictures_twice_as_wide_as_high_keep_their_shape(uploads, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(paths):
        picture(*((80, 40) if i else (80, 50)), seed=i).save(path)
    name, report = uploads.add(paths)
    sizes = [Image.open(io.BytesIO((uploads.folder / name / one).read_bytes())).size
             for one in stored(uploads, name)]  # fmt: skip
    assert sizes == [(LARGEST, LARGEST), (2 * LARGEST, LARGEST), (2 * LARGEST, LARGEST)]
    assert report.count == 3
    found = pairs.load(str(uploads.folder / name), pairs.PairSettings(size=16))
    assert len(found) == 2  # the square one is none
    assert len(registry.load(str(uploads.folder / name), 16)) == 3  # other families take all


def test_two_zips_called_a_and_b_become_two_folders(uploads, tmp_path):
    zips = [packed(tmp_path / f"{n}.zip", numbered("", s)) for n, s in
            (("A", range(4)), ("B", range(10, 13)))]  # fmt: skip
    name, report = uploads.add(zips)
    assert stored(uploads, name) == [
        *(f"A/{i}.png" for i in range(4)),
        "B/0.png",
        "B/1.png",
        "B/2.png",
    ]
    assert report.count == 7
    assert any("4" in line and "3" in line for line in report.advice)
    found = pairs.load(str(uploads.folder / name), pairs.PairSettings(size=16, paired=False))
    assert found.sources is not None
    assert (len(found.sources), len(found)) == (4, 3)


def test_folders_of_a_zip_keep_the_names_by_which_pairs_are_found(uploads, tmp_path):
    inside = {**numbered("set/trainA/", range(3)), **numbered("set/trainB/", range(5, 8))}
    name, _ = uploads.add([packed(tmp_path / "set.zip", {**inside, "set/testA/9.png": 30})])
    assert len(stored(uploads, name)) == 6
    assert len(pairs.load(str(uploads.folder / name), pairs.PairSettings(size=16))) == 3


def test_a_zip_with_one_of_the_folders_alone_is_a_zip_of_pictures(uploads, tmp_path):
    path = packed(tmp_path / "set.zip", numbered("A/", range(3)))
    assert sides.find([path]) is None
    name, _ = uploads.add([path])
    assert stored(uploads, name) == ["00001.png", "00002.png", "00003.png"]


def test_a_side_without_pictures_leaves_nothing_behind(uploads, tmp_path):
    both = {**numbered("A/", range(3)), "B/0.png": 9}
    with pytest.raises(ValueError, match=mentions("single")):
        uploads.add([packed(tmp_path / "set.zip", both)])
    assert not uploads.folder.exists()


def test_uploads_are_linked_with_their_folders(uploads, tmp_path):
    both = {**numbered("A/", range(2)), **numbered("B/", range(5, 7))}
    name, _ = uploads.add([packed(tmp_path / "set.zip", both)])
    uploads.link(name, tmp_path / "run")
    assert len([*(tmp_path / "run").glob("[AB]/*.png")]) == 4


@pytest.mark.parametrize("family", ["pix2pix", "cyclegan", "cut"])
def test_a_family_learns_from_an_upload_in_the_queue(jobs, tmp_path, family):
    if family == "pix2pix":
        paths = [tmp_path / f"{i}.png" for i in range(6)]
        for i, path in enumerate(paths):
            picture(40, 20, seed=i).save(path)
    else:
        both = {**numbered("A/", range(6)), **numbered("B/", range(10, 15))}
        paths = [packed(tmp_path / "set.zip", both)]
    upload, _ = jobs.collect(paths)
    request = TrainingRequest(
        family=family, dataset=OWN, config=toys.translation_config(family),
        settings=toys.settings(steps=4),
    )  # fmt: skip
    ticket = jobs.start(request, upload)
    until = time.monotonic() + 120
    while not jobs.snapshot(ticket.id).is_over and time.monotonic() < until:
        time.sleep(0.1)
    assert jobs.snapshot(ticket.id).state == "finished"
    studio = Studio(tmp_path / "none", "cpu", tmp_path / "runs")
    assert studio.translators() == [ticket.id]
    assert studio.translate(ticket.id, picture(48, 32)).image.size == (48, 32)
