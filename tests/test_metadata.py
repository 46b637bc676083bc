"""Pairs by metadata.csv and metadata.jsonl, in folders and zips; a sentence for each bad line."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mentions import mentions
from PIL import Image
from toy_painter import picture

from gan_studio.core.limits import PUBLIC
from gan_studio.datasets import metadata, pairs
from gan_studio.datasets.zips import TRUSTED
from gan_studio.images import convert
from gan_studio.studio.jobs.uploads import UploadedImages

KIND = pairs.PairSettings(size=16)
NAMES = ("in/1.png", "in/2.png", "out/1.png", "out/two.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sources and two pictures, all different."""
    for seed, name in enumerate(NAMES):
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(40, 30, seed=seed).save(path)
    return tmp_path / "set"


def table(folder: Path, text: str, name: str = "metadata.csv") -> str:
    (folder / name).write_text(text)
    return str(folder)


COLUMNS = [
    ("source_file_name,file_name", (0, 1)),
    ("file_name,source_file_name", (1, 0)),
    ("file_name,target", (0, 1)),
    ("input_file_name,output_file_name", (0, 1)),
    ("edited,original", (1, 0)),
    ("left_file_name,right_file_name", (0, 1)),
    ("caption,file_name,target_file_name", (1, 2)),
    ("mask_file_name,source_file_name,target_file_name", (1, 2)),
]


@pytest.mark.parametrize(("names", "places"), COLUMNS)
def test_columns_are_known_by_their_names(names, places):
    columns = names.split(",")
    assert metadata.file_columns("t", columns) == tuple(columns[i] for i in places)


@pytest.mark.parametrize("names", ["file_name", "file_name,text", "label", ""])
def test_a_table_that_names_one_picture_a_line_is_no_table_of_pairs(folder, names):
    assert metadata.file_columns("t", names.split(",")) is None
    table(folder, f"{names}\nx,y\n")
    assert metadata.find(folder, TRUSTED) is None


def test_three_pictures_a_line_are_refused_by_name(folder):
    where = table(folder, "a_file_name,b_file_name,c_file_name\n1,2,3\n")
    with pytest.raises(ValueError, match=mentions("metadata.csv a_file_name c_file_name")):
        pairs.load(where, KIND)


CSV = "source_file_name,file_name\nin/1.png,out/1.png\nin/2.png,out/two.png\n"


def test_pairs_are_read_in_the_order_of_the_table_and_can_be_reversed(folder):
    found = pairs.load(table(folder, CSV), KIND)
    back = pairs.load(str(folder), pairs.PairSettings(size=16, reverse=True))
    assert found.names == ("1.png", "two.png")
    assert found.sources is not None
    assert back.sources is not None
    assert torch.equal(back.sources, found.images)
    assert torch.equal(back.images, found.sources)
    read = [found.sources[0], found.sources[1], found.images[0], found.images[1]]
    for one, name in zip(read, NAMES, strict=True):
        square = np.asarray(convert.center_crop(Image.open(folder / name), 16))
        assert torch.equal(one, torch.from_numpy(square.copy()).permute(2, 0, 1))


def test_json_lines_say_the_same(folder):
    by_csv = pairs.load(table(folder, CSV), KIND)
    (folder / "metadata.csv").unlink()
    rows = [{"source": a, "target": b} for a, b in zip(NAMES[:2], NAMES[2:], strict=True)]
    where = table(folder, "\n\n".join(map(json.dumps, rows)), "metadata.jsonl")
    by_json = pairs.load(where, KIND)
    assert torch.equal(by_json.images, by_csv.images)
    assert by_json.skipped == ()


@pytest.mark.parametrize("inside", ["", "top/train/"])
def test_a_zip_says_the_same_wherever_its_table_lies(folder, tmp_path, inside):
    by_folder = pairs.load(table(folder, CSV), KIND)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as packed:
        for path in folder.rglob("*.*"):
            packed.write(path, inside + path.relative_to(folder).as_posix())
    found = pairs.load(str(tmp_path / "set.zip"), KIND)
    assert found.sources is not None
    assert torch.equal(found.images, by_folder.images)
    assert torch.equal(found.sources, by_folder.sources)  # pyright: ignore[reportArgumentType]


BAD = [
    ("in/1.png,nowhere.png", "nowhere.png"),
    ("in/1.png,", "file_name"),
    ("in/1.png", "file_name"),
    ("../../secret.png,out/1.png", "secret.png folder"),
    ("/etc/passwd,out/1.png", "passwd folder"),
    ("notes.txt,out/1.png", "notes.txt"),
    ("wide.png,out/1.png", "80×30 40×30"),
]


@pytest.mark.parametrize(("line", "named"), BAD)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_bad_line_is_told_in_a_sentence_and_the_others_are_read(
    folder, tmp_path, line, named, packed
):
    picture(80, 30).save(folder / "wide.png")
    (folder / "notes.txt").write_text("no picture")
    where = table(folder, f"{CSV}{line}\n")
    if packed:
        where = shutil.make_archive(str(tmp_path / "set"), "zip", folder)
    found = pairs.load(where, KIND)
    assert len(found) == 2
    [reason] = found.skipped
    assert re.search(mentions(f"metadata.csv 4 {named}"), reason)


def test_a_line_that_is_no_json_is_told_by_its_number(folder):
    rows = [{"source": NAMES[0], "target": b} for b in NAMES[2:]]
    lines = [json.dumps(rows[0]), "[1]", "{", json.dumps(rows[1])]
    found = pairs.load(table(folder, "\n".join(lines), "metadata.jsonl"), KIND)
    assert len(found) == 2
    assert [("line 2" in s, "line 3" in s) for s in found.skipped] == [(True, False), (False, True)]


def test_a_table_without_a_single_good_line_is_refused(folder):
    where = table(folder, "file_name,target\nx.png,y.png\nz.png,w.png\n")
    with pytest.raises(ValueError, match=mentions("2 metadata.csv x.png")):
        pairs.load(where, KIND)


def test_a_damaged_table_is_refused_by_name(folder):
    (folder / "metadata.csv").write_bytes(b"file_name,target\n\xff\xfe\n")
    with pytest.raises(ValueError, match=mentions("metadata.csv")):
        pairs.load(str(folder), KIND)


def test_an_uploaded_zip_becomes_two_folders_of_pairs(folder, tmp_path):
    table(folder, f"{CSV}in/1.png,nowhere.png\n")
    packed = Path(shutil.make_archive(str(tmp_path / "set"), "zip", folder))
    uploads = UploadedImages(tmp_path / "runs", PUBLIC)
    name, report = uploads.add([packed])
    assert report.count == 4
    assert any("nowhere.png" in line for line in report.skipped)
    found = pairs.load(str(uploads.folder / name), KIND)
    assert found.names == ("00001", "00002")


def test_an_upload_without_a_good_pair_leaves_nothing_behind(folder, tmp_path):
    table(folder, "file_name,target\nx.png,y.png\n")
    packed = Path(shutil.make_archive(str(tmp_path / "set"), "zip", folder))
    uploads = UploadedImages(tmp_path / "runs", PUBLIC)
    with pytest.raises(ValueError, match=mentions("x.png")):
        uploads.add([packed])
    assert not uploads.folder.exists()
