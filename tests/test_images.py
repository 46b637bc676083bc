"""Pictures at the border: what goes through unchanged, what is set right, what is refused."""

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from mentions import mentions
from PIL import Image
from toys import noise

from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe

RECIPE = Recipe(model="dcgan-mnist", seed=7, psi=0.7, directions={3: 1.5}, coordinates={2: 0.1})


def empty_png(width: int, height: int) -> bytes:
    """A PNG that announces its size and has no pixels: whoever decodes it finds it damaged."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def test_uint8_goes_to_tensor_and_back_unchanged():
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    tensor = convert.from_uint8(every)
    assert (tensor.min(), tensor.max()) == (-1, 1)
    assert np.array_equal(convert.to_uint8(tensor), every.permute(0, 2, 3, 1).numpy())


def test_tensors_beyond_their_range_are_clipped_and_channels_go_last():
    pixels = convert.to_uint8(torch.tensor([-3.0, 0.0, 3.0]).view(1, 3, 1, 1))
    assert pixels.tolist() == [[[[0, 128, 255]]]]


def test_a_grid_goes_row_by_row_with_gaps():
    pixels = np.stack([np.full((2, 3, 1), value, np.uint8) for value in (1, 2, 3)])
    sheet = np.asarray(convert.grid(pixels, gap=1))
    assert sheet.tolist() == [
        [1, 1, 1, 0, 2, 2, 2],
        [1, 1, 1, 0, 2, 2, 2],
        [0, 0, 0, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
    ]


def test_a_grid_takes_the_columns_that_are_asked_for():
    assert convert.grid(np.zeros((6, 8, 8, 3), np.uint8), columns=6, gap=2).size == (58, 8)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_known_formats_are_read(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    noise("RGB").save(path)
    assert image_files.load(path).size == (40, 30)
    assert image_files.load(path).mode == "RGB"


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees
    noise("L").save(tmp_path / "a.png", exif=exif)
    turned = noise("L").transpose(Image.Transpose.ROTATE_270)
    assert image_files.load(tmp_path / "a.png").tobytes() == turned.tobytes()


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    deep = np.array([[0, 256, 32768, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    assert np.asarray(image_files.load(tmp_path / "a.png")).tolist() == [[0, 1, 128, 255]]


@pytest.mark.parametrize(("mode", "read"), [("L", "L"), ("1", "L"), ("P", "RGB"), ("RGBA", "RGB")])
def test_grey_stays_grey_and_the_rest_becomes_rgb(tmp_path, mode, read):
    noise(mode).save(tmp_path / "a.png")
    assert image_files.load(tmp_path / "a.png").mode == read


def test_cmyk_becomes_rgb(tmp_path):
    noise("CMYK").save(tmp_path / "a.jpg")
    assert image_files.load(tmp_path / "a.jpg").mode == "RGB"


@pytest.mark.parametrize(
    ("x", "y", "share", "box"),
    [
        (0.5, 0.5, 1.0, (10, 0, 40, 30)),
        (0.5, 0.5, 0.5, (18, 8, 33, 23)),
        (0.0, 0.0, 0.5, (0, 0, 15, 15)),
        (1.0, 1.0, 1.0, (20, 0, 50, 30)),
    ],
)
def test_a_square_is_cut_where_it_was_put_or_as_near_as_it_fits(x, y, share, box):
    picture = noise("RGB", (50, 30))
    assert convert.crop_square(picture, x, y, share).tobytes() == picture.crop(box).tobytes()


def test_the_central_square_is_kept():
    picture = Image.new("L", (40, 10), 0)
    picture.paste(255, (15, 0, 25, 10))
    assert np.asarray(convert.center_crop(picture, 10)).min() == 255


def whole_png() -> bytes:
    file = io.BytesIO()
    noise("RGB").save(file, "PNG")
    return file.getvalue()


BAD = {
    "text": (b"This is no picture.", "a.png PNG JPEG WebP"),
    "empty": (b"", "a.png PNG JPEG WebP"),
    "gif": (b"GIF89a" + bytes(50), "a.png PNG JPEG WebP"),
    "header": (whole_png()[:20], "a.png PNG JPEG WebP"),
    "truncated": (whole_png()[:900], "a.png"),
    "large": (
        empty_png(12_000, 12_000),
        "a.png 12000 50",
    ),
    "bomb": (empty_png(60_000, 60_000), "a.png 50"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_good_picture_is_refused_with_a_sentence(tmp_path, kind):
    contents, named = BAD[kind]
    (tmp_path / "a.png").write_bytes(contents)
    with pytest.raises(ValueError, match=mentions(named)):
        image_files.load(tmp_path / "a.png")
    with pytest.raises(ValueError, match=mentions("a.png")):
        image_files.read_recipe(tmp_path / "a.png")


def test_a_missing_file_and_a_folder_cannot_be_opened(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ValueError, match=mentions(path.name)):
            image_files.load(path)


def test_threads_that_open_pictures_leave_the_filters_of_warnings_alone(tmp_path):
    (tmp_path / "a.png").write_bytes(empty_png(11_000, 11_000))  # Pillow would warn of it
    before = list(warnings.filters)

    def refused(_: int) -> bool:
        with pytest.raises(ValueError, match=mentions("a.png")):
            image_files.load(tmp_path / "a.png")
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(refused, range(200)))
    assert warnings.filters == before


def test_a_recipe_goes_into_a_png_and_comes_back(tmp_path):
    picture = image_files.Picture(noise("L"), RECIPE)
    picture.save(tmp_path / "a.png")
    assert image_files.read_recipe(tmp_path / "a.png") == RECIPE
    assert image_files.load(tmp_path / "a.png").tobytes() == noise("L").tobytes()
    assert picture._repr_png_() == (tmp_path / "a.png").read_bytes()  # what a notebook shows
    assert not picture.image.info


def test_a_picture_is_saved_as_its_ending_says_or_not_at_all(tmp_path):
    picture = image_files.Picture(noise("L"), RECIPE)
    picture.save(str(tmp_path / "a.JPG"))
    with Image.open(tmp_path / "a.JPG") as saved:
        assert saved.format == "JPEG"
    with pytest.raises(ValueError, match=mentions("a.gif .png .webp")):
        picture.save(tmp_path / "a.gif")
    assert not (tmp_path / "a.gif").exists()


def test_a_picture_without_recipe_is_saved_and_says_so(tmp_path):
    image_files.save(noise("L"), tmp_path / "a.png")
    with pytest.raises(ValueError, match=mentions("a.png PNG")):
        image_files.read_recipe(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_a_huge_picture_comes_smaller_and_upright(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(image_files, "WORKING_PIXELS", 5_000)
    halves = Image.new("RGB", (200, 100), "red")
    halves.paste("blue", (100, 0, 200, 100))
    exif = Image.Exif()
    exif[image_files.ORIENTATION] = 6  # to be turned right by 90 degrees
    halves.save(tmp_path / f"huge.{kind}", exif=exif)
    loaded = image_files.load(tmp_path / f"huge.{kind}")
    assert loaded.height == 2 * loaded.width <= 100
    pixels = np.asarray(loaded)
    assert pixels[5, 20, 0] > 200  # the left half, which is red, is now the upper one
    assert pixels[-5, 20, 2] > 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_huge_picture_of_any_kind_is_what_a_small_one_would_be(tmp_path, monkeypatch, mode):
    path = tmp_path / ("huge.jpg" if mode == "CMYK" else "huge.png")
    Image.new("L", (120, 80), 255).convert("I;16" if mode == "I;16" else mode).save(path)
    small = image_files.load(path)
    monkeypatch.setattr(image_files, "WORKING_PIXELS", 1_000)
    huge = image_files.load(path)
    assert (huge.mode, huge.width) == (small.mode, 30)
    assert huge.getpixel((5, 5)) == small.getpixel((5, 5))
