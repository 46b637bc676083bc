"""CelebA's faces wherever they lie, and what the table beside them says."""

from __future__ import annotations

import gzip
import itertools
import random
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch
from mentions import mentions
from PIL import Image

from gan_studio.datasets import celeba, registry, zips
from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.datasets.dataset import subset

COUNT = 20


def truth(i: int, j: int) -> bool:
    """Whether face i has attribute j."""
    return (i * 7 + j * 3) % 5 < 2


def table(kind: str, count: int = COUNT, names: tuple[str, ...] = ATTRIBUTES) -> str:
    """Attributes as CSV, as Kaggle has them or as they were first published."""
    yes, no = ("1", "0") if kind == "csv" else ("1", "-1")
    rows = [
        [f"{i:06}.jpg", *(yes if truth(i, ATTRIBUTES.index(n)) else no for n in names)]
        for i in range(count)
    ]
    if kind == "txt":
        return "\n".join([str(count), " ".join(names) + " ", *("  ".join(row) for row in rows)])
    head = "file" if kind == "csv" else "image_id"
    return "\n".join(",".join(row) for row in [[head, *names], *rows])


def draw(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for i in range(COUNT):
        Image.new("RGB", (9, 11), (10 * i, 0, 0)).save(folder / f"{i:06}.jpg", quality=100)
    return folder


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """A folder of data that has nothing yet."""
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.delenv(celeba.CELEBA_VARIABLE, raising=False)
    return tmp_path / "data"


@pytest.fixture
def aligned(root):
    return draw(root / "celeba/img_align_celeba")


def wanted(rows: range) -> torch.Tensor:
    return torch.tensor([[truth(i, j) for j in range(40)] for i in rows])


def test_there_are_forty_attributes():
    assert len(set(ATTRIBUTES)) == 40
    assert tuple(sorted(ATTRIBUTES)) == ATTRIBUTES  # as in the table of 2015


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("csv", "celeba/list_attr_celeba.csv"),
        ("kaggle", "celeba/list_attr_celeba.csv"),
        ("txt", "celeba/list_attr_celeba.txt"),
        ("csv", "celeba/img_align_celeba/attributes.csv"),
    ],
)
def test_a_table_of_any_kind_says_what_each_face_shows(aligned, root, kind, place):
    (root / place).write_text(table(kind))
    train, test = registry.load("celeba", 8), registry.load("celeba", 8, train=False)
    assert torch.equal(registry.attributes("celeba", train), wanted(range(18)))
    assert torch.equal(registry.attributes("celeba", test), wanted(range(18, 20)))


def test_a_face_that_cannot_be_read_takes_no_row(aligned, root):
    (aligned / "000003.jpg").write_text("no picture")
    rows = table("csv").splitlines()
    random.Random(0).shuffle(shuffled := rows[1:])
    (root / "celeba/list_attr_celeba.csv").write_text("\n".join([rows[0], *shuffled]))
    train = registry.load("celeba", 8)
    found = registry.attributes("celeba", train)
    assert torch.equal(found, wanted(range(18))[torch.arange(18) != 3])
    half = subset(train, torch.arange(17) % 2 == 1)
    assert torch.equal(registry.attributes("celeba", half), found[1::2])


def test_any_folder_and_any_zip_of_faces_will_do(root, tmp_path, monkeypatch):
    faces = draw(tmp_path / "elsewhere/faces")
    (faces.parent / "list_attr_celeba.txt").write_text(table("txt"))
    dataset = registry.load(str(faces), 8)
    assert torch.equal(registry.attributes(str(faces), dataset), wanted(range(20)))
    monkeypatch.setenv(celeba.CELEBA_VARIABLE, str(faces))
    assert torch.equal(registry.load("celeba", 8).images, dataset.images[:18])
    with ZipFile(tmp_path / "faces.zip", "w") as packed:
        for path in faces.iterdir():
            packed.write(path, f"celebA/{path.name}")
        packed.writestr("attributes.csv.gz", gzip.compress(table("csv").encode()))
    monkeypatch.setenv(celeba.CELEBA_VARIABLE, str(tmp_path / "faces.zip"))
    train, test = registry.load("celeba", 8), registry.load("celeba", 8, train=False)
    assert torch.equal(train.images, dataset.images[:18])
    assert torch.equal(registry.attributes("celeba", test), wanted(range(18, 20)))
    monkeypatch.delenv(celeba.CELEBA_VARIABLE)
    root.mkdir()
    shutil.copy(tmp_path / "faces.zip", root / "celeba10k.zip")
    assert len(registry.load("celeba", 8)) == 18


MALFORMED = {
    "list_attr_celeba.csv 40 Young": table("csv", names=ATTRIBUTES[:-1]),
    "list_attr_celeba.csv 40 5_o_Clock_Shadow": "",
    "list_attr_celeba.csv 8 000010.jpg": table("csv", 10),
    "list_attr_celeba.csv": table("csv").replace(",1", ",2"),
    "list_attr_celeba.csv attribute": "\n".join(
        line[:40] if i else line for i, line in enumerate(table("csv").splitlines())
    ),
}


@pytest.mark.parametrize("named", MALFORMED)
def test_a_table_that_makes_no_sense_is_told_of_in_a_sentence(aligned, root, named):
    (root / "celeba/list_attr_celeba.csv").write_text(MALFORMED[named])
    faces = registry.load("celeba", 8)  # the faces themselves can be used
    with pytest.raises(ValueError, match=mentions(named)) as error:
        registry.attributes("celeba", faces)
    assert str(error.value).endswith(".")


def test_faces_without_a_table_and_other_columns_too(aligned, root, tmp_path):
    faces = registry.load("celeba", 8)
    with pytest.raises(ValueError, match=mentions("list_attr_celeba.csv")):
        registry.attributes("celeba", faces)
    (root / "celeba/attributes.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match=mentions("attributes.csv.gz")):
        registry.attributes("celeba", faces)


def test_a_packed_table_is_never_unpacked_beyond_its_limit(monkeypatch):
    monkeypatch.setattr(celeba, "MAX_TABLE_BYTES", 20_000)
    assert len(celeba._decode("attributes.csv.gz", gzip.compress(b"x" * 10**7))) == 20_000


def test_a_source_that_is_none_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(celeba.CELEBA_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match=mentions("GAN_STUDIO_CELEBA nowhere")):
        registry.load("celeba", 8)


@pytest.mark.shared_data("celeba/img_align_celeba")
def test_of_real_faces_two_in_five_are_men_and_none_of_them_wear_lipstick(monkeypatch):
    monkeypatch.undo()  # the real data folder
    place = celeba.find_faces(registry.data_dir())
    names = [path.name for path in itertools.islice(celeba.face_files(place), 2000)]
    shown = dict(zip(ATTRIBUTES, celeba.read_attributes(place, names).T, strict=True))
    assert 0.35 < shown["Male"].mean() < 0.5
    assert (shown["Male"] & shown["Wearing_Lipstick"]).mean() < 0.01
    assert 0.4 < shown["Smiling"].mean() < 0.55


@pytest.mark.parametrize(
    "name", ["celeba.zip", "img_align_celeba.zip", "celeba/img_align_celeba.zip"]
)
def test_a_zip_of_more_faces_than_a_stranger_may_bring(root, tmp_path, name):
    faces = sorted(draw(tmp_path / "faces").iterdir())
    (root / name).parent.mkdir(parents=True)
    with ZipFile(root / name, "w") as z:
        for i in range(zips.UNTRUSTED.max_entries):
            z.writestr(f"img_align_celeba/{i:06}.txt", b"")
        for path in faces:
            z.write(path, f"img_align_celeba/{path.name}")
    learned, held_out = (registry.load("celeba", 8, train=train) for train in (True, False))
    assert learned.names == tuple(path.name for path in faces[:18])
    assert held_out.names == tuple(path.name for path in faces[18:])
