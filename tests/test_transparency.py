"""Transparent pictures: white where shown, kept where it is asked for, no mark in a mask."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from gan_studio.images import files as image_files


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
