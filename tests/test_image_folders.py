"""A person's own pictures, as they come."""

import os
import re
import stat
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import pytest
from mentions import mentions
from PIL import Image

from gan_studio.datasets import registry
from gan_studio.datasets.folders import SquareImage, import_images, read_images
from gan_studio.datasets.zips import TRUSTED
from gan_studio.images import files as image_files


def waves(number: int, width: int = 48, height: int = 40) -> Image.Image:
    """A smooth picture in colour, another one for each number."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:height, :width] / 40
    planes = [
        np.sin(rng.uniform(1, 9) * x + rng.uniform(0, 6)) * np.cos(rng.uniform(1, 9) * y + number)
        for _ in range(3)
    ]
    return Image.fromarray((np.stack(planes, -1) * 100 + 128).astype(np.uint8))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Of a value of a pixel, on average."""
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


def folder_of(path: Path, count: int) -> Path:
    path.mkdir()
    for i in range(count):
        waves(i).save(path / f"{i:03}.png")
    return path


def zipped(path: Path, files: dict[str, Path]) -> Path:
    with ZipFile(path, "w") as z:
        for name, file in files.items():
            z.write(file, name)
    return path


def kept(target: Path) -> list[Image.Image]:
    return [image_files.load(path) for path in sorted(target.iterdir())]


@pytest.fixture
def mixture(tmp_path):
    """Seven different pictures of many kinds: in a folder, in a zip, loose."""
    sources = tmp_path / "sources"
    (sources / "folder/deeper").mkdir(parents=True)
    waves(1, 300, 200).save(sources / "folder/a.JPG", "JPEG", quality=95)
    waves(2, 40, 90).save(sources / "folder/deeper/b.webp", quality=95)
    waves(3).convert("P").save(sources / "folder/c.png")
    (sources / "folder/notes.txt").write_text("no picture")
    (sources / "folder/broken.png").write_text("no picture")
    (sources / "folder/phone.heic").write_bytes(b"no picture that can be read")
    deep = np.linspace(0, 65535, 1600).astype(np.uint16).reshape(40, 40)
    Image.fromarray(deep).save(sources / "d.png")
    glass = waves(4).convert("RGBA")
    glass.putalpha(128)
    glass.save(sources / "e.png")
    files = {
        "x/d.png": sources / "d.png",
        "../e.png": sources / "e.png",
        "x/e.png": sources / "e.png",
    }
    pack = zipped(sources / "pack.zip", files)
    exif = Image.Exif()
    exif[0x0112] = 6
    waves(5, 60, 30).save(sources / "turned.jpg", exif=exif)
    return [sources / "folder", pack, sources / "turned.jpg"]


def test_any_mix_becomes_numbered_squares(mixture, tmp_path):
    survey = import_images(mixture, tmp_path / "target", 32)
    assert [p.name for p in sorted((tmp_path / "target").iterdir())] == [
        f"0000{i}.png" for i in range(1, 7)
    ]
    assert all(p.size == (32, 32) for p in kept(tmp_path / "target"))
    assert [p.mode for p in kept(tmp_path / "target")] == ["RGB"] * 3 + ["L"] + ["RGB"] * 2
    assert (survey.count, survey.grey) == (6, False)
    assert survey.sizes == ((40, 40), (300, 200))
    assert survey.skipped == (
        "broken.png is not a picture that can be read; PNG, JPEG and WebP can.",
        "phone.heic is not a picture that can be read; PNG, JPEG and WebP can.",
        "e.png has a path that leaves its folder.",
    )


def test_the_squares_are_what_images_makes_of_the_pictures(mixture, tmp_path):
    import_images(mixture, tmp_path / "target", 32)
    first, *_, last = kept(tmp_path / "target")
    expected = waves(1, 300, 200).crop((50, 0, 250, 200)).resize((32, 32), Image.Resampling.LANCZOS)
    assert difference(first, expected) < 3
    upright = waves(5, 60, 30).transpose(Image.Transpose.ROTATE_270).crop((0, 15, 30, 45))
    expected = upright.resize((32, 32), Image.Resampling.LANCZOS)
    assert difference(last, expected) < 8


def test_what_was_gathered_is_a_data_set(mixture, tmp_path):
    import_images(mixture, tmp_path / "target", 32)
    dataset = registry.load(str(tmp_path / "target"), 32)
    assert dataset.images.shape == (6, 3, 32, 32)
    assert (
        dataset.images[0].permute(1, 2, 0).numpy().tolist()
        == np.array(kept(tmp_path / "target")[0]).tolist()
    )


def test_a_hundred_pictures_are_surveyed_in_plain_sentences(tmp_path):
    folder = folder_of(tmp_path / "waves", 100)
    waves(7).save(folder / "copy of 007.png")
    waves(8).save(folder / "copy of 008.webp", lossless=True)
    survey = import_images([folder], tmp_path / "target", 32)
    assert survey.count == len(kept(tmp_path / "target")) == 100
    assert survey.duplicates == (
        "copy of 007.png is the same picture as 007.png.",
        "copy of 008.webp is the same picture as 008.png.",
    )
    assert re.match(mentions("100 colour 48 × 40"), survey.lines()[0])
    assert "There more than once, and taken once: 2." in survey.lines()
    assert re.match(mentions("32"), survey.lines()[-1])


def test_grey_pictures_stay_grey_however_they_are_stored(tmp_path):
    for i in range(3):
        waves(i).convert("L").convert(("L", "RGB", "RGBA")[i]).save(tmp_path / f"{i}.png")
    survey = import_images([tmp_path], tmp_path / "target", 8)
    assert survey.grey
    assert [p.mode for p in kept(tmp_path / "target")] == ["L"] * 3
    assert "3 different pictures, grey, of" in survey.lines()[0]


def test_a_long_list_of_files_is_cut_short(tmp_path):
    folder = folder_of(tmp_path / "a", 3)
    for i in range(14):
        (folder / f"broken {i:02}.png").write_text("no picture")
    lines = import_images([folder], tmp_path / "b", 8).lines()
    assert lines[1] == "Left out: 14."
    assert sum(line.startswith("broken") for line in lines) == 10
    assert "And 4 more." in lines


@pytest.mark.parametrize("count", [2, 3])
def test_a_few_pictures_are_taken_with_a_loud_advice(tmp_path, count):
    survey = import_images([folder_of(tmp_path / "a", count)], tmp_path / "b", 32)
    assert survey.advice[0].startswith(f"{count} ")


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda _: None, "PNG JPEG WebP"),
        (lambda f: (f / "a.txt").write_text("a"), "PNG"),
        (lambda f: (f / "a.png").write_text("a"), "a.png PNG"),
        (
            lambda f: [(f / f"{i}.png").write_text("a") for i in range(12)],
            "12 0.png",
        ),
        (
            lambda f: waves(1).save(f / "a.png"),
            "two",
        ),
        (
            lambda f: [waves(1).save(f / f"{i}.png") for i in range(12)],
            "12 two",
        ),
    ],
)
def test_nothing_to_train_on_is_said_in_one_sentence(tmp_path, make, named):
    (tmp_path / "a").mkdir()
    make(tmp_path / "a")
    with pytest.raises(ValueError, match=mentions(named)) as gathered:
        import_images([tmp_path / "a"], tmp_path / "b", 8)
    assert not (tmp_path / "b").exists()
    with pytest.raises(ValueError, match=mentions(named)) as loaded:
        registry.load(str(tmp_path / "a"), 8)
    assert str(loaded.value) == str(gathered.value)
    assert str(tmp_path) not in str(gathered.value)


def test_no_source_a_missing_one_and_a_bad_zip_are_each_a_sentence(tmp_path):
    (tmp_path / "bad.zip").write_text("no zip")
    for sources, named in (
        ([], "PNG"),
        ([tmp_path / "gone"], "gone"),
        ([tmp_path / "bad.zip"], "bad.zip"),
    ):
        with pytest.raises(ValueError, match=mentions(named)):
            import_images(sources, tmp_path / "b", 8)


def test_a_bad_zip_among_good_sources_is_left_out(tmp_path):
    (tmp_path / "bad.zip").write_text("no zip")
    survey = import_images([tmp_path / "bad.zip", folder_of(tmp_path / "a", 3)], tmp_path / "b", 8)
    assert [reason.split()[0] for reason in survey.skipped] == ["bad.zip"]
    assert survey.count == 3


def test_a_damaged_picture_in_a_zip_is_called_by_its_harmless_name(tmp_path):
    folder = folder_of(tmp_path / "a", 2)
    (folder / "000.png").write_bytes((folder / "001.png").read_bytes()[:300])
    path = zipped(tmp_path / "a.zip", {"x/half\n.png": folder / "000.png"})
    (reason,) = read_images([path], 8)
    assert isinstance(reason, str)
    assert reason.startswith("half?.png ")


def test_a_link_out_of_the_folder_is_not_followed_and_one_within_is(tmp_path):
    folder = folder_of(tmp_path / "a", 1)
    secret = folder_of(tmp_path / "secret", 2)
    (folder / "out.png").symlink_to(secret / "001.png")
    (folder / "in.png").symlink_to("000.png")
    (folder / "gone.png").symlink_to("missing.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "deeper").symlink_to(secret, target_is_directory=True)
    found = list(read_images([folder], 8))
    assert [f.name if isinstance(f, SquareImage) else f.split()[0] + " …" for f in found] == [
        "000.png",
        "gone.png …",
        "in.png",
        "loop.png …",
        "out.png …",
        "deeper …",
    ]


def test_an_owners_links_are_followed_and_each_folder_once(tmp_path):
    folder, elsewhere = folder_of(tmp_path / "a", 1), folder_of(tmp_path / "elsewhere", 2)
    (folder / "file.png").symlink_to(elsewhere / "001.png")
    for name in ("deeper", "deeper_again"):
        (folder / name).symlink_to(elsewhere, target_is_directory=True)
    (elsewhere / "back").symlink_to(folder, target_is_directory=True)
    (folder / "gone").symlink_to(tmp_path / "nowhere", target_is_directory=True)
    found = list(read_images([folder], 8, TRUSTED))
    assert [f.name for f in found if isinstance(f, SquareImage)] == [
        "000.png",
        "000.png",
        "001.png",
        "file.png",
    ]
    (reason,) = (f for f in found if isinstance(f, str))
    assert reason.startswith("gone ")


def test_a_linked_folder_is_trained_on(tmp_path):
    folder_of(tmp_path / "elsewhere", 3)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/deeper").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert len(registry.load(str(tmp_path / "a"), 8)) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert stat.S_ISFIFO((tmp_path / "a.png").stat().st_mode)
    found = list(read_images([tmp_path, tmp_path / "a.png"], 8))
    assert [str(reason).split()[0] for reason in found] == ["a.png"] * 2


def test_gathering_into_a_folder_within_the_source_takes_nothing_twice(tmp_path):
    folder = folder_of(tmp_path / "a", 5)
    survey = import_images([folder, folder_of(tmp_path / "c", 1)], folder / "target", 8)
    assert (survey.count, len(survey.duplicates)) == (5, 1)


def test_a_target_with_files_is_left_alone(tmp_path):
    folder = folder_of(tmp_path / "a", 2)
    with pytest.raises(ValueError, match=mentions("a")):
        import_images([folder], folder, 8)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    folder, save = folder_of(tmp_path / "a", 3), Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda self, _: save(self, "/dev/full", "PNG"))
    with pytest.raises(ValueError, match=mentions("space device")):
        import_images([folder], tmp_path / "b", 8)
    assert not (tmp_path / "b").exists()


def test_what_comes_after_the_most_is_said_to_be_left_out(tmp_path):
    survey = import_images([folder_of(tmp_path / "a", 9)], tmp_path / "b", 8, max_pictures=4)
    assert survey.count == len(kept(tmp_path / "b")) == 4
    (skipped,) = survey.skipped
    assert re.match(mentions("4"), skipped)


def test_pictures_are_read_a_few_ahead_and_not_all_at_once(tmp_path):
    path = folder_of(tmp_path / "a", 60)
    first = read_images([path], 8)
    assert isinstance(next(first), SquareImage)
    for file in path.iterdir():
        file.unlink()
    gone = [f for f in first if isinstance(f, str)]
    assert len(gone) >= 60 - 2 * 4 - 1


def test_enlarged_pictures_are_counted(tmp_path):
    folder = folder_of(tmp_path / "a", 5)
    waves(9, 200, 20).save(folder / "flat.png")
    assert import_images([folder], tmp_path / "b", 64).smaller == 1


def test_a_zip_and_its_folder_give_the_same_pictures(tmp_path):
    folder = folder_of(tmp_path / "a", 12)
    link = ZipInfo("z/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "a.zip", {f"z/{p.name}": p for p in folder.iterdir()})
    with ZipFile(path, "a") as z:
        z.writestr(link, "../a/001.png")
    from_folder, from_zip = registry.load(str(folder), 16), registry.load(str(path), 16)
    assert (from_folder.images == from_zip.images).all()
    assert from_zip.skipped == ("link.png is a symbolic link.",)


def test_pictures_that_look_nearly_alike_are_counted(tmp_path):
    folder = folder_of(tmp_path / "a", 30)
    for i in (3, 4):
        waves(i).save(folder / f"again {i}.jpg", quality=60)
    survey = import_images([folder], tmp_path / "b", 32)
    assert survey.duplicates == ()
    assert any(line.startswith("4 pictures look nearly like another one") for line in survey.advice)


@pytest.mark.parametrize("ending", [*image_files.ENDINGS, ".JFIF"])
def test_pictures_of_every_known_ending_are_read_from_folders_and_zips(tmp_path, ending):
    folder = tmp_path / "folder"
    folder.mkdir()
    for i in range(2):
        waves(i).save(folder / f"{i}{ending}", image_files.KINDS[ending.lower()])
    with ZipFile(tmp_path / "a.zip", "w") as file:
        for path in folder.iterdir():
            file.write(path, path.name)
    for source in (folder, tmp_path / "a.zip", *folder.iterdir()):
        found = list(read_images([source], 16))
        assert found
        assert all(isinstance(picture, SquareImage) for picture in found)


def test_stored_squares_hold_pixels_alone_and_no_transparency(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    for i in range(2):
        waves(i).save(tmp_path / f"{i}.png", transparency=waves(i).getpixel((0, 0)), exif=exif)
    import_images([tmp_path], tmp_path / "target", 16)
    for path in (tmp_path / "target").iterdir():
        with Image.open(path) as stored:
            stored.load()
            assert not stored.info
