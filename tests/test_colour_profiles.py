"""Colour profiles of pictures are applied and forgotten, as are other notes about a photograph."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import noise

from gan_studio.images import convert
from gan_studio.images import files as image_files


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
