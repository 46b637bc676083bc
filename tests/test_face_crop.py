"""Faces that are framed in other ways than CelebA's are found in a generator's pictures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import published_files as files
import published_pickles as pickles
import pytest
import torch
from mentions import mentions
from torch import Tensor
from torch.nn.functional import interpolate, pad
from torch.testing import assert_close

from gan_studio.core.files import SHIPPED
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.models.importing import import_model
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.studio import attributes, face_crop
from gan_studio.studio.attributes import Selection
from gan_studio.studio.face_attributes import AttributeScorer
from gan_studio.studio.face_crop import FACES, WHOLE, Crop
from gan_studio.vision import faces

CANVAS = 128


class Framed(Model):
    """A model of faces whose pictures hold them in a square, amid noise."""

    square = Crop(side=0.6, x=0.45, y=0.55)

    def draw(self, points: Tensor, width: int | None = None) -> Tensor:
        del width
        side = round(self.square.side * CANVAS)
        small = interpolate(super().draw(points), (side, side), mode="bilinear")
        left, top = (round(at * CANVAS - side / 2) for at in (self.square.x, self.square.y))
        margins = left, CANVAS - left - side, top, CANVAS - top - side
        noise = torch.rand(
            len(small), 3, CANVAS, CANVAS, generator=torch.Generator().manual_seed(1)
        )
        inside = pad(torch.ones_like(small), margins)
        return pad(small, margins) + (1 - inside) * (2 * noise - 1)


def finish(steps: Generator[Any, None, Selection]) -> Selection:
    def whole() -> Generator[Any, None, None]:
        found.append((yield from steps))

    found: list[Selection] = []
    list(whole())
    return found[0]


def of_faces(kind: type[Model]) -> Model:
    gan, manifest = checkpoint.load_model(SHIPPED / FACES)
    assert isinstance(gan, LatentGAN)
    return kind(FACES, gan, manifest, torch.device("cpu"), SHIPPED / FACES)


def test_a_crop_cuts_a_square_and_repeats_the_edge_outside():
    picture = torch.arange(16.0).view(1, 1, 4, 4)
    assert_close(Crop(side=0.5, x=0.5, y=0.5)(picture), picture[..., 1:3, 1:3])
    assert_close(Crop(side=0.5, x=0.75, y=0.25)(picture), picture[..., :2, 2:])
    larger = Crop(side=1.5)(picture)
    assert_close(larger[..., 1:-1, 1:-1], picture)
    assert_close(larger[0, 0, 0, 1:-1], picture[0, 0, 0])
    assert WHOLE(picture) is picture
    assert (WHOLE.width, Crop(side=0.25).width) == (64, 256)


def test_faces_as_celebas_are_found_where_they_are():
    found = face_crop.align(face_crop.mean_face(), face_crop.mean_face())
    assert found.side == pytest.approx(1, abs=0.02)
    assert (found.x, found.y) == pytest.approx((0.5, 0.5), abs=0.01)
    assert found.likeness > 0.99


@pytest.mark.slow
def test_faces_in_another_frame_are_found_and_read_as_well():
    found, wanted = face_crop.find(of_faces(Framed)), Framed.square
    assert found.side == pytest.approx(wanted.side, abs=0.02)
    assert (found.x, found.y) == pytest.approx((wanted.x, wanted.y), abs=0.02)
    reader, own = faces.load(), of_faces(Model)
    points = own.sample(5, 200)
    whole = AttributeScorer(reader).raw(own.draw(points))
    framed = AttributeScorer(reader, found).raw(of_faces(Framed).draw(points))
    agree = ((whole[:, :14] > 0.5) == (framed[:, :14] > 0.5)).double().mean()
    assert agree > 0.93
    blind = AttributeScorer(reader).raw(of_faces(Framed).draw(points))
    assert agree > ((whole[:, :14] > 0.5) == (blind[:, :14] > 0.5)).double().mean() + 0.05


def test_what_is_no_face_is_refused_with_one_sentence(tmp_path: Path):
    file = files.write(tmp_path, "x.pkl", pickles.nvidia(pickles.stylegan2(size=32)))
    import_model(file, tmp_path / "blobs")
    library = Library(tmp_path)
    with pytest.raises(ValueError, match=mentions("blobs face likeness 0.7")) as told:
        list(attributes.store(library, "blobs", 500, 100, 0))
    assert "\n" not in str(told.value)
    grey = files.write(tmp_path, "y.pkl", pickles.nvidia(pickles.stylegan2(channels=1)))
    import_model(grey, tmp_path / "grey")
    with pytest.raises(ValueError, match=mentions("grey")):
        list(attributes.store(library, "grey", 500, 100, 0))


def test_digits_are_no_faces():
    model = Library().get("dcgan-mnist")
    found = face_crop.align(face_crop.mean_picture(model), face_crop.mean_face())
    assert found.likeness < face_crop.LEAST_LIKENESS


def test_the_square_is_stored_with_the_sliders(tmp_path: Path):
    """A model that ships, as if it had been imported."""
    place = tmp_path / "faces"
    gan, manifest = checkpoint.load_model(SHIPPED / "dcgan-celeba")
    manifest = dataclasses.replace(manifest, source={"file": "x"})
    alone = manifest.build()
    alone.generator.load_state_dict(gan.generator.state_dict())
    checkpoint.save_model(place, alone, alone.generator, manifest)
    selected = finish(attributes.store(Library(tmp_path), "faces", 500, 20, 0, 0))
    stored = json.loads((place / checkpoint.SLIDERS).read_text())["crop"]
    assert stored["side"] == pytest.approx(1, abs=0.03)
    assert stored["likeness"] == selected.crop.likeness > 0.9
    assert (stored["x"], stored["y"]) == pytest.approx((0.5, 0.5), abs=0.03)
