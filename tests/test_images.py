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
from PIL import Image, ImageCms

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


def noise(mode: str, size: tuple[int, int] = (40, 30)) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


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


def test_a_transparent_palette_colour_becomes_white(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(tmp_path / "a.png", transparency=1)
    assert np.asarray(image_files.load(tmp_path / "a.png")).tolist() == [[[255, 0, 0], [255] * 3]]


def test_half_transparency_is_mixed_with_white(tmp_path):
    Image.new("LA", (1, 1), (100, 128)).save(tmp_path / "a.png")
    picture = image_files.load(tmp_path / "a.png")
    assert picture.mode == "L"
    assert picture.tobytes()[0] == pytest.approx((100 * 128 + 255 * 127) / 255, abs=1)


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


def chunked_png(width: int, depth: int, kind: int, key: bytes, row: bytes) -> bytes:
    """A PNG of one row, of any depth, with a transparent colour: Pillow writes few of these."""
    header = struct.pack(">IIBBBBB", width, 1, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tRNS", key), (b"IDAT", zlib.compress(b"\0" + row))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in [*chunks, (b"IEND", b"")]
    )


KEYED = {
    "grey 1": chunked_png(4, 1, 0, b"\0\0", b"\x50"),
    "grey 2": chunked_png(4, 2, 0, b"\0\1", b"\x1b"),
    "grey 4": chunked_png(4, 4, 0, b"\0\7", b"\x07\xf3"),
    "grey 8": chunked_png(4, 8, 0, b"\0\x07", b"\x00\x07\xf0\x30"),
    "grey 16": chunked_png(4, 16, 0, b"\x07\x07", b"\0\0\x07\x07\xf0\0\x30\0"),
    "colour 8": chunked_png(2, 8, 2, b"\0\xff\0\0\0\xff", b"\xff\0\xff\x01\x02\x03"),
    "colour 16": chunked_png(2, 16, 2, b"\xff\xff\0\0\xff\xff", b"\xff\xff\0\0\xff\xff" + bytes(6)),
}
KEYED_AS = {
    "grey 1": [255, 255, 255, 255],
    "grey 2": [0, 255, 170, 255],
    "grey 4": [0, 255, 255, 51],
    "grey 8": [0, 255, 240, 48],
    "grey 16": [0, 255, 240, 48],
    "colour 8": [[255, 255, 255], [1, 2, 3]],
    "colour 16": [[255, 255, 255], [0, 0, 0]],
}


@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize("least", [16_000_000, 1])
def test_a_transparent_colour_of_any_kind_is_white(kind, least, monkeypatch):
    monkeypatch.setattr(image_files, "WORKING_PIXELS", max(least, len(KEYED_AS[kind])))
    read = image_files.load(io.BytesIO(KEYED[kind]), "a.png")
    assert np.asarray(read)[0].tolist() == KEYED_AS[kind]
    assert not read.has_transparency_data


def profile(primaries: list[tuple[float, float, float]], gamma: float) -> bytes:
    """A matrix profile of a colour space with a pure gamma; primaries in XYZ under D50."""

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    words = b"text\0\0\0\0none\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"none\0" + bytes(78)}
    tags |= {b"cprt": words, b"wtpt": xyz((0.9642, 1.0, 0.8249))}
    for name, point in zip("rgb", primaries, strict=True):
        tags |= {f"{name}XYZ".encode(): xyz(point), f"{name}TRC".encode(): curve}
    return packed_profile(b"RGB ", tags)


def packed_profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"none", 0x2100000, b"mntr", space, b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28)
    head += b"".join(struct.pack(">i", round(v * 65536)) for v in (0.9642, 1.0, 0.8249))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


P3 = profile([(0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)], 2.2)
SWAPPED = profile(
    [(0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4361, 0.2225, 0.0139)], 2.2
)
"""sRGB's primaries, red and blue exchanged: what such a profile does is known without one"""
GREY = packed_profile(
    b"GRAY",
    {
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 256) + b"\0\0",
    },
)
"""grey in linear light"""


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
@pytest.mark.parametrize("huge", [False, True])
def test_a_colour_profile_is_applied_and_forgotten(tmp_path, monkeypatch, ending, huge):
    if huge:
        monkeypatch.setattr(image_files, "WORKING_PIXELS", 1_000)
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (80, 60), (250, 120, 10)).save(path, icc_profile=SWAPPED, quality=100)
    read = image_files.load(path)
    assert read.info == {}
    assert np.asarray(read)[5, 5].tolist() == pytest.approx([10, 120, 250], abs=12)


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_profile_counts_for_palettes_and_under_transparency(tmp_path, mode):
    seen = Image.new("RGB", (8, 8), (250, 120, 10)).convert(mode)
    if mode == "RGBA":
        seen.putpixel((0, 0), (9, 9, 9, 0))
    seen.save(tmp_path / "a.png", icc_profile=SWAPPED)
    read = np.asarray(image_files.load(tmp_path / "a.png"))
    assert read[5, 5].tolist() == pytest.approx([10, 120, 250], abs=20)  # of few colours
    assert mode == "P" or read[0, 0].tolist() == [255, 255, 255]


def test_grey_has_profiles_of_its_own(tmp_path):
    for mode in ("L", "LA"):
        Image.new(mode, (8, 8), 55 if mode == "L" else (55, 255)).save(
            tmp_path / "a.png", icc_profile=GREY
        )
        read = image_files.load(tmp_path / "a.png")
        assert (read.mode, read.info) == ("L", {})
        assert read.getpixel((0, 0)) == pytest.approx(128, abs=2)  # linear 0.216 in sRGB


def test_what_sits_in_srgb_already_keeps_every_byte(tmp_path):
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise("RGB").save(tmp_path / "a.png", icc_profile=same)
    assert image_files.load(tmp_path / "a.png").tobytes() == noise("RGB").tobytes()


@pytest.mark.parametrize(
    "broken", [b"x", P3[:150], P3[:-60], b"\0" * 500, GREY, P3 + bytes(9_000_000)]
)
def test_a_profile_that_makes_no_sense_is_ignored(broken):
    seen = noise("RGB")
    seen.info["icc_profile"] = broken
    assert convert.pixels_only(seen).tobytes() == noise("RGB").tobytes()


def test_a_profile_of_ink_changes_nothing_where_it_is_broken(tmp_path):
    for name, given in {"with": {"icc_profile": P3}, "without": {}}.items():
        noise("CMYK").save(tmp_path / f"{name}.jpg", **given)
    read = [image_files.load(tmp_path / f"{name}.jpg").tobytes() for name in ("with", "without")]
    assert read[0] == read[1]


def test_nothing_of_a_photograph_but_its_pixels_goes_into_what_is_saved(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    told = {"exif": exif, "icc_profile": P3, "dpi": (300, 300), "comment": b"mine", "xmp": b"<x/>"}
    noise("RGB").save(tmp_path / "a.jpg", **told)
    read = image_files.load(tmp_path / "a.jpg")
    assert (read.info, dict(read.getexif())) == ({}, {})
    with Image.open(tmp_path / "a.jpg") as opened:  # as a program would bring it
        assert opened.info
        for name in ("b.png", "b.jpg", "b.jpeg", "b.jfif", "b.webp"):
            image_files.save(opened, tmp_path / name)
            with Image.open(tmp_path / name) as saved:
                assert not {"exif", "icc_profile", "comment", "xmp", "dpi"} & saved.info.keys()
                assert not dict(saved.getexif())


@pytest.mark.parametrize("ending", image_files.ENDINGS)
def test_what_is_saved_is_opaque_and_of_the_kind_that_its_name_says(tmp_path, ending):
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    image_files.save(clear, tmp_path / f"a{ending}")
    with Image.open(tmp_path / f"a{ending}") as saved:
        assert saved.format == image_files.KINDS[ending]
        assert not saved.has_transparency_data
        assert np.asarray(saved.convert("RGB")).min() >= 250


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB"])
def test_of_a_mask_nothing_is_marked_that_is_transparent(tmp_path, mode):
    strokes = Image.new("LA", (8, 4), (255, 0))
    strokes.paste((255, 255), (4, 0, 8, 4))
    if mode in ("RGBA", "LA"):
        strokes.convert(mode).save(tmp_path / "a.png")
    else:  # one colour stands for what is transparent, and looks like white in the palette
        seen = Image.new("L", (8, 4), 254)
        seen.paste(255, (4, 0, 8, 4))
        key = (254, 254, 254) if mode == "RGB" else 254
        seen.convert(mode).save(tmp_path / "a.png", transparency=key)
    marked = np.asarray(image_files.load_mask(tmp_path / "a.png"))
    assert marked.tolist() == [[0] * 4 + [255] * 4] * 4


@pytest.mark.parametrize("huge", [False, True])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16"])
def test_transparency_is_read_where_it_is_asked_for(tmp_path, monkeypatch, mode, huge):
    if huge:
        monkeypatch.setattr(image_files, "WORKING_PIXELS", 1_000)
    path = tmp_path / "a.png"
    if mode in ("RGBA", "LA"):
        seen = Image.new("RGBA", (80, 60), (255, 255, 255, 255))
        seen.paste((0, 0, 0, 0), (0, 0, 40, 60))
        seen.convert(mode).save(path)
    else:
        deep = np.full(
            (60, 80), 3 if mode == "P" else 65_535, np.uint8 if mode == "P" else np.uint16
        )
        deep[:, :40] = 1
        seen = Image.fromarray(deep)
        if mode == "P":
            seen = seen.convert("P")
            seen.putpalette([0, 0, 0, 9, 9, 9, 0, 0, 0, 255, 255, 255])
        seen.save(path, transparency=1)
    read = image_files.load(path, keep_alpha=True)
    assert (read.mode, read.info) == ("LA" if mode in ("LA", "I;16") else "RGBA", {})
    pixels = np.asarray(read)
    assert (pixels[:, : read.width // 2 - 1, -1] == 0).all()
    assert (pixels[:, read.width // 2 + 1 :] == 255).all()


def test_of_what_is_half_transparent_only_the_visible_colours_are_mixed(tmp_path, monkeypatch):
    monkeypatch.setattr(image_files, "WORKING_PIXELS", 1_000)
    seen = Image.new("RGBA", (80, 60), (200, 100, 50, 255))
    seen.paste((0, 255, 0, 0), (0, 0, 41, 60))
    seen.save(tmp_path / "a.png")
    pixels = np.asarray(image_files.load(tmp_path / "a.png", keep_alpha=True))
    edge = pixels[5][(pixels[5, :, 3] > 0) & (pixels[5, :, 3] < 255)]
    assert len(edge) == 1
    assert edge[0, :3].tolist() == pytest.approx([200, 100, 50], abs=2)
