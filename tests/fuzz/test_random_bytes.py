"""Pictures and zips, whatever bytes they hold."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from results import attempt

from gan_studio.datasets import folders, zips
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("ignore:.*EXIF:UserWarning")  # what Pillow says of it
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def encoded(kind: str) -> bytes:
    picture = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, kind, exif=Image.Exif())
    return buffer.getvalue()


def packed() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for i, kind in enumerate(("PNG", "JPEG", "WEBP")):
            file.writestr(f"folder/{i}.{kind.lower()}", encoded(kind))
    return buffer.getvalue()


GOOD = {"PNG": encoded("PNG"), "JPEG": encoded("JPEG"), "WEBP": encoded("WEBP")}
ZIP = packed()


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Good bytes of which some are others, or missing, or too many."""
    broken = bytearray(good)
    for at, value in draw(st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)))):
        broken[at] = value
    for at in draw(st.lists(st.integers(0, len(good) - 4), max_size=2)):
        broken[at : at + 4] = struct.pack("<I", draw(st.integers(0, 2**32 - 1)))
    cut = draw(st.integers(0, len(good)))
    return bytes(broken[:cut] if draw(st.booleans()) else broken) + draw(st.binary(max_size=20))


def picture(path: Path) -> None:
    """It is read, or refused in one sentence."""
    read = attempt(lambda: image_files.load(path))
    if isinstance(read, ValueError):
        assert str(read).startswith(path.name)
        assert str(path.parent) not in str(read)
    else:
        assert read.mode in ("L", "RGB")
        assert read.width * read.height <= image_files.WORKING_PIXELS


@pytest.mark.parametrize("kind", GOOD)
@quick
@given(data=st.data())
def test_any_picture_is_read_or_refused_in_one_sentence(tmp_path, kind, data):
    path = tmp_path / "picture"
    path.write_bytes(data.draw(damaged(GOOD[kind])))
    picture(path)


@quick
@given(data=st.data())
def test_any_png_holds_a_recipe_or_none(tmp_path, data):
    good = image_files.encode_png(Image.new("L", (8, 8)), Recipe(model="a-model"))
    path = tmp_path / "saved.png"
    path.write_bytes(data.draw(damaged(good)))
    found = attempt(lambda: image_files.read_recipe(path))
    if isinstance(found, ValueError):
        assert str(path.parent) not in str(found)
    else:
        assert Recipe.from_json(found.to_json()) == found


@quick
@given(contents=damaged(ZIP) | st.binary(max_size=300))
def test_any_zip_gives_pictures_or_sentences_within_its_limits(tmp_path, contents):
    path = tmp_path / "some.zip"
    path.write_bytes(contents)
    found = attempt(lambda: list(zips.read(path, image_files.ENDINGS)))
    if isinstance(found, ValueError):
        assert str(found).startswith("some.zip ")
        return
    for member in found:
        if isinstance(member, str):
            assert member.endswith(".")
        else:
            assert "/" not in member.name
            assert len(member.content) <= zips.UNTRUSTED.max_file_bytes


@quick
@given(name=st.text(max_size=200))
def test_any_name_of_a_file_is_harmless(name):
    shown = zips.safe_name(name)
    assert shown.isprintable()
    assert 0 < len(shown) <= 60
    assert not {"/", "\\"} & set(shown)


@settings(quick, max_examples=25)
@given(contents=st.lists(damaged(ZIP) | st.sampled_from([ZIP, GOOD["PNG"]]), max_size=3))
def test_any_collection_is_gathered_or_leaves_nothing_behind(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("brought")
    paths = []
    for i, one in enumerate(contents):
        paths.append(folder / f"{i}.zip")
        paths[-1].write_bytes(one)
    if isinstance(attempt(lambda: folders.import_images(paths, folder / "target", 16)), ValueError):
        assert not (folder / "target").exists()
        return
    for path in (folder / "target").iterdir():
        with Image.open(path) as kept:
            assert kept.size == (16, 16)
