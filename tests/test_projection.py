"""Projection: a generated picture is found again; what frames say; what is refused."""

import dataclasses
import itertools

import pytest
import torch
import toys
from mentions import mentions
from PIL import Image
from torch.testing import assert_close

from gan_studio import vision
from gan_studio.cli import main
from gan_studio.gans import checkpoint
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe
from gan_studio.models.library import Library
from gan_studio.studio import projection
from gan_studio.studio.projection import ProjectionConfig, distances, features, project, target
from gan_studio.studio.studio import Studio
from gan_studio.vision.network import FeatureNetwork

QUICK = ProjectionConfig(candidates=60, starts=2, steps=60, layer_steps=60)


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    return vision.load("embedded")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A toy of colour pictures, and one without styles."""
    root = tmp_path_factory.mktemp("colour")
    for family in ("stylegan2", "dcgan"):
        gan = toys.model(family, channels=3).eval()
        manifest = checkpoint.Manifest(
            family=family, config=toys.config(family), channels=3, dataset="celeba"
        )
        checkpoint.save_model(root / family, gan, gan.generator, manifest)
    return root


@pytest.fixture(scope="module")
def library(folder) -> Library:
    return Library(folder)


def picture(model, **fields) -> Image.Image:
    recipe = Recipe(model=model.name, **fields)
    return convert.to_pil(convert.to_uint8(model.draw(model.point(recipe)))[0])


def test_the_distance_of_features_is_its_definition():
    a, b = torch.randn(2, 3, 4, 4), torch.randn(1, 3, 4, 4)
    by_hand = sum(
        (a[1, :, i, j] - b[0, :, i, j]).square().sum() for i in range(4) for j in range(4)
    )
    found = distances([a, 2 * a], [b, 2 * b])
    assert_close(found[1], by_hand / 16 * 5)
    assert_close(distances([b], [b]), torch.zeros(1))


def test_features_have_length_one_everywhere(network):
    for seen in features(network, torch.rand(2, 3, 32, 32)):
        lengths = seen.norm(dim=1)
        assert ((lengths - 1).abs() < 1e-3).float().mean() > 0.99


@pytest.mark.parametrize("name", ["stylegan2-digits", "dcgan-digits"])
def test_a_generated_picture_is_found_again(studio, network, name):
    model = studio.library.get(name)
    frames = list(project(model, picture(model, seed=12345), network, QUICK))
    first, last = frames[0], frames[-1]
    assert last.losses["distance"] < 0.4 * first.losses["distance"]
    assert last.losses["pixels"] < 0.4 * first.losses["pixels"]


@pytest.mark.parametrize("name", ["stylegan2", "dcgan"])
def test_every_frame_carries_the_recipe_that_draws_it_again(library, network, folder, name):
    model = library.get(name)
    frames = list(project(model, picture(model, seed=5), network, QUICK))
    assert [frame.step for frame in frames] == sorted({f.step for f in frames})
    assert frames[-1].step == frames[-1].total == 120
    assert frames[-1].seconds_left == 0
    for frame in (frames[0], frames[-1]):
        recipe = frame.recipe
        again = Studio(folder, "cpu").generate(Recipe.from_query(recipe.to_query(), "")).image
        assert toys.alike(again, frame.image)


def test_what_is_found_can_be_moved_like_any_other_picture(library, network, folder):
    model = library.get("stylegan2")
    *_, last = project(model, picture(model, seed=5), network, QUICK)
    found, studio = last.recipe, Studio(folder, "cpu")
    for moved in (
        dataclasses.replace(found, directions={1: 2.0}),
        dataclasses.replace(found, psi=0.5),
        dataclasses.replace(found, edits=dataclasses.replace(found.edits, styles={4: 7})),
    ):
        assert studio.generate(moved).image.tobytes() != last.image.tobytes()
    assert len(studio.vary(found, 0.3, 3)) == 3
    assert studio.vary(found, 0.0, 1)[0].recipe == found


def test_each_layer_gets_a_style_of_its_own(library, network):
    model = library.get("stylegan2")
    *_, last = project(model, picture(model, seed=5, edits=Edits(styles={4: 9})), network, QUICK)
    point = model.point(last.recipe)
    assert (point - point.mean(1, keepdim=True)).abs().max() > 0.01


def test_the_same_picture_gives_the_same_point(library, network):
    model = library.get("stylegan2")
    quick = dataclasses.replace(QUICK, steps=6, layer_steps=6)
    one, other = (
        [*project(model, picture(model, seed=5), network, quick)][-1].recipe for _ in range(2)
    )
    assert one == other


def test_closing_stops_within_a_step(library, network):
    frames = project(library.get("stylegan2"), Image.new("RGB", (64, 64)), network)
    assert next(frames).step == projection.EVERY
    frames.close()
    assert list(frames) == []


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("size", [(16, 16), (40, 90), (3000, 20)])
def test_pictures_of_all_kinds_become_squares(library, mode, size):
    wanted = target(library.get("dcgan"), Image.new(mode, size))
    assert wanted.shape == (1, 3, 16, 16)


def test_a_grey_model_sees_a_colour_picture_in_grey(studio, network):
    model = studio.library.get("gan-digits")
    assert target(model, Image.new("RGB", (20, 20), "red")).shape == (1, 1, 16, 16)
    quick = ProjectionConfig(candidates=4, starts=1, steps=4, layer_steps=4)
    assert list(project(model, Image.new("RGB", (20, 20), "red"), network, quick))[-1].step == 8


def test_a_picture_is_looked_for_as_it_looks(studio):
    model = studio.library.get("gan-digits")
    keyed = Image.new("RGB", (20, 20), "red")
    keyed.info["transparency"] = (255, 0, 0)
    for clear in (Image.new("LA", (20, 20), (0, 0)), keyed):
        assert (target(model, clear) == 1).all()


def test_a_conditional_model_is_asked_for_a_label(studio, network):
    model = studio.library.get("cgan-digits")
    quick = ProjectionConfig(candidates=4, starts=1, steps=4, layer_steps=4)
    *_, last = project(model, Image.new("L", (20, 20)), network, quick, label=7)
    assert last.recipe.label == 7


def test_what_cannot_be_approached_is_refused_with_one_sentence(library, network):
    model = library.get("stylegan2")
    with pytest.raises(ValueError, match=mentions("15 99 16")):
        project(model, Image.new("RGB", (15, 99)), network)
    with pytest.raises(ValueError, match=mentions("label")):
        project(model, Image.new("RGB", (99, 99)), network, label=3)
    with pytest.raises(ValueError, match=mentions("starts 1 4")):
        ProjectionConfig(candidates=4, starts=5)


def test_the_command_writes_a_picture_with_its_recipe(folder, tmp_path, capsys):
    wanted, output = tmp_path / "face.png", tmp_path / "out"
    image_files.save(Image.new("RGBA", (70, 50), (200, 100, 50, 128)), wanted)
    flags = ["--candidates", "8", "--starts", "2", "--steps", "4", "--layer-steps", "4"]
    main.main(["project", str(folder / "stylegan2"), str(wanted), "--output", str(output), *flags])
    assert "After 8 of 8 steps" in capsys.readouterr().out
    recipe = image_files.read_recipe(output / "projection.png")
    assert recipe == Recipe.from_json((output / "recipe.json").read_text())
    assert recipe.edits.point
    with Image.open(output / "target.png") as wanted_square:
        assert wanted_square.size == (16, 16)


def test_frames_come_every_few_steps(library, network):
    frames = project(library.get("dcgan"), Image.new("RGB", (64, 64)), network, QUICK)
    steps = [frame.step for frame in itertools.islice(frames, 3)]
    assert steps == [4, 8, 12]
